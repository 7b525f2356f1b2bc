"""Book a space. Staff do it for residents."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.access import account, check_books_for
from services.booking.bookings import storage
from services.booking.bookings.alternatives import offer_alternatives
from services.booking.bookings.messages import booking_message
from services.booking.bookings.models import Booking
from services.booking.interface.refusals import SpaceTaken
from services.booking.spaces import storage as spaces
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable


def book_space(
    call: Call,
    *,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    resident_id: UUID | None = None,
    attendees: int = 1,
    purpose: str | None = None,
) -> Booking:
    """A confirmed booking from `starts_at` to `ends_at` (aware), announced. Raises Unauthenticated, NotFound,
    NotForYourCommunity, the refusals of Timetable.check_request, Forbidden, CalendarChanged, or SpaceTaken with alternatives.
    Two statements, including the message. One more if the space's timetable is not cached, or the cached one refuses."""
    booked_by = account(call.acting)
    timetable = spaces.find_timetable(call.session, call.acting, space_id, starts_at, ends_at, attendees, call.now)
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    check_books_for(call.acting, resident_id or booked_by, timetable.space.community_id)
    booking = new_booking(
        timetable.space,
        starts_at,
        ends_at,
        resident_id=resident_id or booked_by,
        booked_by=booked_by,
        attendees=attendees,
        purpose=purpose,
        created_at=call.now,
    )
    claim(call, booking, timetable)
    return booking


def new_booking(space: Space, starts_at: datetime, ends_at: datetime, **details: Any) -> Booking:
    """A booking that is neither stored nor claimed yet."""
    return Booking(
        community_id=space.community_id,
        space_id=space.id,
        space=space,
        starts_at=starts_at,
        ends_at=ends_at,
        state="confirmed",
        **details,
    )


def claim(call: Call, booking: Booking, timetable: Timetable) -> None:
    """Store and announce `booking`, which was checked against `timetable`. Raises SpaceTaken, or CalendarChanged if the
    calendar has changed since `timetable` was loaded."""
    if not storage.claim_new(call.session, booking, timetable, call.now):
        raise SpaceTaken(alternatives=offer_alternatives(call, booking))
    outbox.add(call.session, booking_message("booking.confirmed.v1", booking, booking.created_at))
