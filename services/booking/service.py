"""The booking service as others call it: payloads become use cases, and what they give becomes answers."""

from chassis.rpc.call import Call
from chassis.service import Payload, Service, command, query
from services.booking import use_cases
from services.booking.schemas import (
    BOOK_SPACE,
    BOOKING,
    CANCEL_BOOKING,
    GET_AVAILABILITY,
    GET_BOOKING,
    GET_CENTRE_AVAILABILITY,
    GET_SPACE,
    LIST_BOOKINGS,
    LIST_SPACES,
    RESCHEDULE_BOOKING,
    SPACE,
    dump_availability,
    dump_centre,
    dump_page,
)


class BookingService(Service):
    name = "booking"

    @query
    def list_spaces(self, call: Call, payload: Payload) -> Payload:
        return dump_page(SPACE, use_cases.list_spaces(call, **LIST_SPACES.load(payload)))

    @query
    def get_space(self, call: Call, payload: Payload) -> Payload:
        return SPACE.answer(use_cases.get_space(call, **GET_SPACE.load(payload)))

    @query
    def get_availability(self, call: Call, payload: Payload) -> Payload:
        asked = GET_AVAILABILITY.load(payload)
        return dump_availability(use_cases.get_availability(call, **asked), asked["start"], asked["end"])

    @query
    def get_centre_availability(self, call: Call, payload: Payload) -> Payload:
        return dump_centre(use_cases.get_centre_availability(call, **GET_CENTRE_AVAILABILITY.load(payload)))

    @query
    def list_bookings(self, call: Call, payload: Payload) -> Payload:
        return dump_page(BOOKING, use_cases.list_bookings(call, **LIST_BOOKINGS.load(payload)))

    @query
    def get_booking(self, call: Call, payload: Payload) -> Payload:
        return BOOKING.answer(use_cases.get_booking(call, **GET_BOOKING.load(payload)))

    @command
    def book_space(self, call: Call, payload: Payload) -> Payload:
        return BOOKING.answer(use_cases.book_space(call, **BOOK_SPACE.load(payload)))

    @command
    def cancel_booking(self, call: Call, payload: Payload) -> Payload:
        return BOOKING.answer(use_cases.cancel_booking(call, **CANCEL_BOOKING.load(payload)))

    @command
    def reschedule_booking(self, call: Call, payload: Payload) -> Payload:
        return BOOKING.answer(use_cases.reschedule_booking(call, **RESCHEDULE_BOOKING.load(payload)))
