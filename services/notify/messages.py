"""What notify publishes, and how it reads what others publish: tolerantly, and only the fields it uses."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, fields

from chassis.messaging.contracts import Contracts, Message
from services.notify.models import Notification
from services.notify.routes import types_of

CONTRACTS = Contracts(Path(__file__).parent / "contracts", source="notify")


def notification_sent(notification: Notification, now: datetime) -> Message:
    return _message("notification.sent.v1", notification, now)


def notification_failed(notification: Notification, now: datetime) -> Message:
    """For `failed` and `unknown`: its reason is in the message."""
    return _message("notification.failed.v1", notification, now, reason=notification.reason)


def _message(type_: str, about: Notification, at: datetime, **more: Any) -> Message:
    data = {
        "notification_id": str(about.id),
        "account_id": str(about.account_id),
        "channel": about.channel,
        "template": about.template,
        "source_event_id": str(about.event_id),
        "subject_type": about.subject_type,
        "subject_id": str(about.subject_id),
        **more,
    }
    return CONTRACTS.message(
        type_, aggregate_id=about.id, version=about.version, community_id=about.community_id, occurred_at=at, data=data
    )


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


_SPECIAL: Final[Mapping[str, type[Schema]]] = {
    "booking.cancelled.v1": BookingCancelledRead,
    "booking.rescheduled.v1": BookingRescheduledRead,
    "case.dispatched.v1": CaseDispatchedRead,
    "registration.waitlisted.v1": RegistrationWaitlistedRead,
    "registration.cancelled.v1": RegistrationCancelledRead,
    "club_event.cancelled.v1": ClubEventRead,
}


def _readers(source: str, usual: type[Schema]) -> dict[str, type[Schema]]:
    return {type_: _SPECIAL.get(type_, usual) for type_ in types_of(source)}


BOOKING_READERS = _readers("booking", BookingRead)
CASES_READERS = _readers("cases", CaseRead)
EVENTS_READERS = _readers("events", RegistrationRead)
