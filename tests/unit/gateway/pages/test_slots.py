"""From intervals to what one taps."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.web import slots
from gateway.web.times import at, exists, local

SPACE: dict[str, Any] = {"slot_minutes": 30, "min_minutes": 60, "max_minutes": 120, "opening_hours": []}
DAY = date(2026, 3, 11)


def moment(text: str) -> datetime:
    return local(f"{text}+08:00" if "T" in text else f"2026-03-11T{text}:00+08:00")


def interval(start: str, end: str, reason: str | None = None) -> dict[str, Any]:
    found = {"starts_at": moment(start).isoformat(), "ends_at": moment(end).isoformat()}
    return found | ({"reason": reason} if reason else {})


def test_starts_lie_on_the_grid_and_leave_room_for_the_shortest_booking() -> None:
    found = slots.starts_within(moment("09:40"), moment("12:00"), SPACE)
    assert [start.strftime("%H:%M") for start in found] == ["10:00", "10:30", "11:00"]


def test_ends_stay_within_the_free_interval_and_the_longest_booking() -> None:
    free = [interval("09:00", "11:30")]
    ends = [end.strftime("%H:%M") for end in slots.ends_after(moment("09:00"), free, SPACE)]
    assert ends == ["10:00", "10:30", "11:00"]
    assert [end.strftime("%H:%M") for end in slots.ends_after(moment("10:30"), free, SPACE)] == ["11:30"]
    assert slots.ends_after(moment("11:30"), free, SPACE) == []


def test_a_day_drops_the_night_and_merges_the_turnover_with_its_booking() -> None:
    availability = {
        "free": [interval("08:00", "10:00"), interval("12:00", "20:00")],
        "busy": [
            interval("00:00", "08:00", "closed"),
            interval("10:00", "11:45", "booked"),
            interval("11:45", "12:00", "buffer"),
            interval("20:00", "2026-03-12T00:00:00", "closed"),
        ],
    }
    (day,) = slots.days_of(availability, SPACE, DAY, 1)
    assert [(s.starts_at.hour, s.ends_at.hour, s.reason) for s in day.segments] == [
        (8, 10, None),
        (10, 12, "booked"),
        (12, 20, None),
    ]


def test_turnover_belongs_to_the_booking_beside_it_and_gaps_stay_apart() -> None:
    busy = [
        interval("09:30", "10:00", "buffer"),
        interval("10:00", "11:00", "booked") | {"taken_as": "part"},
        interval("11:00", "11:30", "gap"),
        interval("11:30", "12:00", "booked"),
    ]
    (day,) = slots.days_of({"free": [], "busy": busy}, SPACE, DAY, 1)
    assert [(f"{s.starts_at:%H:%M}", f"{s.ends_at:%H:%M}", s.reason, s.taken_as) for s in day.segments] == [
        ("09:30", "11:00", "booked", "part"),
        ("11:00", "11:30", "gap", None),
        ("11:30", "12:00", "booked", None),
    ]
    assert day.reason == "booked"


def test_a_booking_of_the_night_begins_before_midnight() -> None:
    """B9: open from 18:00 to 02:00, at least an hour."""
    night = SPACE | {"opening_hours": [{"weekday": day, "opens": "18:00", "closes": "02:00"} for day in range(1, 8)]}
    free = [interval("18:00", "2026-03-12T02:00:00")]
    evening, morning = slots.days_of({"free": free, "busy": []}, night, DAY, 2)
    assert [at.strftime("%H:%M") for at in evening.starts][-2:] == ["23:00", "23:30"]
    assert [at.strftime("%H:%M") for at in morning.starts] == ["00:00", "00:30", "01:00"]
    ends = slots.ends_after(moment("23:30"), free, night)
    assert [at.strftime("%d %H:%M") for at in ends] == ["12 00:30", "12 01:00", "12 01:30"]
    assert slots.opening_span(night, DAY) == (moment("18:00"), moment("2026-03-12T02:00:00"))


def test_a_closed_day_says_why() -> None:
    busy = [interval("2026-03-10T20:00:00", "2026-03-13T08:00:00", "holiday")]
    closed = slots.days_of({"free": [], "busy": busy}, SPACE, DAY, 2)
    assert [day.reason for day in closed] == ["holiday", "holiday"]
    assert closed[0].segments[0].ends_at == at(date(2026, 3, 12), datetime.min.time())


def test_a_provisional_holiday_is_not_merged_with_a_certain_one() -> None:
    first = interval("2026-03-09T08:00", "2026-03-09T12:00", "holiday") | {"provisional": True}
    second = interval("2026-03-09T12:00", "2026-03-09T20:00", "holiday") | {"provisional": False}
    (day,) = slots.days_of({"free": [], "busy": [first, second]}, SPACE, date(2026, 3, 9), 1)
    assert [(segment.ends_at.hour, segment.provisional) for segment in day.segments] == [(12, True), (20, False)]
    assert (day.reason, day.provisional) == ("holiday", True)
    (certain,) = slots.days_of({"free": [], "busy": [second]}, SPACE, date(2026, 3, 9), 1)
    assert (certain.reason, certain.provisional) == ("holiday", False)


def test_a_full_day_is_not_a_closed_one() -> None:
    busy = [interval("00:00", "08:00", "closed"), interval("08:00", "20:00", "booked")]
    (day,) = slots.days_of({"free": [], "busy": busy}, SPACE, DAY, 1)
    assert day.reason == "booked"


def test_free_intervals_too_short_to_book_offer_nothing() -> None:
    (day,) = slots.days_of({"free": [interval("09:00", "09:30")], "busy": []}, SPACE, DAY, 1)
    assert day.starts == [] and day.segments == ()


def test_a_time_that_the_clocks_skip_does_not_exist() -> None:
    """O5."""
    berlin = ZoneInfo("Europe/Berlin")
    assert not exists(datetime(2026, 3, 29, 2, 15, tzinfo=berlin))
    assert exists(datetime(2026, 3, 29, 3, 15, tzinfo=berlin)) and exists(datetime(2026, 10, 25, 2, 15, tzinfo=berlin))
