"""The same closure at other times: when would fewer people have to move?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.rpc.call import Call
from services.booking.claims.closed import times_in_the_way
from services.booking.closures import storage
from services.booking.closures.offers import is_touched, open_seconds
from services.booking.interface.closures import MOST_BOOKINGS
from services.booking.spaces.timetable import Timetable

MOST: Final = 3
DAYS: Final = 14  # earlier and later. Beyond, few have booked yet, so every time would look free
HOURS: Final = 6  # earlier and later on the same day, of a closure of at most half a day
ENOUGH: Final = 0.9  # of the open time must be closed as well: to close while nobody could come is another thing


@dataclass(frozen=True, slots=True)
class Shift:
    """The closure at another time (aware, UTC), how many bookings and people would be in its way, and how many club events."""

    starts_at: datetime
    ends_at: datetime
    bookings: int
    people: int
    sessions: int


def like_closures(
    call: Call,
    community_id: str,
    space_ids: Sequence[UUID],
    touched: Sequence[UUID],
    timetables: Sequence[Timetable],
    starts_at: datetime,
    ends_at: datetime,
) -> list[Shift]:
    """Up to three that hit fewer people than the closure as it is planned, the fewest first, then the nearest. `timetables` are
    those of the community over DAYS around it. Two statements."""
    closed = [timetable for timetable in timetables if is_touched(timetable, space_ids)]
    if not closed:
        return []
    enough = ENOUGH * open_seconds(closed, *_span(starts_at, ends_at))
    times = [
        time
        for time in _times(starts_at, ends_at, closed[0].days.zone)
        if time[0] >= call.now and open_seconds(closed, *_span(*time)) >= enough
    ]
    if not times:
        return []
    times = [(starts_at, ends_at), *times]
    window = min(start for start, _ in times), max(end for _, end in times)
    sessions = times_in_the_way(call, community_id, touched, *window, limit=MOST_BOOKINGS)
    counts = storage.count_hit_at(call.session, community_id, touched, times, call.now)
    found = [
        Shift(start, end, *counts[n], sum(one.starts_at < end and start < one.ends_at for one in sessions))
        for n, (start, end) in enumerate(times)
    ]
    planned, *others = found
    fewer = [one for one in others if (one.people, one.sessions) < (planned.people, planned.sessions)]
    return sorted(fewer, key=lambda one: (one.people, one.sessions, abs(one.starts_at - starts_at)))[:MOST]


def _times(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The same hours by the clock on other days, and other hours of the same day."""
    length = ends_at - starts_at
    local = starts_at.astimezone(zone)
    for days in (day for day in range(-DAYS, DAYS + 1) if day):
        start = (local + timedelta(days=days)).astimezone(starts_at.tzinfo)
        yield start, start + length
    for hours in (hour for hour in range(-HOURS, HOURS + 1) if hour and length <= timedelta(hours=12)):
        yield starts_at + timedelta(hours=hours), ends_at + timedelta(hours=hours)


def _span(start: datetime, end: datetime) -> tuple[int, int]:
    return int(start.timestamp()), int(end.timestamp())
