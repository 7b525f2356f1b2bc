"""The rule of a series, against a slow and obvious reading of RFC 5545."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.rpc.refusal import InvalidField, Refusal
from services.booking.interface.refusals import SeriesOverlapsItself, SeriesTooLong, SeriesWithoutDates
from services.booking.series.dates import occurrences
from services.booking.series.recurrence import Recurrence, local_start, without

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
days_around = st.dates(date(2026, 1, 1), date(2028, 12, 31))
weekdays = st.integers(0, 6)


@st.composite
def rules(draw: st.DrawFn) -> tuple[Recurrence, date]:
    starts_on = draw(days_around)
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    interval = draw(st.integers(1, {"DAILY": 20, "WEEKLY": 10, "MONTHLY": 11}[frequency]))
    by_weekday: list[tuple[int, int]] = []
    by_month_day: list[int] = []
    what = draw(st.sampled_from(["nothing", "weekday", "month_day"]))
    if what == "weekday" and not (frequency == "DAILY" and interval > 1):
        nth = st.just(0)
        if frequency == "MONTHLY" and draw(st.booleans()):
            nth = st.sampled_from([-5, -2, -1, 1, 2, 4, 5])
        by_weekday = draw(st.lists(st.tuples(nth, weekdays), min_size=1, max_size=4, unique=True))
    if what == "month_day" and frequency != "WEEKLY" and not (frequency == "DAILY" and interval > 1):
        by_month_day = draw(st.lists(st.integers(1, 31) | st.integers(-31, -1), min_size=1, max_size=4, unique=True))
    if draw(st.booleans()):
        end: dict[str, int | date] = {"count": draw(st.integers(1, 40))}
    else:
        end = {"until": starts_on + timedelta(days=draw(st.integers(-3, 366)))}
    return Recurrence(frequency, interval, tuple(by_weekday), tuple(by_month_day), **end), starts_on  # type: ignore[arg-type]  # one of both


def fits(rule: Recurrence, starts_on: date, day: date) -> bool:
    """Whether the rule has the day, looking at this day alone."""
    length = calendar.monthrange(day.year, day.month)[1]
    if rule.frequency == "DAILY" and (day - starts_on).days % rule.interval:
        return False
    if rule.frequency == "WEEKLY":
        monday, first = (one - timedelta(days=one.weekday()) for one in (day, starts_on))
        if (monday - first).days // 7 % rule.interval:
            return False
    if rule.frequency == "MONTHLY" and (day.year * 12 + day.month - starts_on.year * 12 - starts_on.month) % rule.interval:
        return False
    if rule.by_month_day:
        return day.day in rule.by_month_day or day.day - length - 1 in rule.by_month_day
    if rule.by_weekday:
        from_start, from_end = (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)
        return any(wd == day.weekday() and nth in (0, from_start, from_end) for nth, wd in rule.by_weekday)
    if rule.frequency == "WEEKLY":
        return day.weekday() == starts_on.weekday()
    return rule.frequency == "DAILY" or day.day == starts_on.day


def expected(rule: Recurrence, starts_on: date) -> list[date] | str:
    year = [starts_on + timedelta(days=n) for n in range(367)]
    found = [day for day in year if fits(rule, starts_on, day) and (rule.until is None or day <= rule.until)]
    if rule.count is not None:
        if 0 < len(found) < rule.count:
            return SeriesTooLong.code
        found = found[: rule.count]
    if not found:
        return SeriesWithoutDates.code
    return found if len(found) <= 366 else SeriesTooLong.code


@given(rules())
def test_the_days_are_those_that_fit_when_looked_at_one_by_one(drawn: tuple[Recurrence, date]) -> None:
    rule, starts_on = drawn
    try:
        found: list[date] | str = rule.days(starts_on)
    except Refusal as refusal:
        found = refusal.code
    assert found == expected(rule, starts_on)


@given(rules())
def test_a_rule_reads_what_it_writes(drawn: tuple[Recurrence, date]) -> None:
    assert Recurrence.parse(str(drawn[0])) == drawn[0]


@given(rules(), st.data())
def test_a_rule_in_two_parts_has_the_same_days(drawn: tuple[Recurrence, date], data: st.DataObject) -> None:
    rule, starts_on = drawn
    try:
        days = rule.days(starts_on)
    except Refusal:
        return
    if len(days) < 2:
        return
    at = data.draw(st.integers(1, len(days) - 1))
    before, after = rule.before(days[at]), rule.with_count(len(days) - at)
    assert before.days(starts_on) + after.days(days[at]) == days


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_recurrence"),
        ("FREQ", "not_a_recurrence"),
        ("every Tuesday", "not_a_recurrence"),
        ("FREQ=WEEKLY;FREQ=DAILY;COUNT=2", "not_a_recurrence"),
        ("FREQ=WEEKLY", "recurrence_without_end"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20261231", "recurrence_with_two_ends"),
        ("COUNT=2", "recurrence_not_supported"),
        ("FREQ=HOURLY;COUNT=2", "recurrence_not_supported"),
        ("FREQ=SECONDLY;COUNT=2", "recurrence_not_supported"),
        ("FREQ=YEARLY;COUNT=2", "recurrence_not_supported"),
        ("FREQ=DAILY;BYHOUR=1;COUNT=2", "recurrence_not_supported"),
        ("FREQ=DAILY;BYSETPOS=1;COUNT=2", "recurrence_not_supported"),
        ("FREQ=WEEKLY;WKST=SU;COUNT=2", "recurrence_not_supported"),
        ("FREQ=WEEKLY;BYDAY=1MO;COUNT=2", "recurrence_not_supported"),
        ("FREQ=WEEKLY;BYMONTHDAY=1;COUNT=2", "recurrence_not_supported"),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=2", "recurrence_not_supported"),
        ("FREQ=WEEKLY;INTERVAL=-1;COUNT=2", "recurrence_not_supported"),
        ("FREQ=DAILY;COUNT=367", "recurrence_not_supported"),
        ("FREQ=DAILY;COUNT=9999999999", "recurrence_not_supported"),
        ("FREQ=DAILY;UNTIL=20260230", "recurrence_not_supported"),
        ("FREQ=DAILY;UNTIL=20260201T000000Z", "recurrence_not_supported"),
        # Rules without a day would be searched for until the year 9999.
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU;COUNT=2", "recurrence_not_supported"),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30;COUNT=2", "recurrence_not_supported"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=31;COUNT=2", "recurrence_not_supported"),
        ("FREQ=MONTHLY;BYDAY=1MO,TU;COUNT=2", "recurrence_not_supported"),
        ("FREQ=MONTHLY;BYDAY=6MO;COUNT=2", "recurrence_not_supported"),
        ("FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2", "recurrence_not_supported"),
        ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2", "recurrence_not_supported"),
        ("FREQ=WEEKLY;BYDAY=٣MO;COUNT=2", "recurrence_not_supported"),
        ("FREQ=DAILY;COUNT=²", "recurrence_not_supported"),
    ],
)
def test_other_rules_are_refused_with_the_field(text: str, code: str) -> None:
    with pytest.raises(InvalidField) as refused:
        Recurrence.parse(text)
    (error,) = refused.value.details_for("en")["errors"]
    assert (error["field"], error["code"]) == ("rrule", code)


def test_a_series_is_no_longer_than_a_year() -> None:
    with pytest.raises(SeriesTooLong):
        Recurrence.parse("FREQ=WEEKLY;UNTIL=99991231").days(date(2026, 3, 2))
    with pytest.raises(SeriesTooLong):
        Recurrence.parse("FREQ=WEEKLY;COUNT=60").days(date(2026, 3, 2))
    assert len(Recurrence.parse("FREQ=DAILY;COUNT=366").days(date(2026, 3, 2))) == 366


def test_excepted_days_are_left_out_and_one_must_be_left() -> None:
    days = Recurrence.parse("FREQ=DAILY;COUNT=3").days(date(2026, 3, 2))
    assert without(days, [date(2026, 3, 3), date(2030, 1, 1)]) == [date(2026, 3, 2), date(2026, 3, 4)]
    with pytest.raises(SeriesWithoutDates):
        without(days, days)


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)) | st.sampled_from([date(2026, 3, 29), date(2026, 10, 25)]),
    st.integers(0, 1439),
    st.sampled_from([BERLIN, SHANGHAI]),
)
def test_the_wall_clock_shows_the_wanted_time_or_skips_it(day: date, minute: int, zone: ZoneInfo) -> None:
    """Compared with what the clock shows in each minute of that day."""
    wanted = datetime.combine(day, time(minute // 60, minute % 60))
    first = datetime.combine(day, time(), UTC) - timedelta(hours=14)
    minutes = (first + timedelta(minutes=n) for n in range(48 * 60))
    shown = next((at for at in minutes if at.astimezone(zone).replace(tzinfo=None) == wanted), None)
    assert local_start(day, wanted.time(), zone) == shown


def test_weekly_at_eighteen_stays_at_eighteen_over_a_change_of_the_clocks() -> None:
    days = Recurrence.parse("FREQ=WEEKLY;COUNT=3").days(date(2026, 3, 22))
    found = occurrences(days, time(18), 60, BERLIN)
    assert [one.starts_at for one in found] == [
        datetime(2026, 3, 22, 17, tzinfo=UTC),
        datetime(2026, 3, 29, 16, tzinfo=UTC),
        datetime(2026, 4, 5, 16, tzinfo=UTC),
    ]
    (skipped,) = occurrences([date(2026, 3, 29)], time(2, 30), 60, BERLIN)
    assert (skipped.starts_at, skipped.ends_at) == (None, None)
    assert local_start(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "the first of two"


def test_dates_do_not_overlap_each_other() -> None:
    days = Recurrence.parse("FREQ=DAILY;COUNT=3").days(date(2026, 3, 2))
    assert len(occurrences(days, time(18), 24 * 60, SHANGHAI)) == 3
    with pytest.raises(SeriesOverlapsItself) as refused:
        occurrences(days, time(18), 24 * 60 + 1, SHANGHAI)
    assert refused.value.details == {"day": "2026-03-02", "next_day": "2026-03-03"}
