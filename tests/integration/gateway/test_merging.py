"""Doubles of residents: found, compared, and merged into one, for good."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from gateway.accounts.merging import doubles
from gateway.accounts.models import Account
from tests.integration.gateway.browser import Browse, browse  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import NOBODY, page
from tests.integration.gateway.test_families import PHONE_OF_LI, identity_of, problem

SignIn = Callable[[str], Caller]
WANG, LI = (str(demo_id("account", name)) for name in ("wang", "li"))


@pytest.fixture
def clerk(sign_in: SignIn) -> Caller:
    return sign_in("clerk")


def add(clerk: Caller, **entered: Any) -> str:
    answer = clerk.post("/residents", json={"name": "李奶奶"} | entered)
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def merge(clerk: Caller, stays: str, goes: str) -> Any:
    return clerk.post(f"/residents/{stays}/merge", json={"other_id": goes})


def messages(database: Engine) -> list[dict[str, Any]]:
    with reading(database) as session:
        return list(session.scalars(text("SELECT data FROM outbox WHERE type = 'account.merged.v1' ORDER BY seq")))


# --- the list ---


def pairs(clerk: Caller, **query: Any) -> list[tuple[set[str], list[str]]]:
    items = clerk.get("/residents/doubles", query_string=query).json["items"]
    return [({one["id"] for one in item["residents"]}, item["reasons"]) for item in items]


def test_likely_doubles_have_a_name_and_something_else_in_common(clerk: Caller) -> None:
    one, two = add(clerk, birth_year=1944), add(clerk, name="李 奶奶", birth_year=1944)
    three, four = add(clerk, name="马爷爷", contact_phone="13900139000"), add(clerk, name="马爷爷", contact_phone="13900139000")
    five, six = add(clerk, name="张三", phone="13800138000"), add(clerk, name="张三", contact_phone="13800138000")
    add(clerk, name="李奶奶", birth_year=1950)
    add(clerk, name="独一", birth_year=1944)
    add(clerk, name="李奶奶")
    found = {frozenset(both): reasons for both, reasons in pairs(clerk)}
    assert found == {
        frozenset({one, two}): ["birth_year"],
        frozenset({three, four}): ["contact_phone"],
        frozenset({five, six}): ["phone"],
    }


def test_any_phone_in_common_is_a_reason(clerk: Caller) -> None:
    one, two = add(clerk, contact_phone="13800138001"), add(clerk, contact_phone="13800138002")
    clerk.post(f"/residents/{one}/phones", json={"phone": "13900139000"})
    assert pairs(clerk) == []
    clerk.post(f"/residents/{two}/phones", json={"phone": "13900139000"})
    assert pairs(clerk) == [({one, two}, ["contact_phone"])]


def test_the_list_stays_within_reach_and_is_logged(clerk: Caller, database: Engine) -> None:
    one, two = add(clerk, birth_year=1944), add(clerk, birth_year=1944)
    assert len(pairs(clerk)) == 1
    with reading(database) as session:
        subjects = session.scalars(text("SELECT subjects FROM reveal ORDER BY at DESC LIMIT 1")).one()
    assert set(subjects) == {one, two}
    with transaction(database) as session:
        session.get_one(Account, UUID(two)).community_id = "yuxin"
    assert pairs(clerk) == []


def test_the_list_goes_on_page_by_page(clerk: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubles, "SCANNED", 4)
    for number in range(5):
        for _ in range(2):
            add(clerk, name=f"居民{number}", birth_year=1950)
    seen: list[str] = []
    cursor = None
    for _ in range(20):
        answer = clerk.get("/residents/doubles", query_string={"limit": 1} | ({"cursor": cursor} if cursor else {})).json
        seen += [item["residents"][0]["name"] for item in answer["items"]]
        if (cursor := answer["next_cursor"]) is None:
            break
    assert sorted(seen) == [f"居民{number}" for number in range(5)]
    assert problem(clerk.get("/residents/doubles?cursor=x")) == (422, "bad_cursor")


def test_names_of_earlier_releases_are_found_after_the_upkeep(clerk: Caller, database: Engine, app: Any) -> None:
    from gateway.accounts.rotation import renew

    one, two = add(clerk, birth_year=1944), add(clerk, birth_year=1944)
    with transaction(database) as session:
        session.execute(text("UPDATE account SET name_index = NULL"))
    assert pairs(clerk) == []
    with transaction(database) as session:
        assert renew(session, app.extensions["linli.personal"]) > 0
    assert pairs(clerk) == [({one, two}, ["birth_year"])]


# --- the merge ---


def test_what_one_lacks_comes_from_the_other(clerk: Caller, database: Engine, sign_in: SignIn) -> None:
    child = add(clerk, name="小明", birth_year=2018)
    stays = add(clerk)
    goes = add(clerk, birth_year=1944, phone="13800138000", contact_phone="13900139000")
    clerk.post("/households", json={"members": [goes], "address": "六一路18号"})
    clerk.post(f"/residents/{child}/guardians", json={"guardian_id": goes})
    answer = merge(clerk, stays, goes)
    assert answer.status_code == 200, answer.json
    assert (answer.json["phone"], answer.json["contact_phone"], answer.json["birth_year"]) == (
        "+8613800138000", "+8613900139000", 1944,
    )  # fmt: skip
    household = clerk.get(f"/households/{answer.json['household_id']}").json
    assert [one["id"] for one in household["members"]] == [stays]
    assert [one["id"] for one in clerk.get(f"/residents/{child}/guardians").json["items"]] == [stays]
    assert clerk.get(f"/residents/{goes}").status_code == 404
    [message] = messages(database)
    assert (message["account_id"], message["into"]) == (goes, stays)
    with reading(database) as session:
        gone = session.get_one(Account, UUID(goes))
        assert (gone.name, gone.phone, gone.contact_phone, gone.birth_year, str(gone.merged_into)) == (None,) * 4 + (stays,)
    [entry] = sign_in("admin").get(f"/audit-log?kind=resident&subject_id={stays}").json["items"]
    assert (entry["action"], entry["before"]["merged_id"], entry["before"]["merged_birth_year"]) == ("merged", goes, 1944)
    assert "李奶奶" not in str(entry) and "138" not in str(entry["before"]["merged_has_phone"])


def test_the_owner_of_the_account_that_stays_goes_on(clerk: Caller, sign_in: SignIn, app: Any) -> None:
    wang = sign_in("wang")
    goes = add(clerk, name="王秀英", birth_year=1950)
    clerk.get(f"/residents/{goes}")
    assert merge(clerk, WANG, goes).status_code == 200
    assert wang.get("/me").json["phone"] == "+8619900000001"
    assert not clerk.get(f"/residents/{WANG}").json["kept_by_staff"]
    assert "residents.getResident" in str(wang.get("/me/reveals").json) or wang.get("/me/reveals").json["items"]


def test_an_account_in_use_is_not_merged_away(clerk: Caller, database: Engine) -> None:
    kept = add(clerk)
    assert problem(merge(clerk, kept, WANG)) == (409, "residents.claimed_stays")
    assert problem(merge(clerk, LI, WANG)) == (409, "residents.both_claimed")
    assert messages(database) == []


@pytest.mark.parametrize(
    ("other", "code"),
    [("itself", "same_account"), (NOBODY, "unknown_resident"), (str(demo_id("account", "handler")), "unknown_resident")],
)
def test_with_whom_nobody_is_merged(clerk: Caller, database: Engine, other: str, code: str) -> None:
    kept = add(clerk)
    assert problem(merge(clerk, kept, kept if other == "itself" else other)) == (422, code)
    assert merge(clerk, str(demo_id("account", "handler")), kept).status_code == 404
    assert messages(database) == []


def test_communities_outside_ones_reach(clerk: Caller, database: Engine, sign_in: SignIn) -> None:
    one, two = add(clerk), add(clerk)
    with transaction(database) as session:
        session.get_one(Account, UUID(two)).community_id = "yuxin"
    assert problem(merge(clerk, one, two)) == (422, "unknown_resident")
    assert merge(clerk, two, one).status_code == 404
    assert sign_in("handler").post(f"/residents/{one}/merge", json={"other_id": two}).status_code == 403
    assert messages(database) == []


def test_chains_end_at_the_last_one(clerk: Caller, database: Engine) -> None:
    a, b, c = (add(clerk) for _ in range(3))
    assert merge(clerk, b, a).status_code == merge(clerk, c, b).status_code == 200
    assert problem(merge(clerk, a, c)) == (404, "not_found")
    assert problem(merge(clerk, c, a)) == (422, "unknown_resident")
    with reading(database) as session:
        assert {str(session.get_one(Account, UUID(one)).merged_into) for one in (a, b)} == {c}
    assert [(one["account_id"], one["into"]) for one in messages(database)] == [(a, b), (b, c)]


def test_two_clerks_merge_in_both_directions_at_once(clerk: Caller, sign_in: SignIn, database: Engine) -> None:
    for _ in range(5):
        one, two = add(clerk), add(clerk)
        wanted = [(clerk, one, two), (sign_in("grid"), two, one)]
        barrier = Barrier(2)

        def send(what: tuple[Caller, str, str], barrier: Barrier = barrier) -> int:
            barrier.wait()
            return int(merge(*what).status_code)

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(send, wanted)) == [200, 404]
    assert len(messages(database)) == 5


def test_a_clerk_who_saw_an_older_version(clerk: Caller) -> None:
    stays, goes = add(clerk), add(clerk)
    tag = clerk.get(f"/residents/{stays}").headers["ETag"]
    clerk.put(f"/residents/{stays}", json={"name": "李桂英"})
    stale = clerk.post(f"/residents/{stays}/merge", json={"other_id": goes}, headers={"If-Match": tag})
    assert problem(stale) == (412, "version_mismatch")


def test_nobody_becomes_their_own_guardian(clerk: Caller, sign_in: SignIn, app: Any) -> None:
    child, double = (add(clerk, name="小明", birth_year=2018) for _ in range(2))
    for one in (child, double):
        clerk.post(f"/residents/{one}/guardians", json={"guardian_id": WANG})
    assert merge(clerk, child, double).status_code == 200
    assert identity_of(app, sign_in("wang")).children == {child}


def test_looks_at_the_other_account_are_shown_to_the_person(clerk: Caller, sign_in: SignIn) -> None:
    goes = add(clerk, name="王秀英")
    before = len(sign_in("wang").get("/me/reveals").json["items"])
    clerk.get(f"/residents/{goes}")
    merge(clerk, WANG, goes)
    assert len(sign_in("wang").get("/me/reveals").json["items"]) > before


def test_consents_of_both_are_kept(clerk: Caller, sign_in: SignIn, clock: Clock) -> None:
    goes = add(clerk, name="王秀英", birth_year=1950)
    clerk.post(f"/residents/{goes}/consents", json={"version": 1})
    assert clerk.delete(f"/residents/{goes}/consents").status_code == 204
    wang = sign_in("wang")
    wang.delete("/me/consents")
    clock.forward(minutes=1)
    wang.post("/me/consents", json={"version": 1})
    assert merge(clerk, WANG, goes).status_code == 200
    counts, *taken_back = wang.get("/me/consents").json["items"]
    assert counts["withdrawn_at"] is None and counts["by_voice"] is False
    assert sorted(one["by_voice"] for one in taken_back) == [False, True] and all(one["withdrawn_at"] for one in taken_back)


def consents_of(database: Engine, account_id: str) -> tuple[int, int]:
    """How many count, and how many were taken back."""
    with reading(database) as session:
        counts, taken_back = (
            session.scalar(text(f"SELECT count(*) FROM {table} WHERE account_id = :id"), {"id": account_id})  # noqa: S608
            for table in ("consent", "withdrawn_consent")
        )
    return int(counts), int(taken_back)


@pytest.mark.parametrize("of_stays", [True, False])
def test_a_merge_brings_no_consent_back_that_was_taken_back(clerk: Caller, database: Engine, of_stays: bool) -> None:
    """Whoever takes back a consent on one account takes back what they gave on the other until then."""
    stays, goes = add(clerk, birth_year=1944), add(clerk, birth_year=1944)
    for one in (stays, goes):
        clerk.post(f"/residents/{one}/consents", json={"version": 1})
    assert clerk.delete(f"/residents/{stays if of_stays else goes}/consents").status_code == 204
    assert merge(clerk, stays, goes).status_code == 200
    assert consents_of(database, stays) == (0, 2)


def test_a_consent_after_the_withdrawal_counts_after_the_merge(clerk: Caller, database: Engine, clock: Clock) -> None:
    stays, goes = add(clerk, birth_year=1944), add(clerk, birth_year=1944)
    clerk.post(f"/residents/{stays}/consents", json={"version": 1})
    clerk.delete(f"/residents/{stays}/consents")
    clock.forward(minutes=1)
    clerk.post(f"/residents/{goes}/consents", json={"version": 1})
    assert merge(clerk, stays, goes).status_code == 200
    assert consents_of(database, stays) == (1, 1)


# --- pages ---


def test_doubles_on_the_pages(browse: Browse, clerk: Caller, services: FakeServices) -> None:  # noqa: F811
    services.on("booking", "list_bookings", page())
    first, second = add(clerk, birth_year=1944, contact_phone=PHONE_OF_LI), add(clerk, birth_year=1944)
    desk = browse("clerk")
    assert desk.get("/desk/residents").link("/desk/residents/doubles")
    listed = desk.get("/desk/residents/doubles")
    assert "出生年份相同" in listed.text
    compared = desk.get(listed.link("/merge/"))
    assert "合并后不能撤销" in compared.text and "199 0000 0002" in compared.text
    form = compared.form(f"/desk/residents/{first}/merge/")
    unsure = desk.send_and_follow(form)
    assert "请先确认是同一个人" in unsure.text
    done = desk.send_and_follow(form, sure="yes")
    assert "已合并为一份档案" in done.text
    assert desk.client.get(f"/desk/residents/{second}").status_code == 404
    assert "没有发现重复的档案" in desk.get("/desk/residents/doubles").text


def test_two_records_in_use_are_not_offered(browse: Browse) -> None:  # noqa: F811
    shown = browse("clerk").get(f"/desk/residents/{WANG}/merge/{LI}")
    assert "都由本人在使用" in shown.text and not [form for form in shown.forms if "/merge/" in form.action]


def test_a_record_whose_erasure_runs_is_merged_with_no_other(clerk: Caller) -> None:
    one, two = add(clerk), add(clerk)
    assert clerk.post(f"/residents/{one}/erasure", json={"reason": "asked"}).status_code == 201
    for stays, goes in ((one, two), (two, one)):
        refused = merge(clerk, stays, goes)
        assert (refused.status_code, refused.json["code"]) == (409, "erasure.requested_already"), refused.json
