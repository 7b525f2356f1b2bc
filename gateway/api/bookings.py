"""Bookings of spaces: one's own, and at the desk everybody's."""

from typing import Any
from uuid import UUID

from gateway.accounts import subjects
from gateway.accounts.directory import add_names
from gateway.api.access import SIGNED_IN
from gateway.api.answers import expected_version
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Answer, Resource, created
from gateway.api.schemas.bookings import BOOKINGS, Booking, BookSpace, CancelWithReason, ListBookings, Times
from gateway.calls import calls

bookings = Resource("bookings", "预约 · Bookings of spaces")
_NEXT = ("getBooking", "cancelBooking", "rescheduleBooking")


@bookings.get(
    "/bookings",
    "List bookings",
    query=ListBookings(),
    answer=BOOKINGS,
    needs=SIGNED_IN,
    refuses=(403,),
    links=links("booking_id", *_NEXT, value=FIRST_ITEM),
)
def list_bookings(query: dict[str, Any]) -> dict[str, Any]:
    found = calls.call("booking", "list_bookings", query)
    if query["scope"] == "desk":
        add_names(found["items"], resident_id="resident_name")
    return found


@bookings.post(
    "/bookings",
    "Book a space",
    body=BookSpace(),
    answer=Booking(),
    needs=SIGNED_IN,
    refuses=(404,),
    description="Two people who want the same time cannot both have it: the second gets 409 `booking.space_taken` with "
    "`details.alternatives`. Clerks and grid workers book for residents with `resident_id`.",
    links=links("booking_id", *_NEXT),
)
def book_space(body: dict[str, Any]) -> Answer:
    subjects.check(body)
    return created(calls.call("booking", "book_space", body), "/bookings")


@bookings.get("/bookings/<uuid:booking_id>", "Read a booking", answer=Booking(), needs=SIGNED_IN)
def get_booking(booking_id: UUID) -> dict[str, Any]:
    booking = calls.call("booking", "get_booking", {"booking_id": booking_id})
    add_names([booking], resident_id="resident_name")
    return booking


@bookings.post(
    "/bookings/<uuid:booking_id>/cancel",
    "Cancel a booking",
    status=200,
    body=CancelWithReason(),
    answer=Booking(),
    needs=SIGNED_IN,
    versioned=True,
)
def cancel_booking(body: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    return calls.call("booking", "cancel_booking", {**body, "booking_id": booking_id, **expected_version()})


@bookings.post(
    "/bookings/<uuid:booking_id>/reschedule",
    "Move a booking to another time",
    status=200,
    body=Times(),
    answer=Booking(),
    needs=SIGNED_IN,
    versioned=True,
)
def reschedule_booking(body: dict[str, Any], booking_id: UUID) -> dict[str, Any]:
    return calls.call("booking", "reschedule_booking", {**body, "booking_id": booking_id, **expected_version()})
