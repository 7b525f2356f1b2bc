"""Cancel or move a booking, or change its number of people. Staff do it for residents."""

from datetime import datetime
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.bookings import storage
from services.booking.bookings.alternatives import offer_alternatives
from services.booking.bookings.messages import booking_message
from services.booking.bookings.models import Booking
from services.booking.bookings.use_cases.find_bookings import check_visible
from services.booking.interface.refusals import SpaceTaken
from services.booking.ledger import storage as ledger
from services.booking.spaces import storage as spaces


def cancel_booking(call: Call, *, booking_id: UUID, reason: str | None = None, expected_version: int | None = None) -> Booking:
    """Cancel a booking, free its time, and announce it. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch,
    NotCancellable."""
    booking = _lock(call, booking_id, expected_version)
    booking.cancel(call.now, by=booking.role_of(call.acting), reason=reason)
    ledger.release(call.session, booking.holder)
    cancelled = booking_message("booking.cancelled.v1", booking, call.now, cancelled_by=booking.cancelled_by)
    outbox.add(call.session, cancelled)
    return booking


def reschedule_booking(
    call: Call, *, booking_id: UUID, starts_at: datetime, ends_at: datetime, expected_version: int | None = None
) -> Booking:
    """Move a booking to another time (aware), and announce it. Moving it to its present time changes and announces nothing.
    Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, NotReschedulable, NotForYourCommunity, the refusals of
    Timetable.check_request, CalendarChanged, SpaceTaken."""
    booking = _lock(call, booking_id, expected_version)
    booking.role_of(call.acting)
    booking.check_movable(call.now)
    previous = booking.starts_at, booking.ends_at
    if previous == (starts_at, ends_at):
        return booking
    about = booking.space_id, starts_at, ends_at, booking.attendees
    timetable = spaces.find_timetable(call.session, call.acting, *about, call.now)
    if timetable is None:
        raise NotFound(space_id=str(booking.space_id))
    booking.move(starts_at, ends_at)
    if not storage.move_claims(call.session, booking, timetable, call.now):
        raise SpaceTaken(alternatives=offer_alternatives(call, booking))
    before = {"previous_starts_at": previous[0], "previous_ends_at": previous[1]}
    outbox.add(call.session, booking_message("booking.rescheduled.v1", booking, call.now, **before))
    return booking


def change_attendees(call: Call, *, booking_id: UUID, attendees: int, expected_version: int | None = None) -> Booking:
    """Change the number of people of a booking, and announce it. The number that it has changes and announces nothing. Raises
    Unauthenticated, NotFound, Forbidden, VersionMismatch, AttendeesFixed, OverCapacity."""
    booking = _lock(call, booking_id, expected_version)
    booking.role_of(call.acting)
    previous = booking.attendees
    booking.change_attendees(attendees, call.now)
    if booking.attendees != previous:
        numbers = {"attendees": booking.attendees, "previous_attendees": previous}
        outbox.add(call.session, booking_message("booking.attendees_changed.v1", booking, call.now, **numbers))
    return booking


def _lock(call: Call, booking_id: UUID, expected_version: int | None) -> Booking:
    booking = check_visible(call, storage.find_booking(call.session, booking_id, lock=True), booking_id)
    booking.expect_version(expected_version)
    return booking
