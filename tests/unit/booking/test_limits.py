"""What counts for a limit, compared with a slow and obvious count; and which limits make no sense."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from services.booking.interface.limits import ADD_LIMIT
from services.booking.interface.refusals import LimitEnded, LimitReached
from services.booking.limits.contradictions import makes_useless
from services.booking.limits.counting import Span, earliest, use_of, window
from services.booking.limits.models import Limit
from tests.unit.booking.limits import example_limit
from tests.unit.booking.spaces import MONDAY, NOW, SHANGHAI, example_space, local

HOUR = timedelta(hours=1)
PERIODS = ("day", "week", "month", "trailing", "future", "at_once")


def at(hours: int) -> datetime:
    return NOW.replace(minute=0) + hours * HOUR


spans = st.tuples(st.integers(-24, 24 * 4) | st.integers(-24 * 20, 24 * 60), st.integers(1, 30)).map(
    lambda pair: (at(pair[0]), at(sum(pair)))
)
zones = st.sampled_from([SHANGHAI, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")])


def amount(limit: Limit, span: Span) -> int:
    return 1 if limit.measure == "count" else int((span[1] - span[0]).total_seconds() // 60)


def same_day(one: datetime, other: datetime) -> bool:
    return one.date() == other.date()


def same_week(one: datetime, other: datetime) -> bool:
    return one.isocalendar()[:2] == other.isocalendar()[:2]


def same_month(one: datetime, other: datetime) -> bool:
    return (one.year, one.month) == (other.year, other.month)


SAME = {"day": same_day, "week": same_week, "month": same_month}


def obvious(limit: Limit, booked: list[Span], wanted: Span, now: datetime, zone: ZoneInfo) -> int:
    """What is taken, hour by hour: the spans of these tests begin and end on whole hours."""
    if limit.period in SAME:
        same = SAME[limit.period]
        return sum(amount(limit, one) for one in booked if same(one[0].astimezone(zone), wanted[0].astimezone(zone)))
    if limit.period == "future":
        return sum(amount(limit, one) for one in booked if one[0] > now)
    if limit.period == "at_once":
        length = int((wanted[1] - wanted[0]) / HOUR)
        hours = [wanted[0] + n * HOUR for n in range(length)]
        return max(sum(one[0] <= hour < one[1] for one in booked) for hour in hours)
    hours = [wanted[0] + n * HOUR for n in range(24 * (limit.days or 0))]
    length = timedelta(days=limit.days or 0)
    return max(sum(amount(limit, one) for one in booked if hour - length < one[0] <= hour) for hour in hours)


limits = st.builds(
    lambda period, measure, days, allowed: example_limit(
        period=period,
        measure="count" if period == "at_once" else measure,
        days=days if period == "trailing" else None,
        allowed=allowed,
    ),
    st.sampled_from(PERIODS),
    st.sampled_from(["count", "minutes"]),
    st.integers(1, 12),
    st.integers(1, 3) | st.integers(1, 900),
)


@given(limits, st.lists(spans, max_size=12), spans, zones)
def test_what_is_taken_is_what_a_slow_count_finds(limit: Limit, booked: list[Span], wanted: Span, zone: ZoneInfo) -> None:
    use = use_of(limit, booked, wanted, NOW, zone)
    assert use.taken == obvious(limit, booked, wanted, NOW, zone)
    assert use.fits == (use.taken + amount(limit, wanted) <= limit.allowed)
    counted = [one for one in booked if one[0] >= earliest(limit, wanted, NOW, zone)]
    assert use_of(limit, counted, wanted, NOW, zone).taken == use.taken, "earlier bookings need not be read"


@given(limits, st.lists(spans, max_size=12), spans, zones)
def test_again_at_is_the_first_time_that_fits(limit: Limit, booked: list[Span], wanted: Span, zone: ZoneInfo) -> None:
    use = use_of(limit, booked, wanted, NOW, zone)
    length = wanted[1] - wanted[0]

    def fits(when: datetime) -> bool:
        if limit.period == "future":
            return use_of(limit, booked, wanted, when, zone).fits
        return use_of(limit, booked, (when, when + length), NOW, zone).fits

    if use.fits or amount(limit, wanted) > limit.allowed:
        assert use.again_at is None
        return
    assert use.again_at is not None and fits(use.again_at)
    first = NOW if limit.period == "future" else wanted[0]
    hour = first.replace(minute=0)
    while hour < use.again_at:  # in whole hours, in which everything of these tests begins
        assert hour < first or not fits(hour)
        hour += HOUR


@given(limits, st.lists(spans, max_size=15), zones)
def test_bookings_that_were_let_in_one_by_one_never_exceed(limit: Limit, wishes: list[Span], zone: ZoneInfo) -> None:
    booked: list[Span] = []
    for wish in wishes:
        if limit.period == "future" and wish[0] <= NOW:
            continue  # nobody books the past
        if use_of(limit, booked, wish, NOW, zone).fits:
            booked.append(wish)
    for one in booked:
        others = [other for other in booked if other is not one]
        assert obvious(limit, others, one, NOW, zone) + amount(limit, one) <= limit.allowed


def test_a_week_begins_on_monday_at_the_midnight_of_the_place() -> None:
    sunday_night = local(MONDAY - timedelta(days=1), "23:30")
    assert window("week", sunday_night, SHANGHAI)[1] == local(MONDAY, "00:00")
    assert window("month", local(date(2026, 12, 31), "23:59"), SHANGHAI) == (
        local(date(2026, 12, 1), "00:00"),
        local(date(2027, 1, 1), "00:00"),
    )


def test_a_limit_is_about_its_place_and_the_parts_of_its_space() -> None:
    hall, other = example_space(divisible=True), example_space(kind="room", section="smart")
    part = example_space(parent_id=hall.id)
    for limit, expected in (
        (example_limit(), [True, True, True]),
        (example_limit(kind="court"), [True, True, False]),
        (example_limit(section="smart"), [False, False, True]),
        (example_limit(hall), [True, True, False]),
        (example_limit(part), [False, True, False]),
        (example_limit(community_id="yuxin"), [False, False, False]),
        (example_limit(community_id="*"), [True, True, True]),
    ):
        assert [limit.covers_space(space) for space in (hall, part, other)] == expected


def test_begun_minutes_count() -> None:
    limit = example_limit(measure="minutes")
    assert limit.amount(at(0), at(0) + timedelta(seconds=61)) == 2


@pytest.mark.parametrize(
    ("narrow", "wide", "useless"),
    [
        ({"period": "day", "allowed": 3}, {"period": "week", "allowed": 2}, True),
        ({"period": "day", "allowed": 1}, {"period": "week", "allowed": 2}, False),
        ({"period": "week", "allowed": 5}, {"period": "month", "allowed": 5}, False),  # a week can be in two months
        ({"period": "week", "allowed": 5}, {"period": "trailing", "days": 7, "allowed": 5}, True),
        ({"period": "trailing", "days": 7, "allowed": 5}, {"period": "week", "allowed": 5}, False),
        ({"period": "trailing", "days": 3, "allowed": 5}, {"period": "trailing", "days": 5, "allowed": 5}, True),
        ({"period": "month", "allowed": 9}, {"period": "trailing", "days": 30, "allowed": 9}, False),
        ({"period": "future", "allowed": 9}, {"period": "day", "allowed": 1}, False),
        ({"kind": "court", "allowed": 2}, {"allowed": 2}, True),
        ({"allowed": 2}, {"kind": "court", "allowed": 2}, False),
        ({"kind": "court", "allowed": 2}, {"kind": "room", "allowed": 1}, False),
    ],
)
def test_limits_that_could_never_be_reached(narrow: dict[str, Any], wide: dict[str, Any], useless: bool) -> None:
    assert makes_useless(example_limit(**narrow), example_limit(**wide)) == useless


def test_a_space_is_of_its_kind() -> None:
    court = example_space()
    assert makes_useless(example_limit(court, allowed=2), example_limit(kind="court", allowed=2))
    assert not makes_useless(example_limit(court, allowed=2), example_limit(kind="room", allowed=2))


@pytest.mark.parametrize(
    ("wrong", "field", "rule"),
    [
        ({"period": "trailing"}, "days", "days_of_trailing"),
        ({"days": 7}, "days", "days_of_trailing"),
        ({"period": "at_once", "measure": "minutes"}, "measure", "counts_only"),
        ({"kind": "court", "section": "smart"}, "kind", "one_place"),
        ({"allowed": 0}, "allowed", "out_of_range"),
        ({"period": "trailing", "days": 367}, "days", "out_of_range"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_by_field(wrong: dict[str, Any], field: str, rule: str) -> None:
    good = {"subject": "resident", "measure": "count", "period": "week", "allowed": 2}
    assert ADD_LIMIT.takes.load(good)
    with pytest.raises(ValidationError) as error:
        ADD_LIMIT.takes.load(good | wrong)
    assert list(error.value.normalized_messages()) == [field] and rule in repr(error.value.messages)


def test_an_ended_limit_stays_as_it_was() -> None:
    limit = example_limit()
    limit.end(NOW)
    with pytest.raises(LimitEnded):
        limit.end(NOW)
    with pytest.raises(LimitEnded):
        limit.allow(5)
    assert (limit.version, limit.allowed) == (2, 2)


def test_limits_and_refusals_are_sentences_in_both_languages() -> None:
    court = example_limit(kind="court", subject="household", measure="minutes", period="trailing", days=7, allowed=120)
    assert court.sentence == {
        "zh-CN": "每个家庭任意连续 7 天内最多预约 2 小时（球场）",
        "en": "Each household: at most 2 hours in any 7 days (courts)",
    }
    assert example_limit(example_space(), allowed=1).sentence["en"] == "Each resident: at most 1 booking a week (Court 1)"
    refusal = LimitReached(sentence=court.sentence, measure="minutes", taken=90, allowed=120, left=30, again_at=None)
    assert refusal.text("zh-CN") == "超出预约限额：每个家庭任意连续 7 天内最多预约 2 小时（球场），已预约 90 分钟。"
    assert "at most 2 hours in any 7 days (courts). Booked so far: 90 minutes." in refusal.text("en")
