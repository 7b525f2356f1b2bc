"""Tolerant readers of the messages that notify subscribes to. They list only the fields that notify uses."""

from collections.abc import Mapping
from typing import Final

from marshmallow import EXCLUDE, Schema, fields

from services.notify.routing.routes import types_of


class Tolerant(Schema):
    class Meta:
        unknown = EXCLUDE


class BookingRead(Tolerant):
    booking_id = fields.UUID(required=True)
    resident_id = fields.UUID(required=True)
    space_name = fields.Raw(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)


class BookingCancelledRead(BookingRead):
    cancelled_by = fields.String(required=True)


class BookingRescheduledRead(BookingRead):
    previous_starts_at = fields.AwareDateTime(required=True)
    previous_ends_at = fields.AwareDateTime(required=True)


class CaseRead(Tolerant):
    case_id = fields.UUID(required=True)
    number = fields.String(required=True)
    category_name = fields.Raw(required=True)
    reporter_id = fields.UUID(allow_none=True, load_default=None)


class CaseDispatchedRead(CaseRead):
    department_name = fields.Raw(required=True)
    handler_id = fields.UUID(allow_none=True, load_default=None)


class CaseClosedRead(CaseRead):
    closed_by = fields.String(required=True)


class RegistrationRead(Tolerant):
    registration_id = fields.UUID(required=True)
    resident_id = fields.UUID(required=True)
    title = fields.Raw(required=True)
    location = fields.Raw(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    seats = fields.Integer(required=True)


class RegistrationWaitlistedRead(RegistrationRead):
    position = fields.Integer(required=True)


class RegistrationCancelledRead(RegistrationRead):
    cancelled_by = fields.String(required=True)


class ClubEventRead(Tolerant):
    club_event_id = fields.UUID(required=True)


# The types whose reader is not the usual one of their service.
_SPECIAL: Final[Mapping[str, type[Schema]]] = {
    "booking.cancelled.v1": BookingCancelledRead,
    "booking.rescheduled.v1": BookingRescheduledRead,
    "case.dispatched.v1": CaseDispatchedRead,
    "case.handed_over.v1": CaseDispatchedRead,
    "case.closed.v1": CaseClosedRead,
    "registration.waitlisted.v1": RegistrationWaitlistedRead,
    "registration.cancelled.v1": RegistrationCancelledRead,
    "club_event.cancelled.v1": ClubEventRead,
}


def _readers(source: str, usual: type[Schema]) -> dict[str, type[Schema]]:
    return {type_: _SPECIAL.get(type_, usual) for type_ in types_of(source)}


BOOKING_READERS = _readers("booking", BookingRead)
CASES_READERS = _readers("cases", CaseRead)
EVENTS_READERS = _readers("events", RegistrationRead)
