"""A system with bookings:write acts for residents within its reach. The gateway says to booking where the resident lives."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from chassis.database.engine import transaction
from chassis.demo import demo_id
from tests.integration.gateway.browser import Browse, browse  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import BOOK, BOOKING_ID, booking, page

SignIn = Callable[[str], Caller]
WANG, CLERK = str(demo_id("account", "wang")), str(demo_id("account", "clerk"))
MOVE = {"starts_at": "2026-03-03T11:00:00+08:00", "ends_at": "2026-03-03T12:00:00+08:00"}
MakeSystem = Callable[..., Caller]


@pytest.fixture
def made(sign_in: SignIn, app: Flask) -> MakeSystem:
    """`made("bookings:write")`: a system with these rights that sends its key."""

    def make(*rights: str) -> Caller:
        admin = sign_in("admin")
        system = admin.post("/systems", json={"name": "12345 热线", "rights": list(rights)}).json
        key = admin.post(f"/systems/{system['id']}/keys", json={}).json
        headers = {"Accept-Language": "en", "Authorization": f"Bearer {key['secret']}"}
        return Caller(app.test_client(use_cookies=False), headers, system["id"])

    return make


@pytest.fixture(autouse=True)
def answers(services: FakeServices) -> None:
    of_wang = booking(resident_id=WANG, booked_by=None)
    for verb in ("book_space", "get_booking", "cancel_booking", "reschedule_booking"):
        services.on("booking", verb, of_wang)
    services.on("booking", "list_questions", page())
    services.on("booking", "get_door_code", {"state": "none", "doors": [], "door_code": None})
    services.on("booking", "list_equipment", page())


def field_of(answer: Any) -> tuple[int, str, str]:
    [error] = answer.json["errors"]
    return answer.status_code, error["field"], error["code"]


def test_booking_hears_where_the_resident_lives(made: MakeSystem, services: FakeServices) -> None:
    system = made("bookings:write")
    assert system.post("/bookings", json=BOOK | {"resident_id": WANG}).status_code == 201
    assert system.post(f"/bookings/{BOOKING_ID}/reschedule", json=MOVE).status_code == 200
    assert system.post(f"/bookings/{BOOKING_ID}/cancel", json={"reason": "来电取消"}).status_code == 200
    [book], [move], [cancel] = (services.of(verb) for verb in ("book_space", "reschedule_booking", "cancel_booking"))
    assert book.payload["resident_community_id"] == move.payload["resident_community_id"] == "liuyi"
    assert book.payload["resident_id"] == WANG and "resident_community_id" not in cancel.payload
    assert {asked.context.identity.system_id for asked in (book, move, cancel)} == {system.account_id}


def test_booking_counts_it_for_the_household_of_the_resident(made: MakeSystem, sign_in: SignIn, services: FakeServices) -> None:
    household = sign_in("clerk").post("/households", json={"members": [WANG]}).json["id"]
    assert made("bookings:write").post("/bookings", json=BOOK | {"resident_id": WANG}).status_code == 201
    assert services.of("book_space")[-1].context.identity.household_of(WANG) == household


def test_one_key_takes_effect_once_and_is_the_systems_own(made: MakeSystem, services: FakeServices) -> None:
    one, other = made("bookings:write"), made("bookings:write")
    key = {"Idempotency-Key": "call-20260302-0001"}
    for system in (one, one, other):
        assert system.post("/bookings", json=BOOK | {"resident_id": WANG}, headers=key).status_code == 201
    keys = [asked.context.idempotency_key for asked in services.of("book_space")]
    assert keys[0] == keys[1] != keys[2] and all(asked.context.key_from_caller for asked in services.of("book_space"))


@pytest.mark.parametrize("who", ["nobody", "staff", "nonsense", "switched off", "elsewhere"])
def test_only_residents_within_reach_are_named(made: MakeSystem, services: FakeServices, database: Engine, who: str) -> None:
    system = made("bookings:write")
    named = {"nobody": str(uuid4()), "staff": CLERK, "nonsense": "x"}.get(who, WANG)
    changes = {"switched off": "disabled_at = now()", "elsewhere": "community_id = 'yuxin'"}
    if who in changes:
        with transaction(database) as session:
            session.execute(text(f"UPDATE account SET {changes[who]} WHERE id = :id"), {"id": WANG})  # noqa: S608 - constants
    answer = system.post("/bookings", json=BOOK | {"resident_id": named})
    assert field_of(answer)[:2] == (422, "resident_id")
    services.on("booking", "get_booking", booking(resident_id=named if who != "nonsense" else str(uuid4())))
    for step, body in (("cancel", {}), ("reschedule", MOVE)):
        assert system.post(f"/bookings/{BOOKING_ID}/{step}", json=body).status_code == 404
    assert [services.of(verb) for verb in ("book_space", "cancel_booking", "reschedule_booking")] == [[], [], []]


def test_a_system_must_name_a_resident(made: MakeSystem, services: FakeServices) -> None:
    assert field_of(made("bookings:write").post("/bookings", json=BOOK)) == (422, "resident_id", "required")
    assert services.of("book_space") == []


def test_nobody_says_where_a_resident_lives(made: MakeSystem, sign_in: SignIn, services: FakeServices) -> None:
    for caller in (made("bookings:write"), sign_in("wang"), sign_in("clerk")):
        answer = caller.post("/bookings", json=BOOK | {"resident_id": WANG, "resident_community_id": "yuxin"})
        assert field_of(answer) == (422, "resident_community_id", "unknown_field")
        moved = caller.post(f"/bookings/{BOOKING_ID}/reschedule", json=MOVE | {"resident_community_id": "yuxin"})
        assert field_of(moved) == (422, "resident_community_id", "unknown_field")
    assert services.calls == []


def test_people_pass_unchanged(sign_in: SignIn, services: FakeServices) -> None:
    wang = sign_in("wang")
    assert wang.post("/bookings", json=BOOK).status_code == 201
    assert wang.post(f"/bookings/{BOOKING_ID}/reschedule", json=MOVE).status_code == 200
    assert services.of("get_booking") == []
    assert not any("resident_community_id" in asked.payload for asked in services.calls)


def test_the_page_says_which_system_it_was(made: MakeSystem, browse: Browse, services: FakeServices) -> None:  # noqa: F811
    system = made("bookings:write")
    of_system = {"resident_id": WANG, "booked_by": None, "system_id": system.account_id}
    services.on("booking", "get_booking", booking(**of_system, changed_by_system_id=system.account_id))
    for who in ("wang", "clerk"):
        shown = browse(who).get(f"/bookings/{BOOKING_ID}").text
        assert "谁预约的" in shown and "谁改期的" in shown and shown.count("12345 热线") == 2


def test_staff_read_the_name_of_the_system(made: MakeSystem, sign_in: SignIn, services: FakeServices) -> None:
    system = made("bookings:write")
    services.on("booking", "get_booking", booking(resident_id=WANG, system_id=system.account_id, booked_by=None))
    assert sign_in("clerk").get(f"/bookings/{BOOKING_ID}").json["system_name"] == "12345 热线"
    assert "system_name" not in sign_in("wang").get(f"/bookings/{BOOKING_ID}").json
