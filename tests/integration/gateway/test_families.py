"""Households, and children with their guardians."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from gateway.accounts.families.models import Guardianship, Household
from gateway.accounts.models import Account
from tests.integration.gateway.browser import Browse, browse, location  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import NOBODY, page

SignIn = Callable[[str], Caller]
WANG, LI = (str(demo_id("account", name)) for name in ("wang", "li"))
PHONE_OF_LI = "19900000002"


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["errors"][0]["code"] if "errors" in answer.json else answer.json["code"]


def names(household: dict[str, Any]) -> list[str]:
    return sorted(one["name"] for one in household["members"])


@pytest.fixture
def clerk(sign_in: SignIn) -> Caller:
    return sign_in("clerk")


@pytest.fixture
def wang(sign_in: SignIn) -> Caller:
    return sign_in("wang")


@pytest.fixture
def li(sign_in: SignIn) -> Caller:
    return sign_in("li")


def identity_of(app: Flask, caller: Caller) -> Any:
    """The identity with which this person's requests reach the services."""
    from gateway.http import current

    with app.test_request_context("/api/v1/me", headers=caller.headers):
        app.preprocess_request()
        return current.identity()


# --- households ---


def test_staff_make_and_change_a_household(clerk: Caller, wang: Caller, app: Flask) -> None:
    made = clerk.post("/households", json={"members": [WANG], "address": "六一路18号"})
    assert made.status_code == 201, made.json
    path = f"/households/{made.json['id']}"
    added = clerk.post(f"{path}/members", json={"account_id": LI})
    assert names(added.json) == ["李建国", "王秀英"]
    assert clerk.post(f"{path}/members", json={"account_id": LI}).json["version"] == added.json["version"], "twice is once"
    assert wang.get("/me/household").json["address"] == "六一路18号"
    assert identity_of(app, wang).household_id == made.json["id"]
    changed = clerk.put(path, json={"address": "六一路20号"}, headers={"If-Match": clerk.get(path).headers["ETag"]})
    assert changed.json["address"] == "六一路20号"
    stale = clerk.put(path, json={}, headers={"If-Match": made.headers["ETag"]})
    assert problem(stale) == (412, "version_mismatch")
    assert clerk.delete(f"{path}/members/{WANG}").status_code == 204
    assert clerk.delete(f"{path}/members/{WANG}").status_code == 404
    assert identity_of(app, wang).household_id is None and wang.get("/me/household").status_code == 404


def test_changes_by_staff_are_in_the_audit_log_without_names(clerk: Caller, sign_in: SignIn) -> None:
    made = clerk.post("/households", json={"members": [WANG], "address": "六一路18号"}).json
    clerk.post(f"/households/{made['id']}/members", json={"account_id": LI})
    clerk.put(f"/households/{made['id']}", json={"address": "别处"})
    clerk.delete(f"/households/{made['id']}/members/{LI}")
    entries = sign_in("admin").get(f"/audit-log?kind=household&subject_id={made['id']}").json["items"]
    assert [entry["action"] for entry in entries] == ["member_removed", "changed", "member_added", "created"]
    assert entries[2]["before"] == {"members": [WANG]} and set(entries[2]["after"]["members"]) == {WANG, LI}
    assert not any(word in str(entries) for word in ("王秀英", "六一路", "别处"))


def test_a_household_is_of_one_community_and_a_resident_is_in_one(clerk: Caller, database: Engine) -> None:
    first = clerk.post("/households", json={"members": [WANG]}).json
    assert problem(clerk.post("/households", json={"members": [WANG]})) == (409, "households.in_another")
    assert problem(clerk.post("/households", json={"members": [NOBODY]})) == (422, "unknown_resident")
    assert problem(clerk.post("/households", json={"members": [str(demo_id("account", "clerk"))]})) == (422, "unknown_resident")
    with transaction(database) as session:
        session.get_one(Account, UUID(LI)).community_id = "yuxin"
    assert problem(clerk.post(f"/households/{first['id']}/members", json={"account_id": LI})) == (422, "unknown_resident")
    with transaction(database) as session:
        session.execute(text("UPDATE household SET community_id = 'yuxin'"))
    assert clerk.get(f"/households/{first['id']}").status_code == 404


def test_the_last_one_who_leaves_ends_the_household(wang: Caller, database: Engine) -> None:
    assert wang.post("/me/household").status_code == 201
    assert problem(wang.post("/me/household")) == (409, "households.in_another")
    assert wang.delete("/me/household").status_code == 204
    assert problem(wang.delete("/me/household")) == (409, "households.none")
    with reading(database) as session:
        assert not [one for one in session.query(Household) if one.made_by == UUID(WANG)]


def test_an_invitation_by_phone_is_accepted_by_the_other_only(wang: Caller, li: Caller, sign_in: SignIn) -> None:
    assert problem(wang.post("/me/household/invitations", json={"phone": PHONE_OF_LI})) == (409, "households.none")
    wang.post("/me/household")
    answer = wang.post("/me/household/invitations", json={"phone": PHONE_OF_LI})
    assert answer.status_code == 201 and answer.json["code"] is None
    stranger = wang.post("/me/household/invitations", json={"phone": "13800138000"})
    assert set(stranger.json) == set(answer.json), "it tells nobody who has an account"
    assert li.get("/me/household").status_code == 404, "nobody is put into a household"
    assert sign_in("chen").get("/me/household/invitations").json["items"] == []
    [waiting] = li.get("/me/household/invitations").json["items"]
    assert waiting["by"] == "王秀英"
    assert problem(sign_in("chen").post("/me/household/members", json={"invitation_id": waiting["id"]})) == (404, "not_found")
    assert names(li.post("/me/household/members", json={"invitation_id": waiting["id"]}).json) == ["李建国", "王秀英"]
    assert li.get("/me/household/invitations").json["items"] == []
    assert "+86" not in str(wang.get("/me/household").json), "members do not see the phones of each other"


def test_a_code_works_once_and_for_a_week(wang: Caller, li: Caller, sign_in: SignIn, clock: Clock) -> None:
    wang.post("/me/household")
    code = wang.post("/me/household/invitations", json={}).json["code"]
    assert names(li.post("/me/household/members", json={"code": f" {code[:4].lower()} {code[4:]}"}).json) == [
        "李建国",
        "王秀英",
    ]
    assert problem(sign_in("chen").post("/me/household/members", json={"code": code})) == (422, "wrong_household_code")
    late = wang.post("/me/household/invitations", json={}).json["code"]
    clock.forward(days=8)
    assert problem(sign_in("chen").post("/me/household/members", json={"code": late})) == (422, "wrong_household_code")


def test_guesses_of_codes_are_limited(li: Caller) -> None:
    statuses = [li.post("/me/household/members", json={"code": f"GUESS{n:03d}"}).status_code for n in range(11)]
    assert statuses == [422] * 10 + [429]


def test_two_people_with_one_code(wang: Caller, sign_in: SignIn) -> None:
    wang.post("/me/household")
    code = wang.post("/me/household/invitations", json={}).json["code"]
    callers, barrier = [sign_in("li"), sign_in("chen")], Barrier(2)

    def send(caller: Caller) -> int:
        barrier.wait()
        return caller.post("/me/household/members", json={"code": code}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, callers)) == [200, 422]
    assert len(wang.get("/me/household").json["members"]) == 2


def test_a_declined_invitation_is_gone(wang: Caller, li: Caller) -> None:
    wang.post("/me/household")
    wang.post("/me/household/invitations", json={"phone": PHONE_OF_LI})
    [waiting] = li.get("/me/household/invitations").json["items"]
    assert li.delete(f"/me/household/invitations/{waiting['id']}").status_code == 204
    assert problem(li.post("/me/household/members", json={"invitation_id": waiting["id"]})) == (404, "not_found")


@pytest.mark.parametrize("body", [{}, {"code": "x", "invitation_id": NOBODY}, {"code": ""}, {"invitation_id": "x"}])
def test_bad_ways_into_a_household(li: Caller, body: dict[str, Any]) -> None:
    assert li.post("/me/household/members", json=body).status_code == 422


# --- children ---


def add_child(caller: Caller, **values: Any) -> dict[str, Any]:
    answer = caller.post("/me/children", json={"name": "小明", "birth_year": 2018} | values)
    assert answer.status_code == 201, answer.json
    child: dict[str, Any] = answer.json
    return child


def test_a_guardian_acts_for_a_child_until_it_is_eighteen(wang: Caller, app: Flask, clock: Clock) -> None:
    wang.post("/me/household")
    child = add_child(wang)
    assert (child["name"], child["birth_year"], child["until"]) == ("小明", 2018, 2036)
    assert identity_of(app, wang).children == {child["id"]}
    assert {one["name"]: one["is_child"] for one in wang.get("/me/household").json["members"]} == {
        "王秀英": False,
        "小明": True,
    }
    clock.now = clock.now.replace(year=2036, month=12, day=31)
    assert sign_again(app, wang, clock).children == {child["id"]}
    clock.forward(days=1)
    assert sign_again(app, wang, clock).children == frozenset()


def sign_again(app: Flask, caller: Caller, clock: Clock) -> Any:
    """The identity of the person at the time of the clock."""
    from gateway.accounts import sessions
    from gateway.http import session_cache

    database = app.extensions["linli.database"]
    with transaction(database) as session:
        token, _ = sessions.open_session(session, session.get_one(Account, UUID(caller.account_id or "")), clock.now)
    app.extensions["linli.session_cache"] = session_cache.SessionCache()
    return identity_of(app, Caller(caller.client, {"Authorization": f"Bearer {token}"}))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"birth_year": 2007}, "not_a_child"),
        ({"birth_year": 2027}, "out_of_range"),
        ({"birth_year": 1899}, "out_of_range"),
        ({"name": " "}, "blank"),
        ({"phone": "13800138000"}, "unknown_field"),
    ],
)
def test_what_is_no_child(wang: Caller, values: dict[str, Any], code: str) -> None:
    assert problem(wang.post("/me/children", json={"name": "小明", "birth_year": 2018} | values)) == (422, code)
    assert wang.get("/me/children").json["items"] == []


def test_ten_children_at_most(wang: Caller) -> None:
    for number in range(10):
        add_child(wang, name=f"孩子{number}")
    assert problem(wang.post("/me/children", json={"name": "x", "birth_year": 2018})) == (409, "guardians.too_many")


def test_a_child_has_no_sign_in_before_fourteen(clerk: Caller) -> None:
    young = clerk.post("/residents", json={"name": "小明", "birth_year": 2012, "phone": "13800138000"})
    assert problem(young) == (422, "too_young")
    assert clerk.post("/residents", json={"name": "小明", "birth_year": 2011, "phone": "13800138000"}).status_code == 201


def test_staff_name_and_remove_guardians(clerk: Caller, wang: Caller, li: Caller, app: Flask, sign_in: SignIn) -> None:
    child = clerk.post("/residents", json={"name": "小明", "birth_year": 2018}).json
    path = f"/residents/{child['id']}/guardians"
    assert [one["name"] for one in clerk.post(path, json={"guardian_id": WANG}).json["items"]] == ["王秀英"]
    assert len(clerk.post(path, json={"guardian_id": WANG}).json["items"]) == 1, "twice is once"
    clerk.post(path, json={"guardian_id": LI})
    assert identity_of(app, wang).children == identity_of(app, li).children == {child["id"]}
    assert clerk.delete(f"{path}/{WANG}").status_code == 204
    assert clerk.delete(f"{path}/{WANG}").status_code == 404
    assert identity_of(app, wang).children == frozenset() and wang.get("/me/children").json["items"] == []
    entries = sign_in("admin").get(f"/audit-log?kind=resident&subject_id={child['id']}").json["items"]
    assert [entry["action"] for entry in entries] == ["guardian_removed", "guardian_added", "guardian_added"]


def test_who_cannot_be_a_guardian(clerk: Caller, database: Engine) -> None:
    child = clerk.post("/residents", json={"name": "小明", "birth_year": 2018}).json["id"]
    sister = clerk.post("/residents", json={"name": "小红", "birth_year": 2010}).json["id"]
    adult = clerk.post("/residents", json={"name": "李奶奶", "birth_year": 1944}).json["id"]
    for guardian, code in (
        (sister, "not_an_adult"),
        (child, "unknown_resident"),
        (NOBODY, "unknown_resident"),
        (str(demo_id("account", "clerk")), "unknown_resident"),
    ):
        assert problem(clerk.post(f"/residents/{child}/guardians", json={"guardian_id": guardian})) == (422, code)
    assert problem(clerk.post(f"/residents/{adult}/guardians", json={"guardian_id": WANG})) == (422, "not_a_child")
    with transaction(database) as session:
        session.get_one(Account, UUID(child)).community_id = "yuxin"
    assert clerk.post(f"/residents/{child}/guardians", json={"guardian_id": WANG}).status_code == 404
    with reading(database) as session:
        assert session.query(Guardianship).filter(Guardianship.child_id == UUID(child)).count() == 0


def test_a_guardian_sees_nothing_else_of_the_child(wang: Caller, li: Caller, clerk: Caller) -> None:
    child = add_child(wang)
    clerk.post(f"/residents/{child['id']}/guardians", json={"guardian_id": LI})
    assert set(li.get("/me/children").json["items"][0]) == {"id", "name", "birth_year", "until"}
    for path in (f"/residents/{child['id']}", f"/residents/{child['id']}/guardians"):
        assert wang.get(path).status_code == 403
    assert wang.delete(f"/residents/{child['id']}/guardians/{LI}").status_code == 403


def test_staff_have_no_family_here(clerk: Caller) -> None:
    assert clerk.post("/me/children", json={"name": "小明", "birth_year": 2018}).status_code == 403
    assert clerk.post("/me/household").status_code == 403


# --- pages ---


def test_the_family_on_the_pages_of_a_resident(browse: Browse, app: Flask) -> None:  # noqa: F811
    wang, li = browse("wang"), browse("li")
    page_ = wang.send_and_follow(wang.get("/mine/household").form("/mine/household"))
    assert "已建立家庭" in page_.text
    answer = wang.send(page_.form("/mine/household/invitations"))
    code = answer.get_data(as_text=True).split('class="token"><b>')[1].split("<")[0]
    wrong = li.send(li.get("/mine/household").form("/mine/household/join"), code="NOTRIGHT")
    assert wrong.status_code == 422 and "邀请码不对" in wrong.get_data(as_text=True)
    joined = li.send_and_follow(li.get("/mine/household").form("/mine/household/join"), code=code)
    assert "已加入家庭" in joined.text and "王秀英" in joined.text
    page_ = wang.send_and_follow(page_.form("/mine/children"), name="小明", birth_year="2018")
    assert "已添加小明" in page_.text and "监护到 2036 年底" in page_.text
    assert "小明" in li.get("/mine/household").text
    bad = wang.send(page_.form("/mine/children"), name="小明", birth_year="1990")
    assert bad.status_code == 422 and "监护到孩子满 18 岁" in bad.get_data(as_text=True)
    left = li.send_and_follow(li.get("/mine/household").form("/mine/household/leave"))
    assert "已退出家庭" in left.text


def test_the_family_at_the_desk(browse: Browse, clerk: Caller, services: FakeServices) -> None:  # noqa: F811
    services.on("booking", "list_bookings", page())
    grandmother = clerk.post("/residents", json={"name": "李奶奶", "birth_year": 1944, "contact_phone": PHONE_OF_LI}).json["id"]
    child = clerk.post("/residents", json={"name": "小明", "birth_year": 2018, "contact_phone": PHONE_OF_LI}).json["id"]
    desk, path = browse("clerk"), f"/desk/residents/{grandmother}/family"
    assert desk.get(f"/desk/residents/{grandmother}").link("/family")
    answer = desk.send(desk.get(path).form("/family/search"), phone=PHONE_OF_LI)
    from tests.integration.gateway.browser import Page

    found = Page(answer.get_data(as_text=True))
    assert "李建国" in found.text and "小明" in found.text
    put = next(form for form in found.forms if form.action.endswith("/family/household") and form.fields["other_id"] == LI)
    shown = desk.send_and_follow(put)
    assert "已登记为同一家庭" in shown.text and "李建国" in shown.text
    saved = desk.send_and_follow(shown.form("/address"), address="六一路18号")
    assert "已保存" in saved.text and 'value="六一路18号"' in saved.html
    path = f"/desk/residents/{child}/family"
    found = Page(desk.send(desk.get(path).form("/family/search"), phone=PHONE_OF_LI).get_data(as_text=True))
    guardian = next(form for form in found.forms if form.action.endswith("/guardian/add") and form.fields["other_id"] == LI)
    assert "已登记监护关系" in desk.send_and_follow(guardian).text
    assert "监护人" in desk.get(path).text
    assert not [form for form in found.forms if form.action.endswith("/child/add")], "an adult is nobody's child"
    refused = desk.client.post(guardian.action.replace("/guardian/", "/child/"), data=guardian.fields | {"idempotency_key": ""})
    assert "监护到孩子满 18 岁" in desk.get(location(refused)).text
    assert browse("handler").client.get(path).status_code == 403
