"""Clerks block a free time of one space. What is in the way is not displaced: only admins decide about bookings of others."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.access import CLOSERS, serves
from services.booking.bookings import storage as bookings
from services.booking.calendar import revision
from services.booking.calendar.models import Closure
from services.booking.claims import storage as claims
from services.booking.closures import storage
from services.booking.closures.use_cases import announced, new_closure
from services.booking.interface.refusals import ClosureInPast, TimeInUse
from services.booking.spaces import storage as spaces
from services.booking.spaces.timetable import Timetable
from services.booking.waits import storage as waits

Use = tuple[datetime, datetime, str]  # a time and what has it: one of IN_USE


def block_time(
    call: Call,
    *,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    note: Mapping[str, Any] | None = None,
) -> Closure:
    """Close one space while it is free, for clerks of its community. Turnover is not in the way, be it of a booking or of a
    time that is held for who waits, and neither are hours in which the space is not open. Raises Unauthenticated, Forbidden,
    NotFound, ClosureInPast, or TimeInUse with the first thing that is in the way."""
    call.acting.require_role(*CLOSERS)
    space = spaces.find_space(call.session, space_id)
    if space is None:
        raise NotFound(space_id=str(space_id))
    if not serves(call.acting, space.community_id, CLOSERS):
        raise Forbidden(needs=sorted(CLOSERS))
    if starts_at < call.now.replace(second=0, microsecond=0):
        raise ClosureInPast()
    # From here on nobody books in this community. A transaction that waits for this one reads the calendar again.
    revision.begin_change(call.session, space.community_id)
    _check_free(call, space_id, starts_at, ends_at)
    about: dict[str, Any] = {"starts_at": starts_at, "ends_at": ends_at, "reason": reason, "note": note}
    return announced(call, new_closure(call, space.community_id, [space_id], whole=False, by_desk=True, **about))


def _check_free(call: Call, space_id: UUID, start: datetime, end: datetime) -> None:
    """Raises NotFound, or TimeInUse if the space, its whole or one of its parts is used between `start` and `end` (aware)."""
    timetable = spaces.load_timetable(call.session, space_id, start, end)
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    first = min(_uses(call, timetable, start, end), default=None)
    if first is not None:
        begins, ends, use = first
        zone = timetable.days.zone
        raise TimeInUse(use=use, starts_at=begins.astimezone(zone).isoformat(), ends_at=ends.astimezone(zone).isoformat())


def _uses(call: Call, timetable: Timetable, start: datetime, end: datetime) -> Iterator[Use]:
    """Five statements."""
    booked, _ = bookings.booked_spans(call.session, timetable, start, end, call.now)
    yield from (_use(begins, ends, "booking") for begins, ends, _ in booked if _overlap(begins, ends, start, end))
    community_id = timetable.space.community_id
    touched = storage.touched_spaces(call.session, community_id, [timetable.space.id])
    for begins_at, ends_at in waits.offered_times(call.session, touched, start, end, call.now):
        yield begins_at, ends_at, "offer"
    for time in claims.times_in(call.session, timetable, start, end, call.now):
        yield time.starts_at, time.ends_at, "session"
    for closure in timetable.hours.closures:
        if _overlap(closure.start, closure.end, start, end):
            yield _use(closure.start, closure.end, "closure")
    for one in timetable.reserved:
        if _overlap(one.start, one.end, start, end):
            yield _use(one.start, one.end, "lottery")
    if storage.requests_in_the_way(call.session, community_id, touched, start, end):
        yield start, end, "request"


def _use(start: int, end: int, use: str) -> Use:
    return datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), use


def _overlap(begins: int, ends: int, start: datetime, end: datetime) -> bool:
    return begins < end.timestamp() and start.timestamp() < ends
