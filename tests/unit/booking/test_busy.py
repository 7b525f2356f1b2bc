"""Why a time is not free."""

from datetime import timedelta

from services.booking.calendar.opening_hours import ClosedTime, StatutoryDay, hours_of
from tests.unit.booking.spaces import MONDAY, NOW, SHANGHAI, clocks, daily, example_space, example_timetable, instant, local

DAY = local(MONDAY, "00:00"), local(MONDAY + timedelta(days=1), "00:00")
WINDOW = instant(DAY[0]), instant(DAY[1])


def told(now=NOW, booked=(), blocked=(), *, rules=None, **layers) -> list[str]:  # type: ignore[no-untyped-def]
    timetable = example_timetable(example_space(**(rules or {})), *DAY, **layers)
    spans = [tuple(instant(local(MONDAY, clock)) for clock in span.split("-")) for span in booked]
    claims = [tuple(instant(local(MONDAY, clock)) for clock in span.split("-")) for span in blocked]
    free = timetable.free(claims, now, *WINDOW)  # type: ignore[arg-type]
    busy = timetable.busy(free, spans, now, *WINDOW, claims=claims)  # type: ignore[arg-type]
    everything = sorted([(a, b, "free") for a, b in free] + busy)  # type: ignore[operator]
    return [f"{clocks([(a, b)], SHANGHAI)[0]} {reason}" for a, b, reason in everything]


def test_an_empty_day_is_free_in_its_hours() -> None:
    assert told() == [
        "00:00-08:00 closed",
        "08:00-12:00 free",
        "12:00-14:00 closed",
        "14:00-22:00 free",
        "22:00-00:00 closed",
    ]


def test_a_booking_keeps_its_turnover_and_that_of_the_next_one_free() -> None:
    rules = {"buffer_before_minutes": 10, "buffer_after_minutes": 20}
    assert told(booked=["15:00-16:00"], blocked=["14:50-16:20"], rules=rules)[3:] == [
        "14:00-14:30 free",
        "14:30-15:00 buffer",
        "15:00-16:00 booked",
        "16:00-16:30 buffer",
        "16:30-22:00 free",
        "22:00-00:00 closed",
    ]


def test_a_gap_that_is_too_short_is_neither_booked_nor_turnover() -> None:
    two = ["15:00-16:00", "16:30-17:30"]
    assert told(booked=two, blocked=two, rules={"min_minutes": 60})[4:7] == [
        "15:00-16:00 booked",
        "16:00-16:30 gap",
        "16:30-17:30 booked",
    ]
    with_turnover = {"min_minutes": 60, "buffer_after_minutes": 30}
    blocked = ["15:00-16:30", "17:30-18:30"]
    assert told(booked=["15:00-16:00", "17:30-18:00"], blocked=blocked, rules=with_turnover)[5:8] == [
        "15:00-16:00 booked",
        "16:00-16:30 buffer",
        "16:30-17:00 gap",
    ]


def test_what_the_grid_cuts_off_after_an_odd_end_is_a_gap() -> None:
    odd = ["15:00-15:10"]
    assert told(booked=odd, blocked=odd)[4:7] == ["15:00-15:10 booked", "15:10-15:30 gap", "15:30-22:00 free"]


def test_holidays_and_exceptions_are_named() -> None:
    assert "08:00-12:00 holiday" in told(statutory={MONDAY: StatutoryDay("holiday")})
    special = {MONDAY: hours_of([{"opens": "08:00", "closes": "10:00"}])}
    assert told(exceptions=special)[1:3] == ["08:00-10:00 free", "10:00-12:00 blocked"]


def test_past_too_soon_and_beyond_the_horizon_are_told_apart() -> None:
    """B7."""
    assert told(now=local(MONDAY, "09:10"))[1:3] == ["08:00-09:30 past", "09:30-12:00 free"]
    assert told(now=local(MONDAY, "09:00"), rules={"min_notice_minutes": 60})[1:4] == [
        "08:00-09:00 past",
        "09:00-10:00 too_soon",
        "10:00-12:00 free",
    ]
    assert told(rules={"horizon_days": 0})[:2] == ["00:00-08:00 closed", "08:00-12:00 too_far"]


def test_a_closure_is_told_inside_the_hours_and_its_nights_are_closed() -> None:
    night = ClosedTime(instant(local(MONDAY, "00:00")), instant(local(MONDAY, "15:00")), "maintenance")
    assert told(closures=[night]) == [
        "00:00-08:00 closed",
        "08:00-12:00 blocked",
        "12:00-14:00 closed",
        "14:00-15:00 blocked",
        "15:00-22:00 free",
        "22:00-00:00 closed",
    ]


def test_a_space_out_of_use_is_never_free() -> None:
    assert told(rules={"active": False}) == ["00:00-00:00 blocked"]


def test_what_the_grid_cuts_off_belongs_to_what_cuts_it() -> None:
    rules = {"opening_hours": daily("08:10-12:20")}
    assert told(rules=rules) == ["00:00-08:30 closed", "08:30-12:00 free", "12:00-00:00 closed"]
    assert told(booked=["09:00-11:50"], blocked=["09:00-11:50"], rules=rules)[1:] == [
        "08:30-09:00 free",
        "09:00-11:50 booked",
        "11:50-12:20 gap",
        "12:20-00:00 closed",
    ]
