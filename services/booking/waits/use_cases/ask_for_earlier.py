"""Wait for an earlier time of a booking that one has."""

from datetime import datetime
from uuid import UUID

from chassis.rpc.call import Call
from services.booking.access import account
from services.booking.bookings import storage as bookings
from services.booking.bookings.asking import asker_of
from services.booking.bookings.use_cases.find_bookings import check_visible
from services.booking.interface.refusals import NoLine, NotEarlier
from services.booking.spaces import storage as spaces
from services.booking.waits.models import Wait
from services.booking.waits.shown import WaitShown
from services.booking.waits.use_cases.wait_for_space import age_noted, alike_spaces, get_in_line


def ask_for_earlier(call: Call, *, booking_id: UUID, after: datetime | None = None, alike: bool = False) -> WaitShown:
    """A place in line for a time as long as the booking, from `after` (aware; the default is now) on, that ends before the
    booking starts. The earliest one is offered; accepting it moves the booking. With `alike`, other spaces of the kind will do.
    Raises Unauthenticated, NotFound, Forbidden, NotReschedulable, CancelDeadlinePassed, NotEarlier, NoLine, and
    what `get_in_line` raises."""
    asked_by = account(call.acting)
    booking = check_visible(call, bookings.find_booking(call.session, booking_id, lock=True), booking_id)
    booking.check_movable(booking.role_of(call.acting), call.now)
    if booking.space.needs_approval:
        raise NoLine()
    length = booking.ends_at - booking.starts_at
    earliest_at = max(after or call.now, call.now)
    if earliest_at + length > booking.starts_at:
        raise NotEarlier()
    timetable = spaces.load_timetable(call.session, booking.space_id, booking.starts_at, booking.ends_at)
    assert timetable is not None  # noqa: S101 - the booking has its space
    asker = asker_of(call, booking)
    times = booking.attendees, booking.starts_at, booking.ends_at
    candidates = alike_spaces(call, timetable, *times) if alike else [timetable]
    wait = Wait(
        community_id=booking.community_id,
        space_id=booking.space_id,
        space_ids=[one.space.id for one in candidates],
        alike=alike,
        resident_id=booking.resident_id,
        household_id=booking.household_id,
        asked_by=asked_by,
        booking_id=booking.id,
        starts_at=earliest_at,
        ends_at=earliest_at + length,
        earliest_at=earliest_at,
        latest_at=booking.starts_at,
        attendees=booking.attendees,
        age=age_noted(asker, candidates),
        care=False,
    )
    return get_in_line(call, wait, [one.space.min_notice_minutes for one in candidates])
