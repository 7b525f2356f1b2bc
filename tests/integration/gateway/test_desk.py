"""Staff see names beside ids; whose data was shown to whom is written down."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from chassis.demo import demo_id
from gateway.accounts.models import Reveal
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import BOOK, BOOKING_ID, CASE_ID, NOBODY, booking, case, page

SignIn = Callable[[str], Caller]
WANG, LI, HANDLER = (str(demo_id("account", name)) for name in ("wang", "li", "handler"))


def reveals(database: Engine) -> list[Reveal]:
    with Session(database) as session:
        return list(session.scalars(select(Reveal).order_by(Reveal.id)))


def test_the_desk_reads_names_and_leaves_a_trace(services: FakeServices, sign_in: SignIn, database: Engine) -> None:
    services.on("booking", "list_bookings", page(*(booking(resident_id=id_) for id_ in (WANG, LI, WANG, NOBODY))))
    clerk = sign_in("clerk")
    items = clerk.get("/bookings?scope=desk", headers={"X-Request-ID": "who-looked-2026"}).json["items"]
    assert [item["resident_name"] for item in items] == ["王秀英", "李建国", "王秀英", None]
    [reveal] = reveals(database)
    assert (str(reveal.account_id), reveal.subjects, reveal.fields) == (clerk.account_id, sorted([WANG, LI]), ["name"])
    assert (reveal.operation, reveal.correlation_id) == ("bookings.list_bookings", "who-looked-2026")


def test_names_of_a_page_cost_one_query(services: FakeServices, sign_in: SignIn, database: Engine) -> None:
    services.on("booking", "list_bookings", page(*(booking(resident_id=id_) for id_ in (WANG, LI) * 20)))
    clerk = sign_in("clerk")
    clerk.client.application.extensions["linli.communities"].get(database)  # the directory is in memory
    statements: list[str] = []
    event.listen(database, "before_cursor_execute", lambda *args: statements.append(args[2]))
    clerk.get("/bookings?scope=desk")
    assert len([s for s in statements if "account.name" in s]) == 1
    assert len(statements) == 3  # who asks, the names, the trace


def test_residents_see_no_names(services: FakeServices, sign_in: SignIn, database: Engine) -> None:
    services.on("booking", "get_booking", booking(resident_id=WANG))
    assert "resident_name" not in sign_in("wang").get(f"/bookings/{BOOKING_ID}").json
    assert reveals(database) == []


def test_handlers_of_a_case_are_named_and_are_no_reveal(services: FakeServices, sign_in: SignIn, database: Engine) -> None:
    services.on("cases", "list_cases", page(case(reporter_id=None, handler_id=HANDLER)))
    [item] = sign_in("supervisor").get("/cases?scope=desk").json["items"]
    assert item["handler_name"] == "孙立" and "reporter_name" not in item
    assert reveals(database) == []


VERBS: list[tuple[str, str, dict[str, Any]]] = [
    ("accept", "clerk", {"note": "…"}),
    ("decline", "clerk", {"reason": "…"}),
    ("dispatch", "clerk", {"department_id": NOBODY, "handler_id": HANDLER}),
    ("return", "handler", {"reason": "…"}),
    ("settle", "handler", {"settlement": "…"}),
    ("close", "wang", {"satisfied": True}),
    ("reopen", "supervisor", {"reason": "…"}),
]


@pytest.mark.parametrize(("verb", "who", "body"), VERBS)
def test_the_verbs_of_a_case(services: FakeServices, sign_in: SignIn, verb: str, who: str, body: dict[str, Any]) -> None:
    services.on("cases", f"{verb}_case", case(version=5))
    services.on("cases", "get_case", case(steps=[]))  # for the community of a case whose handler is named
    answer = sign_in(who).post(f"/cases/{CASE_ID}/{verb}", json=body, headers={"If-Match": 'W/"v4.0a"'})
    assert answer.status_code == 200, answer.text
    assert services.calls[-1].payload == body | {"case_id": CASE_ID, "expected_version": 4}


def test_a_wrong_field_is_told_before_a_tag_that_is_not_ours(services: FakeServices, sign_in: SignIn) -> None:
    answers = [
        sign_in("clerk").post(f"/cases/{CASE_ID}/decline", json=body, headers={"If-Match": '"1"'})
        for body in ({"reason": 7}, {"reason": "…"})
    ]
    assert [answer.status_code for answer in answers] == [422, 412]
    assert answers[0].json["errors"][0]["field"] == "reason"
    assert not services.calls


@pytest.mark.parametrize("verb", [verb for verb, who, _ in VERBS if who != "wang"])
def test_residents_do_not_work_on_cases(services: FakeServices, sign_in: SignIn, verb: str) -> None:
    body = next(body for name, _, body in VERBS if name == verb)
    assert sign_in("wang").post(f"/cases/{CASE_ID}/{verb}", json=body).status_code == 403
    assert services.calls == []


def test_a_clerk_finds_the_resident_at_the_counter(services: FakeServices, sign_in: SignIn, database: Engine) -> None:
    services.on("booking", "book_space", booking(resident_id=WANG))
    grid = sign_in("grid")
    found = grid.post("/residents/lookup", json={"phone": "199 0000 0001"})
    assert found.json == {"id": WANG, "community_id": "liuyi", "name": "王秀英"}
    assert grid.post("/bookings", json=BOOK | {"resident_id": found.json["id"]}).status_code == 201
    assert services.calls[0].payload["resident_id"] == WANG
    assert [(reveal.subjects, reveal.operation) for reveal in reveals(database)] == [([WANG], "residents.look_up_resident")]


def test_finding_nobody_leaves_no_trace(sign_in: SignIn, database: Engine) -> None:
    assert sign_in("clerk").post("/residents/lookup", json={"phone": "13800138000"}).status_code == 404
    assert reveals(database) == []


@pytest.mark.parametrize("who", ["wang", "organiser", "handler"])
def test_others_do_not_look_residents_up(sign_in: SignIn, who: str) -> None:
    assert sign_in(who).post("/residents/lookup", json={"phone": "19900000001"}).status_code == 403


def test_phones_are_never_in_an_address_or_an_answer_to_others(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "list_bookings", page(booking(resident_id=WANG)))
    clerk = sign_in("clerk")
    for answer in (
        clerk.get("/bookings?scope=desk"),
        clerk.get("/staff"),
        clerk.post("/residents/lookup", json={"phone": "19900000001"}),
    ):
        assert "1990000" not in answer.text
