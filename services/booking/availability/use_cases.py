"""When spaces can be booked. Spans are (start, end) in seconds since the epoch (UTC)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.access import check_books_for
from services.booking.availability.explaining import Busy, explained, span_of
from services.booking.bookings import storage as bookings
from services.booking.bookings.asking import for_caller
from services.booking.bookings.use_cases.find_bookings import find_movable
from services.booking.calendar.intervals import Span, clip
from services.booking.calendar.opening_hours import ClosedTime, ReservedTime
from services.booking.claims import storage as claims
from services.booking.spaces import storage as spaces
from services.booking.spaces.timetable import BusyReason, Timetable

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
    opening: list[tuple[int, int, int]] = field(default_factory=list)  # start, end, when it opens for who asks
    lotteries: Sequence[ReservedTime] = ()


def get_availability(
    call: Call,
    *,
    space_id: UUID,
    start: datetime,
    end: datetime,
    moving: UUID | None = None,
    resident_id: UUID | None = None,
) -> Availability:
    """When one space is free between `start` and `end` (aware) for the caller, or for the resident for whom the caller asks,
    and why it is busy otherwise. With `moving` it is asked for the resident of that booking, whose time counts as free. Raises
    NotFound, also for a booking that the caller may not see, and Forbidden for one that the caller may not move; with
    `resident_id` Unauthenticated, or Forbidden if the caller does not book for them: the weeks that
    are open for a resident say whether they have booked lately."""
    booking = None if moving is None else find_movable(call, moving)
    timetable = spaces.load_timetable(call.session, space_id, start, end)
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    if resident_id is not None:
        check_books_for(call.acting, resident_id, timetable.space.community_id)
    (timetable,) = for_caller(call, [timetable], resident_id, instead_of=booking)
    blocked = bookings.blocked_spans(call.session, [timetable], start, end, call.now, but=moving)[space_id]
    booked, offered = bookings.booked_spans(call.session, timetable, start, end, call.now, but=moving)
    held = claims.times_in(call.session, timetable, start, end, call.now)
    window = int(start.timestamp()), int(end.timestamp())
    free = timetable.free(blocked, call.now, *window)
    spans = [(begins, ends) for begins, ends, _ in booked]
    events = [span_of(time) for time in held]
    busy = timetable.busy(free, spans, call.now, *window, events=events, held=offered, claims=blocked)
    closures = [one for one in timetable.hours.closures if one.start < window[1] and window[0] < one.end]
    provisional = timetable.hours.provisional_spans(timetable.days, *window)
    about = space_id, timetable.space.community_id, start, end
    opening = timetable.opens_for_asker(call.now, *window)
    told = explained(busy, booked, held, timetable.space, opening)
    return Availability(*about, free, told, closures, provisional, opening, timetable.reserved)


def get_centre_availability(
    call: Call, *, start: datetime, end: datetime, section: str | None = None, kind: str | None = None
) -> list[tuple[UUID, list[Span]]]:
    """(space id, free spans) for each space of the community that the caller looks at, sorted by code. Two statements in
    total, three after a change of the calendar. Raises InvalidField if that is not one."""
    timetables = spaces.find_centre_timetables(
        call.session, call.community_id, start, end, call.now, section=section, kind=kind
    )
    timetables = for_caller(call, timetables)
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
