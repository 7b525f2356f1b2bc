"""The end of an account in the gateway: asked for, kept, erased, and answered by the services."""

# ruff: noqa: F811 - the fixtures of browser.py are imported, and are parameters of tests

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from chassis.cli.restored import erase_again
from chassis.database import erased
from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.erasure import use_cases
from gateway.erasure.messages import ANSWERS
from tests.integration.gateway.browser import Browse, browse, location, visit  # noqa: F401  fixtures
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import page

SignIn = Callable[[str], Caller]
PAUSE = timedelta(seconds=25)
WANG = demo_id("account", "wang")


def rows(database: Engine, query: str, **parameters: Any) -> list[Any]:
    with database.connect() as connection:
        return list(connection.execute(text(query), parameters).all())


def published(database: Engine) -> list[tuple[str, dict[str, Any]]]:
    query = "SELECT type, data FROM outbox WHERE type LIKE 'account.%' ORDER BY seq"
    return [(row.type, row.data) for row in rows(database, query)]


def run(database: Engine, clock: Clock) -> None:
    """What the periodic work does, until there is nothing left."""
    while use_cases.close_due(database, clock.now):
        pass
    clock.forward(seconds=PAUSE.total_seconds())
    while use_cases.erase_closed(database, clock.now, PAUSE):
        pass


def answer(database: Engine, clock: Clock, *services: str, erasure_id: str) -> None:
    for service in services:
        with transaction(database) as session:
            erased_ = [{"what": "notifications", "count": 1}]
            use_cases.hear(Call(session, clock.now), service, erasure_id=UUID(erasure_id), erased=erased_, kept=[])


def test_it_waits_for_a_month_and_can_be_kept(sign_in: SignIn, database: Engine, clock: Clock) -> None:
    wang = sign_in("wang")
    asked = wang.post("/me/erasure")
    assert asked.status_code == 201, asked.text
    assert asked.json["due_at"].startswith("2026-04-01"), "30 days after the 2nd of March"
    assert wang.get("/me/erasure").json == asked.json
    twice = wang.post("/me/erasure")
    assert (twice.status_code, twice.json["code"]) == (409, "erasure.requested_already")
    clock.forward(days=29)
    run(database, clock)
    wang = sign_in("wang")
    assert wang.delete("/me/erasure").status_code == 204
    assert wang.delete("/me/erasure").status_code == 404
    clock.forward(days=10)
    run(database, clock)
    assert sign_in("wang").get("/me").status_code == 200
    assert [type_ for type_, _ in published(database)] == ["account.erasure_requested.v1"]


def test_it_needs_a_fresh_proof(sign_in: SignIn, services: FakeServices, clock: Clock) -> None:
    wang = sign_in("wang")
    clock.forward(minutes=11)
    for refused in (wang.post("/me/erasure"), wang.get("/me/export")):
        assert (refused.status_code, refused.json["code"]) == (403, "auth.proof_needed")
    assert wang.post("/me/proofs").status_code == 202
    wrong = wang.put("/me/proofs", json={"code": "111111"})
    assert (wrong.status_code, wrong.json["code"]) == (401, "auth.code_wrong")
    assert wang.post("/me/erasure").status_code == 403
    assert wang.put("/me/proofs", json={"code": "246810"}).status_code == 204
    assert wang.post("/me/erasure").status_code == 201


def test_nobody_can_use_or_name_an_account_that_is_closing(sign_in: SignIn, database: Engine, clock: Clock) -> None:
    wang, clerk = sign_in("wang"), sign_in("clerk")
    wang.post("/me/erasure")
    clock.forward(days=30)
    assert use_cases.close_due(database, clock.now)
    clerk = sign_in("clerk")
    assert wang.get("/me").status_code == 401
    assert clerk.post("/residents/lookup", json={"phone": "19900000001"}).status_code == 404
    assert not use_cases.erase_closed(database, clock.now, PAUSE), "running calls come to an end first"
    assert rows(database, "SELECT count(*) FROM account WHERE id = :id", id=WANG) == [(1,)]


def test_the_account_is_gone_and_its_phone_may_sign_up_anew(
    sign_in: SignIn, visitor: Caller, services: FakeServices, database: Engine, clock: Clock
) -> None:
    erasure = sign_in("wang").post("/me/erasure").json
    clock.forward(days=30)
    run(database, clock)
    [_, (type_, data)] = published(database)
    assert (type_, data["account_id"]) == ("account.erased.v1", str(WANG))
    for table, column in (("account", "id"), ("session", "account_id"), ("consent", "account_id"), ("photo", "uploaded_by")):
        assert rows(database, f"SELECT count(*) FROM {table} WHERE {column} = :id", id=WANG) == [(0,)], table  # noqa: S608  constants
    assert not use_cases.erase_closed(database, clock.now, timedelta()), "a second round finds nothing"
    services.on("notify", "send_code", {})
    visitor.post("/auth/codes", json={"phone": "19900000001"})
    code = services.of("send_code")[-1].payload["code"]
    fresh = visitor.post("/auth/sessions", json={"phone": "19900000001", "code": code}).json["account"]
    assert (fresh["id"] != str(WANG), fresh["name"]) == (True, None)
    assert visitor.get(f"/erasures/{erasure['number']}").json["state"] == "erasing"


def test_notify_hears_of_it_last_and_the_receipt_tells_everything(
    sign_in: SignIn, visitor: Caller, database: Engine, clock: Clock
) -> None:
    number = sign_in("wang").post("/me/erasure").json["number"]
    clock.forward(days=30)
    run(database, clock)
    erasure_id = published(database)[-1][1]["erasure_id"]
    answer(database, clock, "booking", "cases", erasure_id=erasure_id)
    assert visitor.get(f"/erasures/{number}").json["waits_for"] == ["events", "notify"]
    answer(database, clock, "booking", "events", "events", "cases", erasure_id=erasure_id)
    settled = [data for type_, data in published(database) if type_ == "account.erasure_settled.v1"]
    assert [data["number"] for data in settled] == [number], "once, however often they answer"
    answer(database, clock, "notify", "notify", erasure_id=erasure_id)
    receipt = visitor.get(f"/erasures/{number.lower().replace('-', '')}").json
    assert (receipt["state"], receipt["waits_for"]) == ("done", [])
    assert {one["service"] for one in receipt["answers"]} == {"gateway", *ANSWERS}
    assert rows(database, "SELECT count(*) FROM erasure WHERE account_id IS NOT NULL") == [(0,)]
    assert visitor.get("/erasures/0000-0000-0000-0000").json["code"] == "erasure.receipt_unknown"
    answer(database, clock, "booking", erasure_id=str(uuid4()))  # an unknown erasure does no harm


def test_staff_ask_with_a_reason_and_it_is_logged(sign_in: SignIn, database: Engine, clock: Clock) -> None:
    clerk, admin = sign_in("clerk"), sign_in("admin")
    path = f"/residents/{WANG}/erasure"
    assert clerk.post(path, json={"reason": "because"}).status_code == 422
    assert clerk.post(path, json={"reason": "asked"}).status_code == 201
    assert clerk.post(path, json={"reason": "asked"}).json["code"] == "erasure.requested_already"
    assert published(database)[-1][1]["requested_by"] == "staff"
    assert clerk.delete(path).status_code == 204
    entries = admin.get("/audit-log?kind=resident").json["items"]
    assert [(one["action"], one["actor_id"], one["after"]) for one in entries] == [
        ("erasure_kept", clerk.account_id, None),
        ("erasure_requested", clerk.account_id, {"reason": "asked"}),
    ]
    assert sign_in("li").post(path, json={"reason": "asked"}).status_code == 403
    assert clerk.post(f"/residents/{uuid4()}/erasure", json={"reason": "asked"}).status_code == 404
    assert clerk.post(f"/residents/{clerk.account_id}/erasure", json={"reason": "asked"}).status_code == 404


def test_an_account_of_staff_is_switched_off_by_an_admin(sign_in: SignIn) -> None:
    refused = sign_in("clerk").post("/me/erasure")
    assert (refused.status_code, refused.json["code"]) == (409, "erasure.of_staff")


def test_an_account_that_a_restore_brings_back_is_erased_again(sign_in: SignIn, database: Engine, clock: Clock) -> None:
    """The dump has the account; the list of another database, or the file, has its erasure."""
    with transaction(database) as session:
        session.execute(text("UPDATE account SET disabled_at = NULL"))
    found = erase_again({"gateway": database}, {erased.hash_of(WANG): clock.now})
    assert found == {"gateway": 1}
    assert rows(database, "SELECT count(*) FROM account WHERE id = :id", id=WANG) == [(0,)]
    assert [type_ for type_, _ in published(database)] == ["account.erased.v1"], "the services erase again too"
    assert erase_again({"gateway": database}, {}) == {"gateway": 0}
    with reading(database) as session:
        assert erased.is_erased(session, WANG) and not erased.is_erased(session, demo_id("account", "li"))


# --- pages ---


@pytest.fixture
def quiet(services: FakeServices) -> None:
    of_booking = [("booking", verb) for verb in ("list_bookings", "list_waits", "list_questions", "list_lottery_entries")]
    own = (*of_booking, ("cases", "list_cases"), ("events", "list_registrations"))
    for service, verb in own:
        services.on(service, verb, page())
    services.on("notify", "list_notifications", page() | {"unread_count": 0})


def test_the_page_asks_first_and_lets_the_reader_keep_the_account(browse: Browse, quiet: None) -> None:
    browser = browse("wang")
    shown = browser.get("/mine/data")
    assert "过去的预约和报名去掉您的身份" in shown.text
    assert browser.send(shown.form("/mine/data/erasure")).status_code == 422, "the box is not checked"
    after = browser.send_and_follow(shown.form("/mine/data/erasure"), understood="y")
    assert "您的账号将在" in after.text
    assert "您的账号将在" in browser.get("/mine").text
    kept = browser.send_and_follow(after.form("/mine/data/keep"))
    assert "您的账号保留不变" in kept.text
    assert "您的账号将在" not in browser.get("/mine").text


def test_the_page_wants_a_fresh_code(browse: Browse, quiet: None, clock: Clock) -> None:
    browser = browse("wang")
    clock.forward(minutes=11)
    shown = browser.get("/mine/data")
    assert not [form for form in shown.forms if "erasure" in form.action]
    assert browser.client.get("/mine/data/linli.json").status_code == 403
    asked = browser.send_and_follow(shown.form("/mine/data/code"))
    assert browser.send(asked.form("/mine/data/proof"), code="111111").status_code == 422
    proved = browser.send_and_follow(asked.form("/mine/data/proof"), code="246810")
    assert proved.form("/mine/data/erasure")


def test_signing_in_again_says_that_the_account_will_be_erased(
    sign_in: SignIn,
    visit: Any,
    people: None,
    quiet: None,
) -> None:
    sign_in("wang").post("/me/erasure")
    page_ = visit.get("/sign-in?next=/spaces")
    code = visit.send_and_follow(page_.form("/sign-in"), phone="19900000001")
    assert location(visit.send(code.form("/sign-in/code"), code="246810")) == "/mine/data"


def test_the_receipt_has_a_page_without_an_account(sign_in: SignIn, visit: Any, database: Engine, clock: Clock) -> None:
    number = sign_in("wang").post("/me/erasure").json["number"]
    clock.forward(days=30)
    run(database, clock)
    shown = visit.get(f"/erasures?number={number}")
    assert "姓名、手机号、登录和同意记录" in shown.text and "还在处理" in shown.text
    assert "没有这个编号的回执" in visit.get("/erasures?number=0000-0000-0000-0000", 404).text
    assert visit.get("/erasures").form("/erasures")


def test_children_whom_only_this_person_entered_are_erased_too(sign_in: SignIn, database: Engine, clock: Clock) -> None:
    wang, clerk = sign_in("wang"), sign_in("clerk")
    children = [wang.post("/me/children", json={"name": name, "birth_year": 2018}).json["id"] for name in ("小一", "小二")]
    other = clerk.post(f"/residents/{children[1]}/guardians", json={"guardian_id": str(demo_id("account", "li"))})
    assert other.status_code == 200, other.json
    assert wang.post("/me/erasure").status_code == 201
    clock.forward(days=31)
    run(database, clock)
    run(database, clock)
    left = {str(row.id) for row in rows(database, "SELECT id FROM account WHERE birth_year = 2018")}
    assert left == {children[1]}, "the other one has another guardian"
    assert rows(database, "SELECT FROM account WHERE id = :id", id=WANG) == []
