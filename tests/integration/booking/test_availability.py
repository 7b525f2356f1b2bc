"""Availability as the database knows it, and that it agrees with what book_space accepts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from chassis.rpc.identity import ANONYMOUS
from chassis.rpc.refusal import NotFound, Refusal
from services.booking.availability.use_cases import get_availability
from services.booking.bookings.use_cases.book_space import book_space
from services.booking.calendar.models import CalendarDay, Community, SpaceException
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre, person
from tests.unit.booking.spaces import MONDAY, NOW, clocks, daily, example_space, local

TUESDAY = MONDAY + timedelta(days=1)
WINDOW = {"start": local(MONDAY, "00:00"), "end": local(TUESDAY, "00:00")}


def keep(centre: Centre, *rows: Any) -> None:
    with transaction(centre.engine) as session:
        session.add_all(rows)


def test_busy_times_say_why(centre: Centre) -> None:
    room = centre.add_space(buffer_after_minutes=30)
    centre.book("10:00", "11:00", space=room)
    found = centre.do("get_availability", space_id=room.id, **WINDOW)
    told = [(clocks([(a, b)])[0], reason) for a, b, reason, *_ in found.busy]
    assert told == [
        ("00:00-08:00", "closed"),
        ("09:30-10:00", "buffer"),
        ("10:00-11:00", "booked"),
        ("11:00-11:30", "buffer"),
        ("12:00-14:00", "closed"),
        ("22:00-00:00", "closed"),
    ]
    assert clocks(found.free) == ["08:00-09:30", "11:30-12:00", "14:00-22:00"]
    with pytest.raises(NotFound):
        centre.do("get_availability", space_id=uuid4(), **WINDOW)


def test_a_whole_and_its_parts_say_how_they_are_taken(centre: Centre) -> None:
    """B15: courts 1 to 3 are taken one after the other, so the hall is, and the other way round."""
    hall = centre.add_space(divisible=True)
    courts = [centre.add_space(parent_id=hall.id) for _ in range(3)]
    for court, start, end in zip(courts, ("08:00", "08:30", "10:00"), ("09:00", "10:00", "11:00"), strict=True):
        centre.book(start, end, space=court)
    centre.book("15:00", "16:00", centre.li, space=hall)

    def taken(space: Space) -> list[tuple[str, str | None]]:
        found = centre.do("get_availability", space_id=space.id, **WINDOW)
        return [(clocks([(a, b)])[0], share) for a, b, reason, _, share in found.busy if reason == "booked"]

    assert taken(hall) == [("08:00-11:00", "part"), ("15:00-16:00", None)]
    assert taken(courts[1]) == [("08:30-10:00", None), ("15:00-16:00", "whole")]
    assert clocks(centre.free(hall)) == ["11:00-12:00", "14:00-15:00", "16:00-22:00"]


def test_a_claim_just_outside_the_window_still_needs_its_turnover(centre: Centre) -> None:
    room = centre.add_space(buffer_before_minutes=60)
    centre.book("10:00", "11:00", space=room)
    found = centre.do("get_availability", space_id=room.id, start=local(MONDAY, "11:00"), end=local(MONDAY, "16:00"))
    assert clocks(found.free) == ["14:00-16:00"]


def test_statutory_days_come_from_the_table_and_a_communitys_own_go_before(centre: Centre) -> None:
    office = centre.add_space(opening_hours=daily("09:00-17:00", weekdays=range(1, 6)), horizon_days=400)
    elsewhere = centre.add_space(opening_hours=office.opening_hours, community_id="elsewhere", horizon_days=400)
    early = datetime(2026, 1, 1, tzinfo=UTC)

    def hours(space: Space, day: date) -> list[str]:
        window = {"start": local(day, "00:00"), "end": local(day + timedelta(days=1), "00:00")}
        return clocks(centre.do("get_availability", now=early, space_id=space.id, **window).free)

    assert hours(office, date(2026, 10, 1)) == []  # National Day
    assert hours(office, date(2026, 10, 10)) == ["09:00-17:00"]  # a Saturday that is worked
    assert hours(office, date(2026, 10, 17)) == []  # an ordinary Saturday
    own = {"community_id": "liuyi", "name": {"zh-CN": "开斋节"}, "source": "测试"}
    keep(centre, CalendarDay(day=date(2026, 3, 20), kind="holiday", **own))
    keep(centre, CalendarDay(day=date(2026, 10, 1), kind="workday", weekday=4, **own))
    assert hours(office, date(2026, 3, 20)) == [] and hours(office, date(2026, 10, 1)) == ["09:00-17:00"]
    assert hours(elsewhere, date(2026, 3, 20)) == ["09:00-17:00"] and hours(elsewhere, date(2026, 10, 1)) == []


def test_exceptions_reach_from_the_whole_to_its_parts_and_back(centre: Centre) -> None:
    hall = centre.add_space(divisible=True)
    east, west = (centre.add_space(parent_id=hall.id) for _ in range(2))

    def close(space: Space, day: date, *hours: str) -> None:
        spans = [dict(zip(("opens", "closes"), span.split("-"), strict=True)) for span in hours]
        keep(centre, SpaceException(space_id=space.id, community_id="liuyi", day=day, hours=spans))

    close(hall, MONDAY, "10:00-12:00")
    close(east, MONDAY, "11:00-12:00")
    assert [clocks(centre.free(space)) for space in (hall, east, west)] == [["11:00-12:00"], ["11:00-12:00"], ["10:00-12:00"]]


def test_a_community_has_its_own_time_zone(centre: Centre) -> None:
    keep(centre, Community(id="west", time_zone="Asia/Urumqi"))  # two hours behind Shanghai
    assert clocks(centre.free(centre.add_space(community_id="west"))) == ["10:00-14:00", "16:00-00:00"]


def test_the_centre_is_told_whole_or_by_section_and_kind_in_two_statements(centre: Centre) -> None:
    hall = centre.add_space(divisible=True, kind="room", section="smart")
    parts = [centre.add_space(parent_id=hall.id, section="smart") for _ in range(3)]
    centre.add_space(community_id="elsewhere")
    centre.book("10:00", "11:00", space=parts[1])
    statements: list[str] = []
    event.listen(centre.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    def told(**filters: Any) -> dict[Any, list[str]]:
        asked = WINDOW | {"section": None, "kind": None} | filters
        return {space_id: clocks(free) for space_id, free in centre.do("get_centre_availability", **asked)}

    everything = told()
    assert len(statements) == 2
    whole, cut = ["08:00-12:00", "14:00-22:00"], ["08:00-10:00", "11:00-12:00", "14:00-22:00"]
    assert everything == {centre.court.id: whole, hall.id: cut, parts[0].id: whole, parts[1].id: cut, parts[2].id: whole}
    assert set(told(section="smart")) == {hall.id, *(part.id for part in parts)}
    assert told(section="smart", kind="room") == {hall.id: cut}
    assert everything == {space_id: clocks(centre.free(Space(id=space_id))) for space_id in everything}


HALF_HOUR = timedelta(minutes=30)
half_hours = st.integers(0, 47)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    buffers=st.tuples(st.sampled_from([0, 15, 40]), st.sampled_from([0, 15, 40])),
    divisible=st.booleans(),
    existing=st.lists(st.tuples(half_hours, st.integers(1, 4), st.integers(0, 2)), max_size=6),
    wishes=st.lists(st.tuples(half_hours, st.integers(1, 5)), min_size=1, max_size=12),
)
def test_book_space_accepts_what_availability_calls_free_and_refuses_the_rest(
    centre: Centre,
    buffers: tuple[int, int],
    divisible: bool,
    existing: list[tuple[int, int, int]],
    wishes: list[tuple[int, int]],
) -> None:
    rules = {"buffer_before_minutes": buffers[0], "buffer_after_minutes": buffers[1]}
    with Session(centre.engine) as session:  # never committed: the examples share one database
        call = Call(session, NOW, person())
        spaces = [example_space(code="whole", divisible=divisible, **rules)]
        spaces += [example_space(code=code, parent_id=spaces[0].id) for code in ("east", "west") if divisible]
        for space in spaces:
            session.add(space)
            session.flush()
        for start, length, number in existing:
            accepted(call, spaces[number % len(spaces)], start, length, keep=True)
        for space in spaces:
            free = get_availability(call, space_id=space.id, **WINDOW).free
            for start, length in wishes:
                first, last = (int((local(MONDAY, "00:00") + HALF_HOUR * n).timestamp()) for n in (start, start + length))
                inside = any(opens <= first and last <= closes for opens, closes in free)
                assert accepted(call, space, start, length, keep=False) == (inside and length * 30 <= space.max_minutes)


def accepted(call: Call, space: Space, start: int, length: int, *, keep: bool) -> bool:
    """Whether it was booked; `start` and `length` are in half hours of Monday."""
    starts_at = local(MONDAY, "00:00") + HALF_HOUR * start
    attempt = call.session.begin_nested()
    try:
        book_space(call, space_id=space.id, starts_at=starts_at, ends_at=starts_at + HALF_HOUR * length)
    except Refusal:
        attempt.rollback()
        return False
    if keep:
        attempt.commit()
    else:
        attempt.rollback()
    return True


def test_the_own_time_is_free_for_whoever_moves_it_and_nobody_learns_of_it_else(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    centre.book("11:00", "12:00", centre.li)
    window = {"start": local(MONDAY, "08:00"), "end": local(MONDAY, "12:00")}
    found = centre.do("get_availability", centre.wang, space_id=centre.court.id, moving=booking.id, **window)
    assert clocks(found.free) == ["08:00-11:00"]
    assert [(*clocks([busy[:2]]), busy[2]) for busy in found.busy] == [("11:00-12:00", "booked")]
    for who in (centre.li, ANONYMOUS):
        with pytest.raises(NotFound):
            centre.do("get_availability", who, space_id=centre.court.id, moving=booking.id, **window)
