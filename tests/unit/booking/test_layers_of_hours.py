"""The layers of the calendar against a slow and obvious reference that asks minute by minute."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from services.booking.calendar.local_days import LocalDays
from services.booking.calendar.opening_hours import (
    ClosedTime,
    OpeningHours,
    Season,
    StatutoryDay,
    hours_of,
    seasons_of,
    weekly_hours_of,
)
from services.booking.spaces.timetable import Timetable
from tests.unit.booking.spaces import daily, example_space

ZONES = [ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/Sao_Paulo")]
DAYS = [date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 23)]  # Berlin skips an hour, repeats one, does neither
STEP = 5
SPECIAL = [StatutoryDay("holiday"), StatutoryDay("workday", 1), StatutoryDay("plain"), StatutoryDay("holiday", None, True)]

quarter = st.integers(0, 96).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
entries = st.lists(st.fixed_dictionaries({"opens": quarter, "closes": quarter}), max_size=2)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[dict[str, Any], date, ZoneInfo]:
    day = draw(st.sampled_from(DAYS))
    near = st.integers(-2, 2).map(lambda n: day + timedelta(days=n))
    season_from = draw(near)
    layers: dict[str, Any] = {
        "weekly": [entry | {"weekday": weekday} for weekday in range(1, 8) for entry in draw(entries)],
        "season": (season_from, season_from + timedelta(days=draw(st.integers(0, 2)))),
        "season_hours": [entry | {"weekday": weekday} for weekday in range(1, 8) for entry in draw(entries)],
        "holiday_hours": draw(entries),
        "statutory": draw(st.dictionaries(near, st.sampled_from(SPECIAL), max_size=2)),
        "exceptions": draw(st.dictionaries(near, entries, max_size=2)),
        "closures": draw(st.lists(st.tuples(st.integers(-300, 300), st.integers(1, 300)), max_size=2)),
    }
    return layers, day, draw(st.sampled_from(ZONES))


def is_open(layers: dict[str, Any], at: datetime, zone: ZoneInfo, closures: list[tuple[datetime, datetime]]) -> bool:
    """By the words of the README, for one instant."""
    if any(start <= at < end for start, end in closures):
        return False
    today = at.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        for opens, closes in hours_on(layers, day):
            if wall(day, opens, zone) <= at < wall(day, closes, zone):
                return True
    return False


def hours_on(layers: dict[str, Any], day: date) -> list[tuple[int, int]]:
    if day in layers["exceptions"]:
        return hours_of(layers["exceptions"][day])
    special = layers["statutory"].get(day)
    if special and special.kind == "holiday":
        return hours_of(layers["holiday_hours"])
    weekday = special.weekday if special and special.weekday else day.isoweekday()
    first, last = layers["season"]
    weekly = layers["season_hours"] if first <= day <= last else layers["weekly"]
    return hours_of([entry for entry in weekly if entry["weekday"] == weekday])


def wall(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """What the clock shows `minute` minutes of the clock after midnight."""
    return (datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute)).astimezone(UTC)


@settings(max_examples=80, deadline=None)
@given(calendars())
def test_the_layers_are_what_the_reference_says(calendar: tuple[dict[str, Any], date, ZoneInfo]) -> None:
    layers, day, zone = calendar
    start, end = wall(day, 0, zone), wall(day, 1440, zone)
    closures = [
        (start + timedelta(minutes=STEP * a), start + timedelta(minutes=STEP * (a + length)))
        for a, length in layers["closures"]
    ]
    hours = OpeningHours(
        weekly=weekly_hours_of(layers["weekly"]),
        seasons=[Season(*layers["season"], weekly_hours_of(layers["season_hours"]))],
        on_holidays=hours_of(layers["holiday_hours"]),
        statutory=layers["statutory"],
        exceptions={on: hours_of(given) for on, given in layers["exceptions"].items()},
        closures=[ClosedTime(int(a.timestamp()), int(b.timestamp()), "other") for a, b in sorted(closures)],
    )
    window = int(start.timestamp()), int(end.timestamp())
    spans = hours.open_spans(LocalDays.around(zone, *window), *window)
    week = window[0] - 7 * 86_400, window[1] + 7 * 86_400
    cached = Timetable(example_space(), (), hours, LocalDays.around(zone, *week), uuid4()).opened()
    assert cached.open_spans(*window) == spans
    for at in range(*window, STEP * 60):
        expected = is_open(layers, datetime.fromtimestamp(at, UTC), zone, closures)
        assert any(a <= at < b for a, b in spans) == expected, datetime.fromtimestamp(at, zone)


def test_weekly_hours_keep_their_time_on_the_clock_when_the_clocks_change() -> None:
    """O5: 18:00 stays 18:00, in winter and in summer."""
    berlin = ZoneInfo("Europe/Berlin")
    hours = OpeningHours(weekly=weekly_hours_of(daily("18:00-20:00")))
    for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25)):
        window = int(wall(day, 0, berlin).timestamp()), int(wall(day, 1440, berlin).timestamp())
        ((opens, closes),) = hours.open_spans(LocalDays.around(berlin, *window), *window)
        shown = [datetime.fromtimestamp(at, berlin).strftime("%H:%M") for at in (opens, closes)]
        assert shown == ["18:00", "20:00"]


def test_a_season_has_both_its_days() -> None:
    text = {"name": {"zh-CN": "暑期"}, "first_day": "2026-07-01", "last_day": "2026-08-31"}
    (season,) = seasons_of([text | {"opening_hours": daily("06:00-23:00")}])
    hours = OpeningHours(weekly=weekly_hours_of(daily("08:00-20:00")), seasons=[season])
    days = [date(2026, 6, 30), date(2026, 7, 1), date(2026, 8, 31), date(2026, 9, 1)]
    assert [hours.open(day)[0][0] // 60 for day in days] == [8, 6, 6, 8]


def test_the_hours_that_a_provisional_holiday_takes_are_named_and_those_of_a_certain_one_are_not() -> None:
    zone, first = ZoneInfo("Asia/Shanghai"), date(2027, 1, 1)
    statutory = {first: StatutoryDay("holiday", None, True), date(2027, 1, 2): StatutoryDay("holiday")}
    hours = OpeningHours(weekly=weekly_hours_of(daily("08:00-20:00")), statutory=statutory)
    window = int(wall(first, 0, zone).timestamp()), int(wall(date(2027, 1, 3), 1440, zone).timestamp())
    spans = hours.provisional_spans(LocalDays.around(zone, *window), *window)
    assert spans == [(int(wall(first, 480, zone).timestamp()), int(wall(first, 1200, zone).timestamp()))]
