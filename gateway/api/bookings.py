"""Bookings of spaces. Residents see their own, staff at the desk see all."""

from gateway.api.access import SIGNED_IN
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from services.booking.interface.bookings import (
    BOOK_SPACE,
    CANCEL_BOOKING,
    CHANGE_ATTENDEES,
    GET_BOOKING,
    LIST_BOOKINGS,
    RESCHEDULE_BOOKING,
)

bookings = Resource("bookings", "预约 · Bookings of spaces")
_NEXT = ("getBooking", "cancelBooking", "rescheduleBooking", "changeAttendees")
_NAMES = {"resident_id": "resident_name"}
_ONE = "/bookings/<uuid:booking_id>"

bookings.expose(
    LIST_BOOKINGS, "GET /bookings", who=SIGNED_IN, names=_NAMES, links=links("booking_id", *_NEXT, value=FIRST_ITEM)
)
bookings.expose(BOOK_SPACE, "POST /bookings", who=SIGNED_IN, created="/bookings", links=links("booking_id", *_NEXT))
bookings.expose(GET_BOOKING, f"GET {_ONE}", who=SIGNED_IN, names=_NAMES)
bookings.expose(CANCEL_BOOKING, f"POST {_ONE}/cancel", who=SIGNED_IN)
bookings.expose(RESCHEDULE_BOOKING, f"POST {_ONE}/reschedule", who=SIGNED_IN)
bookings.expose(CHANGE_ATTENDEES, f"POST {_ONE}/attendees", who=SIGNED_IN)
