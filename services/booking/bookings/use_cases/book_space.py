"""Book a space. Staff do it for residents."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call, Unavailable
from chassis.rpc.refusal import NotFound, Refusal
from services.booking.access import account, check_books_for
from services.booking.bookings import storage
from services.booking.bookings.alternatives import offer_alternatives
from services.booking.bookings.messages import booking_message
from services.booking.bookings.models import Booking
from services.booking.interface.refusals import SpaceTaken
from services.booking.spaces import storage as spaces
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable

ATTEMPTS = 3  # the calendar may change between reading it and inserting the booking


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
    """A confirmed booking from `starts_at` to `ends_at` (aware), announced. Raises Unauthenticated, Forbidden, NotFound,
    the refusals of Timetable.check_request, or SpaceTaken with alternatives. Two statements, including the message. One
    more if the space's timetable is not cached, or the cached one refuses the request."""
    booked_by = account(call.acting)

    def checked(timetable: Timetable) -> Booking:
        space = timetable.space
        check_books_for(call.acting, resident_id or booked_by, space.community_id)
        timetable.check_request(starts_at, ends_at, attendees, call.now)
        return new_booking(
            space,
            starts_at,
            ends_at,
            resident_id=resident_id or booked_by,
            booked_by=booked_by,
            attendees=attendees,
            purpose=purpose,
            created_at=call.now,
        )

    if remembered := spaces.remembered_timetable(call.session, space_id, starts_at, ends_at):
        try:
            booking = checked(remembered)
        except Refusal:
            pass  # the cached calendar may be outdated, so the current one decides
        else:
            if claim(call, booking, remembered):
                return booking
    for _ in range(ATTEMPTS):
        timetable = spaces.learn_timetable(call.session, space_id, starts_at, ends_at, call.now)
        if timetable is None:
            raise NotFound(space_id=str(space_id))
        booking = checked(timetable)
        if claim(call, booking, timetable):
            return booking
    raise Unavailable()


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


def claim(call: Call, booking: Booking, timetable: Timetable) -> bool:
    """Store and announce `booking`, which was checked against `timetable`. False if the calendar has changed since
    `timetable` was loaded; nothing was written then. Raises SpaceTaken."""
    outcome = storage.insert_booking(call.session, booking, timetable)
    if outcome == "taken":
        raise SpaceTaken(alternatives=offer_alternatives(call, booking))
    if outcome == "booked":
        outbox.add(call.session, booking_message("booking.confirmed.v1", booking, booking.created_at))
    return outcome == "booked"


def find_timetable(call: Call, space_id: UUID, starts_at: datetime, ends_at: datetime) -> Timetable:
    """The current timetable of the space for that time (aware). Raises NotFound."""
    until = spaces.end_of_request(starts_at, ends_at)
    timetable = spaces.load_timetable(call.session, space_id, starts_at, until)
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    return timetable
