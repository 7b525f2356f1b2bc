"""Calendar files and secret addresses: who reads what, and when an address stops."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import Engine, text

from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.refusal import NotFound
from gateway.http import limits
from tests.integration.gateway.browser import Browse, browse  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices, refused
from tests.integration.gateway.samples import BOOKING_ID, NOBODY, SPACE_ID, booking
from tests.integration.gateway.samples import page as page_of

SignIn = Callable[[str], Caller]
WANG = str(demo_id("account", "wang"))
GONE = booking(id=NOBODY, state="cancelled", version=2, cancelled_at="2026-03-02T10:00:00+00:00")


@pytest.fixture(autouse=True)
def answers(services: FakeServices) -> None:
    services.on("booking", "get_calendar_bookings", page_of(booking(), GONE))
    services.on("events", "list_registrations", page_of())
    services.on("booking", "get_booking", booking())


@pytest.fixture
def program(app: Flask) -> Caller:
    """A calendar program, which has no session."""
    return Caller(app.test_client(use_cookies=False), {"User-Agent": "CalendarAgent/1"})


def made_by(caller: Caller) -> str:
    """The path of a new address."""
    address: str = caller.post("/me/calendar", json={}).json["address"]
    return address.partition("/api/v1")[2]


def entries(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 200 and answer.content_type.startswith("text/calendar")
    return [(str(one["UID"]), str(one["STATUS"])) for one in Calendar.from_ical(answer.data).walk("VEVENT")]


def test_an_address_shows_its_owners_entries_to_whoever_has_it(
    sign_in: SignIn, program: Caller, services: FakeServices
) -> None:
    path = made_by(sign_in("wang"))
    expected = [(f"booking-{BOOKING_ID}@linli", "CONFIRMED"), (f"booking-{NOBODY}@linli", "CANCELLED")]
    assert entries(program.get(path)) == expected
    asked = services.of("get_calendar_bookings")[-1]
    assert asked.context.identity.account_id == WANG


def test_an_unchanged_calendar_is_not_sent_again(sign_in: SignIn, program: Caller, services: FakeServices) -> None:
    path = made_by(sign_in("wang"))
    first = program.get(path)
    again = program.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    services.on("booking", "get_calendar_bookings", page_of(booking(version=2)))
    assert program.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert "no-cache" in first.headers["Cache-Control"] and "private" in first.headers["Cache-Control"]


def test_a_new_address_stops_the_old_one_and_revoking_stops_it(sign_in: SignIn, program: Caller) -> None:
    wang = sign_in("wang")
    assert wang.get("/me/calendar").status_code == 404
    first, second = made_by(wang), made_by(wang)
    assert (program.get(first).status_code, program.get(second).status_code) == (404, 200)
    assert wang.delete("/me/calendar").status_code == 204
    assert program.get(second).status_code == 404
    assert wang.delete("/me/calendar").status_code == 204


def test_only_a_hash_is_stored_and_the_owner_sees_that_it_is_read(
    sign_in: SignIn, program: Caller, database: Engine, clock: Clock
) -> None:
    wang = sign_in("wang")
    path = made_by(wang)
    token = path.split("/")[2]
    assert wang.get("/me/calendar").json == {"made_at": clock.now.isoformat(), "read_at": None, "of_children": False}
    program.get(path)
    assert wang.get("/me/calendar").json["read_at"] == clock.now.isoformat()
    with database.connect() as connection:
        stored = connection.execute(text("SELECT CAST(calendar_address AS text) FROM calendar_address")).scalar_one()
    assert token not in stored and token.encode().hex() not in stored


@pytest.mark.parametrize("wrong", ["lk_x", "lk_" + "a" * 43, "x" * 200])
def test_an_address_that_nobody_has_says_nothing(program: Caller, wrong: str) -> None:
    answer = program.get(f"/calendars/{wrong}/linli.ics")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_the_address_of_an_account_that_is_switched_off_or_gone_stops(
    sign_in: SignIn, program: Caller, database: Engine
) -> None:
    path = made_by(sign_in("clerk"))
    assert program.get(path).status_code == 200
    with transaction(database) as session:
        session.execute(text("UPDATE account SET disabled_at = now() WHERE id = :id"), {"id": demo_id("account", "clerk")})
    assert program.get(path).status_code == 404
    with transaction(database) as session:
        session.execute(text("DELETE FROM calendar_address"))
    assert program.get(path).status_code == 404


def test_an_address_waits_while_its_owner_has_withdrawn_the_consent(sign_in: SignIn, program: Caller) -> None:
    wang = sign_in("wang")
    path = made_by(wang)
    assert wang.delete("/me/consents").status_code == 204
    assert (program.get(path).status_code, program.get(path).json["code"]) == (403, "consent_needed")
    assert wang.post("/me/consents", json={"version": 1}).status_code == 201
    assert program.get(path).status_code == 200


def test_readings_of_one_address_are_limited(sign_in: SignIn, program: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = made_by(sign_in("wang")), made_by(sign_in("li"))
    most = limits.CALENDARS.item.amount
    answers = [program.get(path).status_code for _ in range(most + 1)]
    assert answers[-1] == 429 and set(answers[:-1]) == {200}
    assert program.get(other).status_code == 200


def test_one_booking_as_a_file(sign_in: SignIn, visitor: Caller, services: FakeServices) -> None:
    path = f"/bookings/{BOOKING_ID}/calendar.ics"
    assert entries(sign_in("wang").get(path)) == [(f"booking-{BOOKING_ID}@linli", "CONFIRMED")]
    assert visitor.get(path).status_code == 401
    services.on("booking", "get_booking", refused(NotFound(booking_id=BOOKING_ID)))
    assert sign_in("li").get(path).status_code == 404


def test_a_space_says_when_it_is_taken_and_not_by_whom(visitor: Caller, services: FakeServices) -> None:
    start = "2026-03-03T01:00:00+00:00"
    busy = [{"starts_at": start, "ends_at": "2026-03-03T02:00:00+00:00", "reason": "booked", "title": None}]
    services.on("booking", "get_space", {"id": SPACE_ID, "community_id": "liuyi", "name": {"zh-CN": "一号场", "en": "Court 1"}})
    services.on("booking", "get_availability", {"space_id": SPACE_ID, "free": [], "busy": busy, "closures": []})
    answer = visitor.get(f"/spaces/{SPACE_ID}/calendar.ics")
    (found,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert str(found["SUMMARY"]) == "Booked" and "public" in answer.headers["Cache-Control"]


def test_the_page_shows_the_address_once(browse: Browse) -> None:  # noqa: F811
    wang = browse("wang")
    page = wang.get("/mine/calendar")
    made = wang.send(page.form("/mine/calendar")).get_data(as_text=True)
    assert "/api/v1/calendars/lk_" in made and "webcal://" in made
    again = wang.get("/mine/calendar")
    assert "lk_" not in again.text
    assert "在里面" in again.text and "不再显示孩子的" in again.text
    without = wang.send_and_follow(again.form("/mine/calendar/children"))
    assert "不在里面" in without.text and "也显示孩子的" in without.text
    wang.send(again.form("/mine/calendar/revoke"))
    assert wang.send(again.form("/mine/calendar/children")).status_code == 404
    assert wang.get("/mine/calendar").form("/mine/calendar")


def test_years_ago_is_left_out(sign_in: SignIn, program: Caller, services: FakeServices, clock: Clock) -> None:
    long_ago = (clock.now - timedelta(days=400)).isoformat()
    services.on("booking", "get_calendar_bookings", page_of(booking(starts_at=long_ago, ends_at=long_ago)))
    assert entries(program.get(made_by(sign_in("wang")))) == []


def test_what_is_of_a_child_is_in_the_calendar_of_the_guardian_and_marked(
    sign_in: SignIn, program: Caller, services: FakeServices, database: Engine
) -> None:
    wang = sign_in("wang")
    child = wang.post("/me/children", json={"name": "小明", "birth_year": 2018}).json["id"]
    services.on("booking", "get_calendar_bookings", page_of(booking(resident_id=child), booking(id=NOBODY, resident_id=WANG)))
    path = made_by(wang)
    program.get(path)
    asked = services.of("get_calendar_bookings")[-1]
    assert asked.context.identity.children == frozenset(), "an address may have been shared before"
    assert wang.patch("/me/calendar", json={"of_children": True}).json["of_children"] is True
    found = program.get(path)
    summaries = [str(one["SUMMARY"]) for one in Calendar.from_ical(found.data).walk("VEVENT")]
    assert [one.startswith("孩子 · ") for one in summaries] == [True, False]
    assert "小明" not in found.data.decode(), "whoever has the address reads it"
    assert services.of("get_calendar_bookings")[-1].context.identity.children == {child}
    with transaction(database) as session:
        session.execute(text("UPDATE account SET birth_year = 1990 WHERE id = :id"), {"id": child})
    program.get(path)
    assert services.of("get_calendar_bookings")[-1].context.identity.children == frozenset()
