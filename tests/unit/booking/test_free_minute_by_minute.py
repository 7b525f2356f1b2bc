"""Free times against a slow and obvious reference that asks of each minute whether it could be part of a booking."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from hypothesis import assume, given, settings

from services.booking.calendar.intervals import Span
from services.booking.spaces.timetable import Timetable
from tests.unit.booking.spaces import instant
from tests.unit.booking.test_free_is_what_is_accepted import MINUTE, situations


def on_grid(at: int, timetable: Timetable) -> bool:
    """By the clock on the wall: slots are counted from local midnight."""
    local = datetime.fromtimestamp(at, UTC).astimezone(timetable.days.zone)
    return (local.hour * 60 + local.minute) % timetable.space.slot_minutes == 0 and local.second == 0


def is_possible(at: int, timetable: Timetable, claims: list[Span], now: datetime) -> bool:
    """Whether the minute that begins then is open, early and late enough, and further from all claims than the turnover."""
    space, zone = timetable.space, timetable.days.zone
    minute = datetime.fromtimestamp(at, UTC)
    if minute < now + timedelta(minutes=space.min_notice_minutes):
        return False
    if minute.astimezone(zone).date() > now.astimezone(zone).date() + timedelta(days=space.horizon_days):
        return False
    if timetable.open_spans(at, at + MINUTE) != [(at, at + MINUTE)]:
        return False
    after, before = space.buffer_after_minutes * MINUTE, space.buffer_before_minutes * MINUTE
    return not any(start - after < at + MINUTE and at < end + before for start, end in claims)


def free_times(timetable: Timetable, claims: list[Span], now: datetime, start: int, end: int) -> Iterator[Span]:
    """Runs of possible minutes, from the first to the last point of the grid in each, if the shortest booking fits."""
    minutes = range(start, end - MINUTE + 1, MINUTE)
    for possible, run in groupby(minutes, lambda at: is_possible(at, timetable, claims, now)):
        if possible:
            first, *more = run
            last = (more[-1] if more else first) + MINUTE
            points = [at for at in range(first, last + 1, MINUTE) if on_grid(at, timetable)]
            if points and points[-1] - points[0] >= timetable.space.min_minutes * MINUTE:
                yield points[0], points[-1]


@settings(max_examples=60, deadline=None)
@given(situations())
def test_free_is_what_the_reference_says(situation: tuple[Timetable, list[Span], datetime, datetime, datetime]) -> None:
    timetable, claims, now, start, end = situation
    # The reference knows no waves, no kept times and no lotteries: test_fair_opening and test_lottery_draws are about those.
    timetable = replace(timetable, fair=None, reserved=())
    zone = timetable.days.zone
    # Around a change of the clocks the grid has its own test; and all times of this one are whole minutes.
    assume(len({(start + timedelta(hours=n)).astimezone(zone).utcoffset() for n in range(-30, 80)}) == 1)
    now = now.replace(second=0)
    found = timetable.free(claims, now, instant(start), instant(end))
    assert found == list(free_times(timetable, claims, now, instant(start), instant(end)))
