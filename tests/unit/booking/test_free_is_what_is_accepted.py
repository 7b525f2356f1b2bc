"""What availability calls free, and what a request is accepted for, are the same times, for any rules and claims."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import Refusal
from services.booking.calendar.intervals import Span, clip, merge, subtract
from services.booking.calendar.opening_hours import ClosedTime, ReservedTime, StatutoryDay, hours_of
from services.booking.interface.fair_opening import FIRST, KEPT_FOR
from services.booking.spaces.fair_opening import Asker
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable
from tests.unit.booking.spaces import example_space, example_timetable, instant

ZONES = [ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")]
# Around the nights in which Berlin and Lord Howe change their clocks, and an ordinary one.
STARTS = [datetime(2026, 3, 28, 18, tzinfo=UTC), datetime(2026, 10, 3, 9, tzinfo=UTC), datetime(2026, 11, 22, 16, tzinfo=UTC)]
MINUTE = 60
PROVISIONAL = StatutoryDay("holiday", provisional=True)

clock = st.integers(0, 1440).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
quarter = st.integers(0, 96).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
hours = st.lists(st.fixed_dictionaries({"opens": quarter | clock, "closes": quarter | clock}), max_size=3)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    shortest = draw(st.sampled_from([15, 30, 45, 60]))
    return {
        "opening_hours": [entry | {"weekday": day} for day in range(1, 8) for entry in draw(hours)],
        "holiday_hours": draw(hours),
        "slot_minutes": draw(st.sampled_from([5, 15, 30, 45, 60, 120])),
        "min_minutes": shortest,
        "max_minutes": shortest + draw(st.sampled_from([0, 60, 1440])),
        "min_notice_minutes": draw(st.sampled_from([0, 7, 90])),
        "horizon_days": draw(st.sampled_from([0, 1, 14])),
        "buffer_before_minutes": draw(st.sampled_from([0, 5, 20])),
        "buffer_after_minutes": draw(st.sampled_from([0, 10, 45])),
        "opening": draw(st.none() | openings()),
        "shares": draw(shares()),
        "elder_age": draw(st.sampled_from([60, 65])),
    }


@st.composite
def openings(draw: st.DrawFn) -> dict[str, Any]:
    """Weeks ahead of 1, so that both sides of what is open are near."""
    first = draw(st.lists(st.sampled_from(list(FIRST)), unique=True))
    return {
        "weekday": draw(st.integers(1, 7)),
        "at": draw(st.sampled_from(["00:00", "02:15", "10:00", "23:45"])),
        "weeks_ahead": draw(st.sampled_from([1, 2])),
        "first": first,
        "head_start_hours": draw(st.sampled_from([1, 24, 96])) if first else 0,
        "rested_days": 30,
    }


@st.composite
def shares(draw: st.DrawFn) -> list[dict[str, Any]]:
    kept_for = draw(st.lists(st.sampled_from(list(KEPT_FOR)), unique=True))
    return [
        {
            "kept_for": one,
            "hours": [entry | {"weekday": day} for day in range(1, 8) for entry in draw(hours)],
            "until_hours": draw(st.sampled_from([0, 1, 24, 72])),
        }
        for one in kept_for
    ]


@st.composite
def askers(draw: st.DrawFn, now: datetime) -> Asker:
    long_ago = now - timedelta(days=60)
    return Asker(
        age=draw(st.sampled_from([None, 60, 70])),
        counters=draw(st.sampled_from([Communities.only(), Communities.only("liuyi"), DISTRICT])),
        community_id=draw(st.sampled_from(["liuyi", "elsewhere"])),
        last_uses=draw(st.sampled_from([None, {}, {"court": now}, {"court": long_ago}])),
    )


@st.composite
def closed_times(draw: st.DrawFn, around: datetime) -> ClosedTime:
    at = instant(around) + draw(st.integers(-1440, 2 * 1440)) * MINUTE
    return ClosedTime(at, at + draw(st.integers(1, 1440)) * MINUTE, "maintenance")


@st.composite
def reserved_times(draw: st.DrawFn, around: datetime) -> ReservedTime:
    """A time of a lottery with some turnover around it."""
    at = instant(around) + draw(st.integers(-1440, 2 * 1440)) * MINUTE
    until = at + draw(st.integers(15, 240)) * MINUTE
    before, after = (draw(st.sampled_from([0, 10, 45])) * MINUTE for _ in range(2))
    return ReservedTime(at, until, at - before, until + after, uuid4(), instant(around))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Timetable, list[Span], datetime, datetime, datetime]:
    start = draw(st.sampled_from(STARTS)) + timedelta(minutes=draw(st.integers(0, 60)))
    end = start + timedelta(minutes=draw(st.integers(60, 2 * 1440)))
    space, zone = example_space(**draw(rules())), draw(st.sampled_from(ZONES))
    day = start.astimezone(zone).date()
    special = st.sampled_from([StatutoryDay("holiday"), PROVISIONAL, StatutoryDay("workday", 1), StatutoryDay("plain")])
    statutory = draw(st.just({}) | special.map(lambda decided: {day: decided}))
    exceptions = draw(st.just({}) | hours.map(lambda entries: {day: hours_of(entries)}))
    parts = draw(st.just({}) | hours.map(lambda entries: {day: [hours_of(entries)]}))
    closures = draw(st.lists(closed_times(start), max_size=3))
    timetable = example_timetable(
        space, start, end, zone=zone, statutory=statutory, exceptions=exceptions, part_exceptions=parts, closures=closures
    )
    reserved = draw(st.just([]) | st.lists(reserved_times(start), max_size=3))
    timetable = replace(timetable, reserved=sorted(reserved, key=lambda one: (one.blocks_from, one.blocks_until)))
    claims, at = [], instant(start) - 2 * 3600
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 240), st.integers(15, 240)), max_size=8)):
        claims.append((at + gap * MINUTE, at + (gap + length) * MINUTE))
        at = claims[-1][1]
    now = start + timedelta(seconds=draw(st.integers(-86400, 86400)))
    return timetable.asked_by(draw(askers(now))), claims, now, start, end


def accepted(timetable: Timetable, claims: list[Span], now: datetime, span: Span) -> bool:
    """As book_space decides: the rules, then whether the blocked time would overlap a claim."""
    starts_at, ends_at = (datetime.fromtimestamp(at, UTC) for at in span)
    try:
        timetable.check_request(starts_at, ends_at, 1, now)
    except Refusal:
        return False
    blocked = timetable.space.blocked(starts_at, ends_at)
    return not any(start < instant(blocked[1]) and instant(blocked[0]) < end for start, end in claims)


def lengths(space: Space) -> list[int]:
    """Lengths of interest, in seconds: the shortest, the longest, and around them."""
    step = space.slot_minutes * MINUTE
    shortest = -(-space.min_minutes * MINUTE // step) * step
    longest = space.max_minutes * MINUTE
    return sorted({shortest - step, shortest, shortest + step, longest // step * step, longest + step})


@settings(max_examples=200, deadline=None)
@given(situations())
def test_everything_inside_free_is_accepted_and_everything_else_is_refused(
    situation: tuple[Timetable, list[Span], datetime, datetime, datetime],
) -> None:
    timetable, claims, now, start, end = situation
    space = timetable.space
    free = timetable.free(claims, now, instant(start), instant(end))
    first = instant(start) - instant(start) % (5 * MINUTE)
    for at in range(first, instant(end), 5 * MINUTE):
        for length in lengths(space):
            span = (at, at + length)
            if length <= 0 or at < instant(start) or span[1] > instant(end):
                continue
            inside = any(opens <= span[0] and span[1] <= closes for opens, closes in free)
            fits = timetable.days.on_grid(span[0], space.slot_minutes * MINUTE) and timetable.days.on_grid(
                span[1], space.slot_minutes * MINUTE
            )
            fits = fits and space.min_minutes * MINUTE <= length <= space.max_minutes * MINUTE
            assert accepted(timetable, claims, now, span) == (inside and fits)


@settings(max_examples=100, deadline=None)
@given(situations())
def test_every_free_span_can_be_booked_from_its_start_and_to_its_end(
    situation: tuple[Timetable, list[Span], datetime, datetime, datetime],
) -> None:
    timetable, claims, now, start, end = situation
    space = timetable.space
    for opens, closes in timetable.free(claims, now, instant(start), instant(end)):
        assert instant(start) <= opens < closes <= instant(end)
        longest = min(closes - opens, space.max_minutes * MINUTE // (space.slot_minutes * MINUTE) * space.slot_minutes * MINUTE)
        if longest >= space.min_minutes * MINUTE and timetable.days.offset_at(opens) == timetable.days.offset_at(closes):
            assert accepted(timetable, claims, now, (opens, opens + longest))
            assert accepted(timetable, claims, now, (closes - longest, closes))


@settings(max_examples=100, deadline=None)
@given(situations())
def test_free_and_busy_make_up_the_whole_window(
    situation: tuple[Timetable, list[Span], datetime, datetime, datetime],
) -> None:
    timetable, claims, now, start, end = situation
    free = timetable.free(claims, now, instant(start), instant(end))
    busy = timetable.busy(free, claims, now, instant(start), instant(end))
    told = sorted([*free, *((a, b) for a, b, _ in busy)])
    assert told[0][0] == instant(start) and told[-1][1] == instant(end)
    assert all(before[1] == after[0] for before, after in pairwise(told))


@settings(max_examples=200, deadline=None)
@given(situations())
def test_a_space_is_either_open_or_closed_and_a_closed_holiday_is_provisional_or_certain(
    situation: tuple[Timetable, list[Span], datetime, datetime, datetime],
) -> None:
    timetable, _, _, start, end = situation
    window = instant(start), instant(end)
    closed = timetable.closed(*window)
    assert {reason for *_, reason in closed} <= {"closed", "holiday", "blocked"}
    spans = merge([(begins, ends) for begins, ends, _ in closed])
    assert subtract([window], spans) == timetable.hours.open_spans(timetable.days, *window)
    holidays = [(begins, ends) for begins, ends, reason in closed if reason == "holiday"]
    is_certain = PROVISIONAL not in timetable.hours.statutory.values()
    provisional = timetable.hours.provisional_spans(timetable.days, *window)
    for begins, ends in holidays:
        assert bool(clip(provisional, begins, ends)) != is_certain
