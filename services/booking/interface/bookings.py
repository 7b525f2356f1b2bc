"""Bookings of spaces. Residents see their own, staff see those of their community."""

from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Command,
    Count,
    Expecting,
    Id,
    Moment,
    OneOf,
    Paged,
    Query,
    Request,
    Text,
    Versioned,
    Words,
    check_order,
    demo_example,
    identifier,
    moment,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.refusals import (
    AttendeesFixed,
    Closed,
    EndsBeforeStart,
    InPast,
    NotCancellable,
    NotForYourCommunity,
    NotReschedulable,
    OffGrid,
    OverCapacity,
    SpaceTaken,
    TooFar,
    TooLong,
    TooShort,
    TooSoon,
)
from services.booking.interface.spaces import SECTIONS

STATES = Words({"confirmed": ("已预约", "Booked"), "cancelled": ("已取消", "Cancelled")})
STEPS = ("cancel", "move", "change_attendees")  # what a caller may do with a booking
MAX_ATTENDEES = 100_000  # of any request; the space has its own capacity
_RULES_OF_A_TIME = (
    EndsBeforeStart,
    InPast,
    TooSoon,
    TooFar,
    TooShort,
    TooLong,
    OffGrid,
    OverCapacity,
    Closed,
    SpaceTaken,
)


class Booking(Versioned):
    space_id = identifier()
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="space.name")
    section = word(SECTIONS, attribute="space.section")
    resident_id = identifier()
    resident_name = text("王秀英", maybe=True, description="only for staff; added by the gateway; each access is logged")
    booked_by = identifier()
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    state = word(STATES)
    attendees = number(4)
    purpose = text("羽毛球练习", maybe=True)
    created_at = moment()
    cancelled_at = moment(maybe=True)
    cancelled_by = word(("resident", "staff"), maybe=True)
    cancel_reason = text("临时有事", maybe=True)
    can = fields.List(
        fields.String(),
        required=True,
        metadata={"example": list(STEPS), "description": f"what you may do with it now: {', '.join(STEPS)}"},
    )


class ListBookings(Paged):
    scope = OneOf("mine", "desk", load_default="mine", description="desk: all bookings of your community, for staff")
    space_id = Id()
    resident_id = Id()
    state = OneOf(*STATES)
    start = Moment(data_key="from")
    end = Moment(data_key="to", example="2026-03-09T00:00:00+08:00")

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "start", "end", names={"start": "from", "end": "to"})


class GetBooking(Request):
    booking_id = Id(required=True)


class Times(Request):
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, example="2026-03-02T10:00:00+08:00")

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "starts_at", "ends_at")


class BookSpace(Times):
    space_id = Id(required=True, example=demo_example("space", "badminton-court-1"))
    resident_id = Id(example=None, description="the resident to book for; only for clerks and grid workers")
    attendees = Count(least=1, most=MAX_ATTENDEES, example=4, load_default=1)
    purpose = Text(most=200, example="羽毛球练习")


class CancelBooking(Expecting):
    booking_id = Id(required=True)
    reason = Text(most=200, example="临时有事")


class RescheduleBooking(Times, Expecting):
    booking_id = Id(required=True)


class ChangeAttendees(Expecting):
    booking_id = Id(required=True)
    attendees = Count(required=True, least=1, most=MAX_ATTENDEES, example=2)


LIST_BOOKINGS = Query(
    "booking.list_bookings", "List bookings", takes=ListBookings(), gives=page_of(Booking), refuses=(Forbidden,)
)
GET_BOOKING = Query("booking.get_booking", "Read a booking", takes=GetBooking(), gives=Booking(), refuses=(NotFound,))
BOOK_SPACE = Command(
    "booking.book_space",
    "Book a space",
    takes=BookSpace(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, NotForYourCommunity, *_RULES_OF_A_TIME),
    description="If two people book the same time, the second gets 409 `booking.space_taken` with `details.alternatives`. "
    "Clerks and grid workers book for residents with `resident_id`.",
)
CANCEL_BOOKING = Command(
    "booking.cancel_booking",
    "Cancel a booking",
    takes=CancelBooking(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, NotCancellable),
)
RESCHEDULE_BOOKING = Command(
    "booking.reschedule_booking",
    "Move a booking to another time",
    takes=RescheduleBooking(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, NotForYourCommunity, NotReschedulable, *_RULES_OF_A_TIME),
)
CHANGE_ATTENDEES = Command(
    "booking.change_attendees",
    "Change the number of people of a booking",
    takes=ChangeAttendees(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, AttendeesFixed, OverCapacity),
)
