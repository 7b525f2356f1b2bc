"""Staff check people in, say that nobody came, or that somebody did. A job marks no-shows in the spaces that ask for
check-in.

A no-show and its message are one transaction, and so is what takes it back.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden
from services.booking.access import HELPERS, account, serves
from services.booking.appeals import use_cases as appeals
from services.booking.bookings import storage as bookings
from services.booking.bookings.alternatives import offer_alternatives
from services.booking.bookings.messages import about_equipment, booking_message
from services.booking.bookings.models import Booking
from services.booking.bookings.use_cases.find_bookings import check_visible
from services.booking.check_ins import storage
from services.booking.equipment.taking import keep_equipment, lock_kept
from services.booking.interface.refusals import SpaceTaken
from services.booking.ledger import storage as ledger
from services.booking.spaces import storage as spaces

BATCH = 50  # bookings in a transaction


def check_in(call: Call, *, booking_id: UUID, expected_version: int | None = None) -> Booking:
    """Say at the desk that the people of a booking are there. A second time changes nothing. Raises Unauthenticated, NotFound,
    Forbidden, VersionMismatch, NotCheckInTime."""
    booking = _lock(call, booking_id, expected_version)
    booking.check_in(call.now, by="staff")
    return booking


def mark_no_show(call: Call, *, booking_id: UUID, expected_version: int | None = None) -> Booking:
    """Say at the desk that nobody came. The rest of the time is free, and the resident is told. Raises Unauthenticated,
    NotFound, Forbidden, VersionMismatch, NotMissable."""
    booking = _lock(call, booking_id, expected_version)
    miss(call, booking, by="staff", at=call.now)
    return booking


def undo_no_show(call: Call, *, booking_id: UUID, expected_version: int | None = None) -> Booking:
    """Say that somebody was there after all. The booking has all of its time again. Raises Unauthenticated, NotFound,
    Forbidden, VersionMismatch, NotUndoable, CalendarChanged, or SpaceTaken if somebody else has the time by now."""
    booking = _lock(call, booking_id, expected_version)
    lock_kept(call.session, booking)
    booking.undo_no_show(call.now)
    timetable = spaces.load_timetable(call.session, booking.space_id, booking.starts_at, booking.ends_at)
    if timetable is None or not bookings.move_claims(call.session, booking, timetable, call.now):
        raise SpaceTaken(alternatives=offer_alternatives(call, booking) if booking.ends_at > call.now else [])
    appeals.settle_undone(call, booking)
    keep_equipment(call, booking, "without")
    outbox.add(call.session, booking_message("booking.no_show_undone.v1", booking, call.now, **about_equipment(booking)))
    return booking


def miss_due(call: Call) -> bool:
    """Make no-shows of the bookings whose grace time is over. Returns whether there may be more."""
    missed = storage.lock_missed(call.session, call.now, most=BATCH)
    lock_kept(call.session, *missed)
    for booking in missed:
        miss(call, booking, by="job", at=call.now)
    return len(missed) == BATCH


def miss(call: Call, booking: Booking, *, by: str, at: datetime) -> None:
    """Nobody came to `booking`, which is locked, as is known `at` (aware). Raises NotMissable."""
    previous = booking.ends_at
    booking.miss(at, by=by)
    if booking.ends_at < previous:
        ledger.shorten(call.session, booking.holder, booking.space.blocked(booking.starts_at, booking.ends_at)[1])
    facts: dict[str, Any] = {"previous_ends_at": previous, "marked_by": by}
    outbox.add(call.session, booking_message("booking.no_show.v1", booking, call.now, **facts))


def _lock(call: Call, booking_id: UUID, expected_version: int | None) -> Booking:
    """The booking, locked, for somebody who helps at the desk of its community. Raises Unauthenticated, NotFound, Forbidden,
    VersionMismatch."""
    account(call.acting)
    booking = check_visible(call, bookings.find_booking(call.session, booking_id, lock=True), booking_id)
    if not serves(call.acting, booking.community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    booking.expect_version(expected_version)
    return booking
