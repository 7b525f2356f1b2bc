"""Which free time would do for somebody who waits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.rpc.refusal import Refusal
from services.booking.bookings import storage as bookings
from services.booking.calendar.intervals import Span, nearest, subtract
from services.booking.spaces import storage as spaces
from services.booking.spaces.timetable import Timetable
from services.booking.waits.models import Wait


@dataclass(frozen=True, slots=True)
class Free:
    """The free times of some spaces, in seconds since the epoch."""

    timetables: Mapping[UUID, Timetable]
    claims: Mapping[UUID, Sequence[Span]]


def free_times(session: Session, community_id: str, waits: Sequence[Wait], now: datetime) -> Free:
    """What is claimed in the spaces of `waits`, which are of one community, at their times. Two statements."""
    start, end = min(wait.earliest_at for wait in waits), max(wait.latest_at for wait in waits)
    start = max(start, now)
    if start >= end:
        return Free({}, {})
    space_ids = {space_id for wait in waits for space_id in wait.space_ids}
    timetables = spaces.load_timetables(session, community_id, space_ids, start, end)
    return Free(timetables, bookings.blocked_spans(session, list(timetables.values()), start, end, now))


def times_for(wait: Wait, free: Free, now: datetime, declined: Sequence[Span] = ()) -> list[tuple[Timetable, Span]]:
    """The times that would do, the nearest to the wanted one first; of equally near ones, in the order of the wait's spaces.
    One for each free span of each space. What was declined is left out, and so are spaces that need approval."""
    wanted = int(wait.starts_at.timestamp()), int(wait.ends_at.timestamp())
    found = [
        (timetable, span)
        for space_id in wait.space_ids
        if (timetable := free.timetables.get(space_id)) is not None and not timetable.space.needs_approval
        for span in _spans(wait, timetable, free.claims[space_id], wanted, now, declined)
    ]
    return sorted(found, key=lambda one: abs(one[1][0] - wanted[0]))  # stable, so the order of spaces stays


def _spans(
    wait: Wait, timetable: Timetable, claims: Sequence[Span], wanted: Span, now: datetime, declined: Sequence[Span]
) -> Iterator[Span]:
    timetable = timetable.asked_by(wait.asker)
    window = int(max(wait.earliest_at, now).timestamp()), int(wait.latest_at.timestamp())
    spans = subtract(timetable.free(claims, now, *window), declined)
    for span in nearest(spans, wanted):
        try:
            timetable.check_request(at(span[0]), at(span[1]), wait.attendees, now)
        except Refusal:
            continue  # another space may allow other lengths or fewer people
        yield span


def at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
