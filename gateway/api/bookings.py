"""Bookings of spaces. Residents see their own, staff at the desk see all. Other systems act for residents."""

from gateway.api.access import ANY_STAFF, SIGNED_IN
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from gateway.operations import system_bookings
from services.booking.interface.bookings import (
    BOOK_SPACE,
    CANCEL_BOOKING,
    CHANGE_ATTENDEES,
    CHANGE_PURPOSE,
    END_BOOKING,
    GET_BOOKING,
    LIST_BOOKINGS,
    RESCHEDULE_BOOKING,
)
from services.booking.interface.requests import ACCEPT_REQUEST, DECLINE_REQUEST, LIST_REQUESTS

bookings = Resource("bookings", "预约 · Bookings of spaces")
_NEXT = ("getBooking", "cancelBooking", "rescheduleBooking", "changeAttendees", "changePurpose", "endBooking")
_NAMES = {
    "resident_id": "resident_name",
    "system_id": "system_name",
    "changed_by_system_id": "changed_by_system_name",
}
_READ, _WRITE = "bookings:read", system_bookings.RIGHT
_LOOKED_UP = {"resident_community_id"}  # the gateway looks it up
_ONE = "/bookings/<uuid:booking_id>"

bookings.expose(
    LIST_BOOKINGS,
    "GET /bookings",
    who=SIGNED_IN.or_system(_READ),
    names=_NAMES,
    links=links("booking_id", *_NEXT, value=FIRST_ITEM),
)
bookings.expose(
    BOOK_SPACE,
    "POST /bookings",
    who=SIGNED_IN.or_system(_WRITE),
    created="/bookings",
    hidden=_LOOKED_UP,
    send=system_bookings.book,
    links=links("booking_id", *_NEXT),
)
# A system that may only write reads the bookings that it may change.
bookings.expose(GET_BOOKING, f"GET {_ONE}", who=SIGNED_IN.or_system(_READ, _WRITE), names=_NAMES)
bookings.expose(CANCEL_BOOKING, f"POST {_ONE}/cancel", who=SIGNED_IN.or_system(_WRITE), send=system_bookings.cancel)
bookings.expose(
    RESCHEDULE_BOOKING,
    f"POST {_ONE}/reschedule",
    who=SIGNED_IN.or_system(_WRITE),
    hidden=_LOOKED_UP,
    send=system_bookings.move,
)
bookings.expose(
    LIST_REQUESTS,
    "GET /booking-requests",
    who=ANY_STAFF,
    names=_NAMES,
    links=links("booking_id", "acceptRequest", "declineRequest", value=FIRST_ITEM),
)
bookings.expose(ACCEPT_REQUEST, f"POST {_ONE}/accept", who=ANY_STAFF)
bookings.expose(DECLINE_REQUEST, f"POST {_ONE}/decline", who=ANY_STAFF)
bookings.expose(END_BOOKING, f"POST {_ONE}/end", who=SIGNED_IN)
bookings.expose(CHANGE_PURPOSE, f"POST {_ONE}/purpose", who=SIGNED_IN)
bookings.expose(CHANGE_ATTENDEES, f"POST {_ONE}/attendees", who=SIGNED_IN)
