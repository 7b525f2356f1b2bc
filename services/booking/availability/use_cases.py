"""When spaces can be booked. Spans are (start, end) in seconds since the epoch (UTC)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.bookings import storage as bookings
from services.booking.bookings.use_cases.find_bookings import check_visible
from services.booking.calendar.intervals import Span, clip, merge, subtract
from services.booking.calendar.opening_hours import ClosedTime
from services.booking.claims import storage as claims
from services.booking.claims.models import ClaimedTime
from services.booking.interface.availability import TAKEN_AS
from services.booking.spaces import storage as spaces
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import BusyReason, Timetable

Title = dict[str, Any]
Busy = tuple[int, int, BusyReason, Title | None, str | None]  # the last one: of TAKEN_AS
Closed = tuple[int, int, BusyReason, bool]  # the last one: a provisional holiday


@dataclass(frozen=True, slots=True)
class Availability:
    """`free` and `busy` are sorted. Together they cover the whole time from `start` to `end`. A busy time has the title of the
    event that takes place then, if the event is public, and says whether only a part of the space is taken, or its whole."""

    space_id: UUID
    community_id: str
    start: datetime
    end: datetime
    free: list[Span]
    busy: list[Busy]
    closures: list[ClosedTime] = field(default_factory=list)
    provisional: list[Span] = field(default_factory=list)  # hours of holidays that were not announced yet


def get_availability(call: Call, *, space_id: UUID, start: datetime, end: datetime, moving: UUID | None = None) -> Availability:
    """When one space is free between `start` and `end` (aware), and why it is busy otherwise. The time of the booking `moving`
    counts as free. Raises NotFound, also for a booking that the caller may not see."""
    if moving is not None:
        _check_moving(call, moving)
    timetable = spaces.load_timetable(call.session, space_id, start, end)
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    blocked = bookings.blocked_spans(call.session, [timetable], start, end, call.now, but=moving)[space_id]
    booked, offered = bookings.booked_spans(call.session, timetable, start, end, call.now, but=moving)
    held = claims.times_in(call.session, timetable, start, end, call.now)
    window = int(start.timestamp()), int(end.timestamp())
    free = timetable.free(blocked, call.now, *window)
    spans = [(begins, ends) for begins, ends, _ in booked]
    events = [_span(time) for time in held]
    busy = timetable.busy(free, spans, call.now, *window, events=events, held=offered, claims=blocked)
    closures = [one for one in timetable.hours.closures if one.start < window[1] and window[0] < one.end]
    provisional = timetable.hours.provisional_spans(timetable.days, *window)
    about = space_id, timetable.space.community_id, start, end
    return Availability(*about, free, _explained(busy, booked, held, timetable.space), closures, provisional)


def _check_moving(call: Call, booking_id: UUID) -> None:
    """Free times would tell a stranger when a booking is. Visitors see no booking."""
    if call.acting.account_id is None:
        raise NotFound(booking_id=str(booking_id))
    check_visible(call, bookings.find_booking(call.session, booking_id), booking_id)


def get_centre_availability(
    call: Call, *, start: datetime, end: datetime, section: str | None = None, kind: str | None = None
) -> list[tuple[UUID, list[Span]]]:
    """(space id, free spans) for each space of the community that the caller looks at, sorted by code. Two statements in
    total, three after a change of the calendar. Raises InvalidField if that is not one."""
    timetables = spaces.find_centre_timetables(
        call.session, call.community_id, start, end, call.now, section=section, kind=kind
    )
    blocked = bookings.blocked_spans(call.session, timetables, start, end, call.now)
    window = int(start.timestamp()), int(end.timestamp())
    return [(t.space.id, t.free(blocked[t.space.id], call.now, *window)) for t in timetables]


def list_closed_times(
    call: Call, *, start: datetime, end: datetime, section: str | None = None, kind: str | None = None
) -> list[tuple[UUID, list[Closed]]]:
    """(space id, closed times) for each space of the community that the caller looks at, sorted by code. Bookings do not count.
    A closed time has its reason, and whether it is a holiday that was not announced yet. One statement. Raises InvalidField if
    the caller does not look at one community."""
    timetables = spaces.load_centre_timetables(call.session, call.community_id, start, end, section=section, kind=kind)
    return [(t.space.id, _closed(t, int(start.timestamp()), int(end.timestamp()))) for t in timetables]


def _closed(timetable: Timetable, start: int, end: int) -> list[Closed]:
    provisional = timetable.hours.provisional_spans(timetable.days, start, end)
    return [
        (begins, ends, reason, reason == "holiday" and bool(clip(provisional, begins, ends)))
        for begins, ends, reason in timetable.closed(start, end)
    ]


def _span(time: ClaimedTime) -> Span:
    return int(time.starts_at.timestamp()), int(time.ends_at.timestamp())


def _explained(
    busy: Sequence[tuple[int, int, BusyReason]],
    booked: Sequence[tuple[int, int, UUID | None]],
    held: Sequence[ClaimedTime],
    space: Space,
) -> list[Busy]:
    """`busy` with the titles of events, and whether a part of the space is taken or its whole. A time with several events, one
    after the other, is cut between them; of two events at once, in different parts of the space, the one that began first is
    named."""
    found: list[Busy] = []
    for start, end, reason in busy:
        if reason == "booked":
            found += _booked(start, end, booked, space)
        elif reason == "event":
            begun = start
            for time in held:
                for begins, ends in clip([_span(time)], begun, end):
                    found.append((begins, ends, reason, time.claim_request.title, _taken_as(time.space_ids, space)))
                    begun = ends
        else:
            found.append((start, end, reason, None, None))
    return found


def _booked(start: int, end: int, booked: Sequence[tuple[int, int, UUID | None]], space: Space) -> list[Busy]:
    """Booked time, cut where a booking of the whole, of parts, or of the space itself begins. They cannot overlap."""
    found: list[Busy] = []
    for share in TAKEN_AS:
        spans = merge((a, b) for a, b, space_id in booked if space_id is not None and _taken_as([space_id], space) == share)
        found += [(a, b, "booked", None, share) for a, b in clip(spans, start, end)]
    rest = subtract([(start, end)], sorted((a, b) for a, b, *_ in found))
    return sorted([*found, *((a, b, "booked", None, None) for a, b in rest)], key=lambda one: one[0])


def _taken_as(space_ids: Collection[UUID], space: Space) -> str | None:
    """How `space` is taken by somebody who has the spaces `space_ids`: a word of TAKEN_AS, or None if they have itself."""
    if space.id in space_ids:
        return None
    return "whole" if space.parent_id in space_ids else "part"
