"""Staff act for people who exist, and hand cases to such people. Services keep ids; only the gateway knows whose they are."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from chassis.demo import demo_id
from gateway.accounts.models import Account, Reveal
from gateway.web import people as people_of_pages
from services.cases.interface.cases import StepOfCase
from services.cases.interface.workflow import BY_NAME
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import BOOK, CASE_ID, NOBODY, SPACE_ID, booking, case

SignIn = Callable[[str], Caller]
WANG, LI, CLERK, HANDLER, MEDIATOR = (str(demo_id("account", name)) for name in ("wang", "li", "clerk", "handler", "mediator"))
DISPATCH = StepOfCase().dump(BY_NAME["dispatch"])
REPORT = {"channel": "walk_in", "category": "lighting", "text": "路灯不亮。"}
AT_THE_DESK: list[tuple[str, dict[str, Any]]] = [
    ("/bookings", BOOK),
    ("/cases", REPORT),
    (f"/sessions/{SPACE_ID}/registrations", {"seats": 1}),
]


@pytest.fixture
def change(database: Engine) -> Callable[..., None]:
    """`change("wang", community_id="wuyi")`: set columns of an account."""

    def apply(name: str, **columns: Any) -> None:
        with transaction(database) as session:
            account = session.get_one(Account, demo_id("account", name))
            for column, value in columns.items():
                setattr(account, column, value)

    return apply


def wrong_fields(answer: Any) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.mimetype, answer.json["code"]) == (422, "application/problem+json", "invalid")
    return [(error["field"], error["code"]) for error in answer.json["errors"]]


@pytest.mark.parametrize(("path", "body"), AT_THE_DESK)
@pytest.mark.parametrize("whose", [NOBODY, HANDLER])
def test_who_is_no_resident_is_refused(
    services: FakeServices, sign_in: SignIn, path: str, body: dict[str, Any], whose: str
) -> None:
    answer = sign_in("clerk").post(path, json=body | {"resident_id": whose})
    assert wrong_fields(answer) == [("resident_id", "unknown_resident")]
    assert services.calls == []


@pytest.mark.parametrize("columns", [{"community_id": "wuyi"}, {"disabled_at": "now"}])
def test_so_is_who_lives_elsewhere_or_is_switched_off(
    services: FakeServices, sign_in: SignIn, change: Callable[..., None], clock: Clock, columns: dict[str, Any]
) -> None:
    clerk = sign_in("clerk")
    change("wang", **{name: clock.now if value == "now" else value for name, value in columns.items()})
    for path, body in AT_THE_DESK:
        assert wrong_fields(clerk.post(path, json=body | {"resident_id": WANG})) == [("resident_id", "unknown_resident")]
    assert clerk.post("/residents/lookup", json={"phone": "19900000001"}).status_code == 404
    assert services.calls == []


def test_a_resident_of_the_community_costs_two_queries(services: FakeServices, sign_in: SignIn, database: Engine) -> None:
    services.on("booking", "book_space", booking())
    clerk = sign_in("clerk")
    clerk.client.application.extensions["linli.communities"].get(database)  # the directory is in memory
    statements: list[str] = []
    event.listen(database, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for body, queries in ((BOOK, 1), (BOOK | {"resident_id": WANG}, 3), (BOOK | {"resident_id": CLERK}, 1)):
        statements.clear()
        assert clerk.post("/bookings", json=body).status_code == 201
        assert len(statements) == queries  # who asks, who is meant, and the household; oneself is known


def test_services_hear_the_household_only_of_residents_within_reach(
    services: FakeServices, sign_in: SignIn, change: Callable[..., None]
) -> None:
    clerk = sign_in("clerk")
    household = clerk.post("/households", json={"members": [WANG]}).json["id"]
    services.on("booking", "get_availability", {"space_id": SPACE_ID, "free": [], "busy": [], "closures": []})
    times = "from=2026-03-03T00:00:00Z&to=2026-03-04T00:00:00Z"

    def heard() -> str | None:
        assert clerk.get(f"/spaces/{SPACE_ID}/availability?{times}&resident_id={WANG}").status_code == 200
        return services.of("get_availability")[-1].context.identity.household_of(WANG)

    assert heard() == household
    change("wang", community_id="wuyi")
    assert heard() is None


def test_others_do_not_learn_from_it_which_ids_exist(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "book_space", booking())  # which refuses, in truth: tests/integration/booking
    wang = sign_in("wang")
    for whose in (LI, NOBODY):
        assert wang.post("/bookings", json=BOOK | {"resident_id": whose}).status_code == 201


@pytest.mark.parametrize("whose", [NOBODY, WANG, CLERK])
def test_a_case_is_handed_to_who_handles_cases(services: FakeServices, sign_in: SignIn, whose: str) -> None:
    body = {"department_id": NOBODY, "handler_id": whose}
    answer = sign_in("clerk").post(f"/cases/{CASE_ID}/dispatch", json=body)
    assert wrong_fields(answer) == [("handler_id", "unknown_handler")]
    assert services.calls == []


@pytest.mark.parametrize("whose", [HANDLER, MEDIATOR])
def test_and_to_a_mediator(services: FakeServices, sign_in: SignIn, whose: str) -> None:
    services.on("cases", "dispatch_case", case())
    services.on("cases", "get_case", case(steps=[]))
    body = {"department_id": NOBODY, "handler_id": whose}
    assert sign_in("clerk").post(f"/cases/{CASE_ID}/dispatch", json=body).status_code == 200


def test_a_handler_of_another_community_is_neither_offered_nor_taken(
    app: Flask, services: FakeServices, sign_in: SignIn, change: Callable[..., None]
) -> None:
    clerk = sign_in("clerk")

    def offered() -> list[str]:
        with app.test_request_context("/desk", headers=clerk.headers):
            app.preprocess_request()
            return [id_ for id_, _ in people_of_pages.handlers_of("liuyi")]

    assert sorted(offered()) == sorted([HANDLER, MEDIATOR])
    change("handler", community_id="wuyi")
    assert offered() == [MEDIATOR]
    assert clerk.get("/staff?role=handler").json["items"] == []
    body = {"department_id": NOBODY, "handler_id": HANDLER}
    assert clerk.post(f"/cases/{CASE_ID}/dispatch", json=body).status_code == 422


@pytest.mark.parametrize(("step", "field"), [("dispatch", "handler_id"), ("hand_over", "new_handler_id")])
def test_who_is_named_works_in_the_community_of_the_case(
    services: FakeServices, sign_in: SignIn, change: Callable[..., None], step: str, field: str
) -> None:
    """The clerk works in two communities, the handler in one of them."""
    change("clerk", communities=["liuyi", "north"])
    services.on("cases", f"{step}_case", case())
    body = {field: HANDLER} | ({"department_id": NOBODY} if step == "dispatch" else {})
    clerk = sign_in("clerk")
    services.on("cases", "get_case", case(community_id="north", steps=[]))
    assert wrong_fields(clerk.post(f"/cases/{CASE_ID}/{step}", json=body)) == [(field, "handler_elsewhere")]
    assert services.of(f"{step}_case") == []
    services.on("cases", "get_case", case(steps=[]))
    assert clerk.post(f"/cases/{CASE_ID}/{step}", json=body).status_code == 200


@pytest.mark.parametrize("whose", [NOBODY, "nonsense"])
def test_the_page_says_so_beside_the_field(services: FakeServices, app: Flask, sign_in: SignIn, whose: str) -> None:
    browser = sign_in("clerk")
    services.on("cases", "get_case", case(allowed_actions=["dispatch"], steps=[DISPATCH]))
    services.on("cases", "get_case_history", {"items": [], "next_cursor": None})
    for method in ("list_departments", "list_grids", "list_categories"):
        services.on("cases", method, {"items": [], "next_cursor": None})
    services.on("notify", "list_notifications", {"items": [], "next_cursor": None, "unread_count": 0})
    token = app.test_client()
    token.set_cookie("linli_session", browser.headers["Authorization"].removeprefix("Bearer "))
    page = token.get(f"/desk/cases/{CASE_ID}").get_data(as_text=True)
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": csrf, "department_id": NOBODY, "handler_id": whose}
    answer = token.post(f"/desk/cases/{CASE_ID}/dispatch", data=form)
    assert answer.status_code == 422 and "本社区没有这位承办人。" in answer.get_data(as_text=True)
    assert services.of("take_step") == []


# --- by phone, at the counter ---


def test_the_page_looks_residents_up_as_the_api_does(
    app: Flask, sign_in: SignIn, database: Engine, change: Callable[..., None], clock: Clock
) -> None:
    clerk = sign_in("clerk")

    def look_up() -> UUID | None:
        with app.test_request_context("/desk/bookings", headers=clerk.headers):
            app.preprocess_request()
            return people_of_pages.resident_by_phone("199 0000 0001")

    assert look_up() == UUID(WANG)
    with Session(database) as session:
        reveal = session.scalars(select(Reveal)).one()
    assert (str(reveal.account_id), reveal.subjects, reveal.fields) == (clerk.account_id, [WANG], ["name"])
    assert reveal.operation == "pages.desk_bookings"
    change("wang", disabled_at=clock.now)
    assert look_up() is None


def test_page_and_api_look_up_from_one_allowance(app: Flask, sign_in: SignIn) -> None:
    from gateway.refusals.requests import Throttled

    clerk = sign_in("clerk")
    for _ in range(60):
        clerk.post("/residents/lookup", json={"phone": "nonsense"})
    with app.test_request_context("/desk/bookings", headers=clerk.headers):
        app.preprocess_request()
        with pytest.raises(Throttled):
            people_of_pages.resident_by_phone("19900000001")
