from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.booking.calendar.opening_hours import StatutoryDay, hours_of
from services.booking.calendar.statutory_days import statutory_days
from tests.unit.booking.spaces import MONDAY, SHANGHAI, clocks, daily, example_space, example_timetable, instant, local

SUNDAY = MONDAY + timedelta(days=6)


def open_on(day: date, space_hours: dict[str, object], zone: ZoneInfo = SHANGHAI, **layers: object) -> list[str]:
    """Local opening times of a day, from midnight to midnight."""
    start, end = local(day, "00:00", zone), local(day + timedelta(days=1), "00:00", zone)
    timetable = example_timetable(example_space(**space_hours), start, end, zone=zone, **layers)  # type: ignore[arg-type]
    return clocks(timetable.hours.open_spans(timetable.days, instant(start), instant(end)), zone)


def test_a_day_can_have_several_intervals_and_staggered_ones_join() -> None:
    hours = {"opening_hours": daily("08:00-12:00", "12:00-13:30", "14:30-18:00", "19:00-21:00")}
    assert open_on(MONDAY, hours) == ["08:00-13:30", "14:30-18:00", "19:00-21:00"]


def test_hours_cross_midnight() -> None:
    assert open_on(MONDAY, {"opening_hours": daily("22:00-02:00")}) == ["00:00-02:00", "22:00-00:00"]
    assert open_on(MONDAY, {"opening_hours": daily("22:00-02:00", weekdays=[1])}) == ["22:00-00:00"]
    assert open_on(MONDAY + timedelta(days=1), {"opening_hours": daily("22:00-02:00", weekdays=[1])}) == ["00:00-02:00"]


def test_a_space_can_be_open_day_and_night() -> None:
    space = example_space(opening_hours=daily("00:00-24:00"))
    start, end = local(MONDAY, "00:00"), local(MONDAY + timedelta(days=5), "00:00")
    timetable = example_timetable(space, start, end)
    assert timetable.hours.open_spans(timetable.days, instant(start), instant(end)) == [(instant(start), instant(end))]


def test_a_holiday_has_the_holiday_hours_or_none() -> None:
    holiday = {MONDAY: StatutoryDay("holiday")}
    assert open_on(MONDAY, {}, statutory=holiday) == []
    assert open_on(MONDAY, {"holiday_hours": [{"opens": "09:00", "closes": "17:00"}]}, statutory=holiday) == ["09:00-17:00"]


def test_a_worked_weekend_day_has_the_hours_of_the_weekday_it_stands_for() -> None:
    hours = {"opening_hours": daily("08:30-17:30", weekdays=[1, 2, 3, 4, 5])}
    assert open_on(SUNDAY, hours) == []
    assert open_on(SUNDAY, hours, statutory={SUNDAY: StatutoryDay("workday", 1)}) == ["08:30-17:30"]


def test_an_exception_goes_before_everything_and_a_closed_part_closes_the_whole() -> None:
    special = hours_of([{"opens": "10:00", "closes": "11:00"}])
    assert open_on(MONDAY, {}, exceptions={MONDAY: special}) == ["10:00-11:00"]
    assert open_on(MONDAY, {}, exceptions={MONDAY: special}, statutory={MONDAY: StatutoryDay("holiday")}) == ["10:00-11:00"]
    assert open_on(MONDAY, {}, exceptions={MONDAY: []}) == []
    assert open_on(MONDAY, {}, part_exceptions={MONDAY: [hours_of([{"opens": "11:00", "closes": "15:00"}])]}) == [
        "11:00-12:00",
        "14:00-15:00",
    ]


def test_hours_follow_the_wall_clock_when_it_changes() -> None:
    """In Berlin the clock goes from 02:00 to 03:00 on 29 March 2026."""
    berlin, spring = ZoneInfo("Europe/Berlin"), date(2026, 3, 29)
    assert open_on(spring, {"opening_hours": daily("08:00-12:00")}, zone=berlin) == ["08:00-12:00"]
    start, end = local(spring, "00:00", berlin), local(spring + timedelta(days=1), "00:00", berlin)
    timetable = example_timetable(example_space(opening_hours=daily("00:00-24:00")), start, end, zone=berlin)
    (open_span,) = timetable.hours.open_spans(timetable.days, instant(start), instant(end))
    assert open_span[1] - open_span[0] == 23 * 3600


def test_the_grid_follows_the_wall_clock_when_it_changes() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # 00:30 local
    days = example_timetable(example_space(), start, start + timedelta(days=1), zone=berlin).days
    noon = local(date(2026, 3, 29), "12:00", berlin)
    assert days.grid_after(instant(start), 12 * 3600) == instant(noon)
    assert days.grid_before(instant(noon) + 3600, 12 * 3600) == instant(noon)
    assert days.grid_before(instant(noon) - 1, 12 * 3600) == instant(local(date(2026, 3, 29), "00:00", berlin))


def test_the_grid_skips_what_the_clock_does_not_show() -> None:
    """On Lord Howe the clock jumps half an hour: 02:00 to 02:30 in October, 02:00 back to 01:30 in April."""
    lord_howe, hour = ZoneInfo("Australia/Lord_Howe"), 3600
    ten_past_one = datetime(2026, 10, 3, 14, 40, tzinfo=UTC)
    days = example_timetable(example_space(), ten_past_one, ten_past_one, zone=lord_howe).days
    assert days.grid_after(instant(ten_past_one), hour) == instant(local(date(2026, 10, 4), "03:00", lord_howe))

    second_time_past_half = datetime(2026, 4, 4, 15, 10, tzinfo=UTC)
    days = example_timetable(example_space(), second_time_past_half, second_time_past_half, zone=lord_howe).days
    assert days.grid_before(instant(second_time_past_half), hour) == instant(local(date(2026, 4, 5), "01:00", lord_howe))


@pytest.mark.parametrize("opens", ["8:00", "08:60", "24:01", "ab:cd", "0800", ""])
def test_what_is_no_time_of_day_is_refused_when_it_is_entered(opens: str) -> None:
    with pytest.raises(ValueError, match="no time of day"):
        example_space(holiday_hours=[{"opens": opens, "closes": "12:00"}])
    with pytest.raises(ValueError, match="no time of day"):
        example_space(opening_hours=[{"weekday": 1, "opens": opens, "closes": "12:00"}])


def test_what_is_no_weekday_is_refused_when_it_is_entered() -> None:
    with pytest.raises(ValueError, match="no weekday"):
        example_space(opening_hours=[{"weekday": 0, "opens": "08:00", "closes": "12:00"}])


def test_the_published_calendar_has_the_national_day_of_2026_and_its_worked_weekends() -> None:
    days = {row["day"]: row for row in statutory_days(2026, 2026)}
    assert [days[date(2026, 10, day)]["kind"] for day in range(1, 8)] == ["holiday"] * 7
    assert (days[date(2026, 10, 10)]["kind"], days[date(2026, 10, 10)]["weekday"]) == ("workday", 5)  # a Saturday
    assert (days[date(2026, 9, 20)]["kind"], days[date(2026, 9, 20)]["weekday"]) == ("workday", 1)  # a Sunday
    assert days[date(2026, 10, 1)]["name"] == {"zh-CN": "国庆节", "en": "National Day"}
    assert min(row["day"] for row in statutory_days(2004, 2026)).year == 2004
