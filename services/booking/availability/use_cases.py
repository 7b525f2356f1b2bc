"""When spaces can be booked. Spans are (start, end) in seconds since the epoch (UTC)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.bookings import storage as bookings
from services.booking.calendar.intervals import Span
from services.booking.spaces import storage as spaces
from services.booking.spaces.timetable import BusyReason


@dataclass(frozen=True, slots=True)
class Availability:
    """`free` and `busy` are sorted. Together they cover the whole time from `start` to `end`."""

    space_id: UUID
    start: datetime
    end: datetime
    free: list[Span]
    busy: list[tuple[int, int, BusyReason]]


def get_availability(call: Call, *, space_id: UUID, start: datetime, end: datetime) -> Availability:
    """When one space is free between `start` and `end` (aware), and why it is busy otherwise. Raises NotFound."""
    timetable = spaces.load_timetable(call.session, space_id, start, end)
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    blocked = bookings.blocked_spans(call.session, [timetable], start, end, call.now)[space_id]
    booked = bookings.booked_spans(call.session, timetable, start, end, call.now)
    window = int(start.timestamp()), int(end.timestamp())
    free = timetable.free(blocked, call.now, *window)
    return Availability(space_id, start, end, free, timetable.busy(free, booked, call.now, *window))


def get_centre_availability(
    call: Call, *, start: datetime, end: datetime, section: str | None = None, kind: str | None = None
) -> list[tuple[UUID, list[Span]]]:
    """(space id, free spans) for each space of the community that the caller looks at, sorted by code. Two statements in
    total. Raises InvalidField if that is not one."""
    timetables = spaces.load_centre_timetables(call.session, call.community_id, start, end, section=section, kind=kind)
    blocked = bookings.blocked_spans(call.session, timetables, start, end, call.now)
    window = int(start.timestamp()), int(end.timestamp())
    return [(t.space.id, t.free(blocked[t.space.id], call.now, *window)) for t in timetables]
