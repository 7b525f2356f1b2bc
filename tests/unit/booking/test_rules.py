"""Each rule of a space has its own refusal; a booking knows what can still be done with it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.rpc.refusal import Refusal
from services.booking.calendar.opening_hours import StatutoryDay, hours_of
from services.booking.interface import refusals
from tests.unit.booking.spaces import MONDAY, NOW, example_booking, example_space, example_timetable, local

TEN, ELEVEN = local(MONDAY, "10:00"), local(MONDAY, "11:00")


def refusal_of(
    starts_at: datetime,
    ends_at: datetime,
    *,
    attendees: int = 1,
    now: datetime = NOW,
    layers: dict[str, Any] | None = None,
    **rules: Any,
) -> Refusal | None:
    space = example_space(**rules)
    timetable = example_timetable(space, starts_at, max(starts_at, ends_at), **(layers or {}))
    try:
        timetable.check_request(starts_at, ends_at, attendees, now)
    except Refusal as refusal:
        return refusal
    return None


def test_an_ordinary_request_is_accepted() -> None:
    assert refusal_of(TEN, ELEVEN) is None


@pytest.mark.parametrize(
    ("code", "details", "request_"),
    [
        ("booking.ends_before_start", {}, {"starts_at": ELEVEN, "ends_at": TEN}),
        ("booking.ends_before_start", {}, {"starts_at": TEN, "ends_at": TEN}),
        ("booking.in_past", {}, {"now": TEN + timedelta(seconds=1)}),
        ("booking.too_soon", {"min_notice_minutes": 60}, {"now": TEN - timedelta(minutes=59), "min_notice_minutes": 60}),
        ("booking.too_far", {"horizon_days": 0, "bookable_from": "2026-11-23"}, {"horizon_days": 0}),
        ("booking.out_of_use", {}, {"active": False}),
        ("booking.too_short", {"min_minutes": 90}, {"min_minutes": 90}),
        ("booking.too_long", {"max_minutes": 30}, {"max_minutes": 30}),
        ("booking.off_grid", {"slot_minutes": 30}, {"starts_at": TEN + timedelta(minutes=10)}),
        ("booking.off_grid", {"slot_minutes": 30}, {"ends_at": ELEVEN - timedelta(minutes=10)}),
        ("booking.off_grid", {"slot_minutes": 30}, {"starts_at": TEN - timedelta(microseconds=1)}),
        ("booking.over_capacity", {"capacity": 4, "attendees": 5}, {"attendees": 5}),
        ("booking.closed", {"reason": "closed"}, {"starts_at": local(MONDAY, "11:30"), "ends_at": local(MONDAY, "12:30")}),
        ("booking.closed", {"reason": "holiday"}, {"layers": {"statutory": {MONDAY: StatutoryDay("holiday")}}}),
        ("booking.closed", {"reason": "blocked"}, {"layers": {"exceptions": {MONDAY: []}}}),
        ("booking.closed", {"reason": "blocked"}, {"layers": {"part_exceptions": {MONDAY: [hours_of([])]}}}),
    ],
)
def test_each_rule_has_its_own_refusal(code: str, details: dict[str, Any], request_: dict[str, Any]) -> None:
    refusal = refusal_of(**({"starts_at": TEN, "ends_at": ELEVEN} | request_))
    assert refusal is not None
    assert (refusal.code, refusal.details) == (code, details)


@pytest.mark.parametrize(
    "request_",
    [
        {"now": TEN},
        {"now": TEN - timedelta(minutes=60), "min_notice_minutes": 60},
        {"horizon_days": 1},
        {"min_minutes": 60},
        {"max_minutes": 60},
        {"attendees": 4},
        {"starts_at": local(MONDAY, "08:00"), "ends_at": local(MONDAY, "08:30")},
        {"starts_at": local(MONDAY, "21:30"), "ends_at": local(MONDAY, "22:00")},
    ],
)
def test_what_just_keeps_a_rule_is_accepted(request_: dict[str, Any]) -> None:
    assert refusal_of(**({"starts_at": TEN, "ends_at": ELEVEN} | request_)) is None


def test_the_horizon_ends_with_a_local_day() -> None:
    last = {"starts_at": local(MONDAY, "23:00"), "ends_at": local(MONDAY + timedelta(days=1), "00:00")}
    open_all_day: dict[str, Any] = {
        "opening_hours": [{"weekday": day, "opens": "00:00", "closes": "24:00"} for day in range(1, 8)]
    }
    assert refusal_of(**last, horizon_days=1, **open_all_day) is None
    later = {at: time + timedelta(minutes=30) for at, time in last.items()}
    assert isinstance(refusal_of(**later, horizon_days=1, **open_all_day), refusals.TooFar)


def test_cancelling_says_who_and_counts_a_version() -> None:
    booking = example_booking(example_space(), TEN, ELEVEN)
    booking.cancel(NOW, by="staff", reason="场地维修")
    assert (booking.state, booking.cancelled_at, booking.cancelled_by, booking.version) == ("cancelled", NOW, "staff", 2)


@pytest.mark.parametrize("now", [TEN, ELEVEN])
def test_a_booking_that_has_started_stays_as_it_is(now: datetime) -> None:
    booking = example_booking(example_space(), TEN, ELEVEN)
    with pytest.raises(refusals.NotCancellable) as cancelling:
        booking.cancel(now, by="resident")
    with pytest.raises(refusals.NotReschedulable) as moving:
        booking.check_movable("resident", now)
    with pytest.raises(refusals.AttendeesFixed) as counting:
        booking.change_attendees(2, now)
    assert cancelling.value.details == moving.value.details == counting.value.details == {"state": "started"}
    assert (booking.state, booking.version) == ("confirmed", 1)


@pytest.mark.parametrize(("attendees", "version"), [(4, 2), (2, 1), (1, 2)])
def test_the_number_of_people_counts_a_version_if_it_changes(attendees: int, version: int) -> None:
    booking = example_booking(example_space(capacity=4), TEN, ELEVEN)
    booking.attendees = 2
    booking.change_attendees(attendees, NOW)
    assert (booking.attendees, booking.version) == (attendees, version)


def test_more_people_than_the_space_holds_are_refused() -> None:
    booking = example_booking(example_space(capacity=4), TEN, ELEVEN)
    before = booking.attendees
    with pytest.raises(refusals.OverCapacity) as refused:
        booking.change_attendees(5, NOW)
    assert refused.value.details == {"capacity": 4, "attendees": 5}
    assert (booking.attendees, booking.version) == (before, 1)


def test_a_cancelled_booking_is_neither_cancelled_again_nor_moved() -> None:
    booking = example_booking(example_space(), TEN, ELEVEN)
    booking.cancel(NOW, by="resident")
    with pytest.raises(refusals.NotCancellable):
        booking.cancel(NOW, by="resident")
    with pytest.raises(refusals.NotReschedulable):
        booking.check_movable("resident", NOW)
    with pytest.raises(refusals.AttendeesFixed):
        booking.change_attendees(2, NOW)
    with pytest.raises(refusals.PurposeFixed):
        booking.change_purpose("练球", NOW)


def test_every_refusal_speaks_both_languages() -> None:
    classes = [
        cls for cls in vars(refusals).values() if isinstance(cls, type) and issubclass(cls, Refusal) and cls is not Refusal
    ]
    assert len(classes) >= 12
    assert len({cls.code for cls in classes}) == len(classes)
    for cls in classes:
        assert cls.code.startswith("booking.")
        assert cls().text("en") != cls().text("zh-CN")
