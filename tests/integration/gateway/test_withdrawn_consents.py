"""A consent is withdrawn by itself: the account waits, what was asked for before stays, and everything is kept as evidence."""

# ruff: noqa: F811 - the fixtures of browser.py are imported, and are parameters of tests

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, text

from chassis.database.engine import transaction
from chassis.demo import demo_id
from tests.integration.gateway.browser import Browse, browse, location  # noqa: F401  a fixture
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import page

SignIn = Callable[[str], Caller]


def rows(database: Engine, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def told(database: Engine) -> list[dict[str, Any]]:
    return [data for (data,) in rows(database, "SELECT data FROM outbox WHERE type = 'account.consent_withdrawn.v1'")]


def test_the_account_waits_in_every_session_until_its_owner_agrees_again(sign_in: SignIn, services: FakeServices) -> None:
    services.on("booking", "list_bookings", page())
    here, there = sign_in("wang"), sign_in("wang")
    assert there.get("/bookings").status_code == 200
    assert here.delete("/me/consents").status_code == 204
    for one in (here, there):
        assert (one.get("/bookings").status_code, one.get("/bookings").json["code"]) == (403, "consent_needed")
        assert one.get("/auth/session").json["consent"]["needed"] is True
    assert here.get("/me/erasure").json["code"] == "erasure.not_requested", "the way out is open"
    assert here.post("/me/consents", json={"version": 1}).status_code == 201
    assert there.get("/bookings").status_code == 200
    assert [call.method for call in services.calls] == ["list_bookings"] * 2, "no service hears of a withdrawal"


def test_an_earlier_version_does_not_let_the_account_in(sign_in: SignIn, database: Engine) -> None:
    with transaction(database) as session:
        session.execute(text("INSERT INTO privacy_notice (community_id, version, notice) VALUES ('liuyi', 7, '{}')"))
        session.execute(
            text(
                "INSERT INTO consent (id, account_id, notice_community, version, given_by, agreed_at)"
                " SELECT gen_random_uuid(), account_id, 'liuyi', 7, 'self', agreed_at FROM consent WHERE account_id = :id"
            ),
            {"id": demo_id("account", "wang")},
        )
    wang = sign_in("wang")
    wang.delete("/me/consents")
    assert wang.get("/me").json["code"] == "consent_needed"
    assert all(one["withdrawn_at"] for one in wang.get("/me/consents").json["items"])


def test_what_was_agreed_and_when_it_ended_is_kept_and_shown(sign_in: SignIn, database: Engine) -> None:
    wang = sign_in("wang")
    [before] = wang.get("/me/consents").json["items"]
    assert before["withdrawn_at"] is None
    wang.delete("/me/consents")
    [after] = wang.get("/me/consents").json["items"]
    assert after["withdrawn_at"] and {**after, "withdrawn_at": None} == before
    wang.post("/me/consents", json={"version": 1})
    now, then = wang.get("/me/consents").json["items"]
    assert (now["withdrawn_at"], then) == (None, after)
    wang.delete("/me/consents")
    assert len(rows(database, "SELECT FROM withdrawn_consent WHERE account_id = :id", id=wang.account_id)) == 2


def test_the_owner_is_told_and_a_second_time_is_refused(sign_in: SignIn, database: Engine) -> None:
    wang = sign_in("wang")
    wang.delete("/me/consents")
    [data] = told(database)
    assert (data["account_id"], data["recorded_by"]) == (wang.account_id, "resident")
    again = wang.delete("/me/consents")
    assert (again.status_code, again.json["code"]) == (404, "consents.not_given")
    assert len(told(database)) == 1
    assert rows(database, "SELECT count(*) FROM audit_entry WHERE action = 'consent_withdrawn'") == [(0,)]


def test_of_withdrawals_and_consents_at_the_same_time_each_is_whole(sign_in: SignIn, database: Engine) -> None:
    callers = [sign_in("wang") for _ in range(8)]

    def act(n: int) -> int:
        if n % 2:
            return callers[n].delete("/me/consents").status_code
        return callers[n].post("/me/consents", json={"version": 1}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(act, range(8)))
    assert set(statuses[0::2]) == {201} and set(statuses[1::2]) <= {204, 404}
    kept = rows(database, "SELECT FROM withdrawn_consent WHERE account_id = :id", id=callers[0].account_id)
    assert len(kept) == len(told(database)) == statuses.count(204) >= 1


def test_visitors_and_staff_have_none(sign_in: SignIn, visitor: Caller) -> None:
    assert visitor.delete("/me/consents").status_code == 401
    assert sign_in("clerk").delete("/me/consents").json["code"] == "consents.not_given"


def test_staff_record_what_a_resident_tells_them(sign_in: SignIn, database: Engine) -> None:
    clerk = sign_in("clerk")
    made = clerk.post("/residents", json={"name": "李奶奶", "birth_year": 1944}).json
    path = f"/residents/{made['id']}/consents"
    assert clerk.delete(path).json["code"] == "consents.not_given"
    clerk.post(path, json={"version": 1})
    assert clerk.delete(path).status_code == 204
    kept = rows(database, "SELECT withdrawal_recorded_by FROM withdrawn_consent WHERE account_id = :id", id=made["id"])
    assert [str(by) for (by,) in kept] == [clerk.account_id]
    logged = "SELECT actor_id, label, communities FROM audit_entry WHERE action = 'consent_withdrawn' AND subject_id = :id"
    [(actor, label, communities)] = rows(database, logged, id=made["id"])
    assert (str(actor), label, communities) == (clerk.account_id, "", ["liuyi"])
    assert [one["recorded_by"] for one in told(database)] == ["staff"]


def test_a_resident_withdraws_nobody_elses(sign_in: SignIn, database: Engine) -> None:
    assert sign_in("li").delete(f"/residents/{demo_id('account', 'wang')}/consents").status_code == 403
    assert told(database) == []


# --- pages ---


def test_the_pages_of_a_resident_who_withdraws_and_agrees_again(browse: Browse, services: FakeServices) -> None:
    browser = browse("wang")
    shown = browser.get("/mine/data")
    assert location(browser.send(shown.form("/mine/data/withdrawal"))) == "/mine/data#consents"
    after = browser.get("/mine/data")
    assert "已撤回同意" in after.text and "现在没有有效的同意" in after.text
    assert "/mine/data/withdrawal" not in after.text
    asked = browser.get(location(browser.client.get("/mine/looked")))
    assert "您撤回过同意" in asked.text
    assert location(browser.send(asked.form("/consent"), given_by="self")) == "/mine/looked"
    browser.get("/mine/looked")


def test_the_page_of_the_counter(browse: Browse) -> None:
    clerk = browse("clerk")
    address = f"/desk/residents/{demo_id('account', 'wang')}/account"
    shown = clerk.get(address)
    assert location(clerk.send(shown.form(f"{address.removesuffix('account')}consents/withdrawal"))) == address
    after = clerk.get(address)
    assert "撤回了同意" in after.text and "还没有同意第" in after.text
