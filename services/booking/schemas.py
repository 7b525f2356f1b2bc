"""What booking's RPC takes and gives. Unknown fields are refused; times are RFC 3339 with an offset."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from unicodedata import category
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from chassis.database.pagination import Page
from services.booking.models import KINDS, SECTIONS
from services.booking.models.intervals import Span
from services.booking.use_cases.tell_availability import Availability

LONGEST_WINDOW = timedelta(days=31)
# Years that calendars and databases can reckon with.
_TIMES = validate.Range(datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC), error="Not a time in reach.")


class Instant(fields.AwareDateTime):
    """A time with an offset, in UTC once loaded."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", validate=_TIMES, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        at: datetime = super()._deserialize(value, attr, data, **options)
        try:
            return at.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("Not a time in reach.") from error


class Words(fields.String):
    """Trimmed text of at most `most` characters. Control characters, which PostgreSQL does not keep or nobody can read,
    are refused."""

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(validate=validate.Length(max=most), load_default=None, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        words: str = super()._deserialize(value, attr, data, **options).strip()
        if any(category(character) in ("Cc", "Cs") and character not in "\n\t" for character in words):
            raise ValidationError("Control characters are not text.")
        return words


class Request(Schema):
    class Meta:
        unknown = RAISE


class PageRequest(Request):
    limit = fields.Integer(strict=True, load_default=20, validate=validate.Range(1, 100))
    cursor = Words(most=500)


class ListSpaces(PageRequest):
    section = fields.String(load_default=None, validate=validate.OneOf(SECTIONS))
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    q = Words(most=100)


class GetSpace(Request):
    space_id = fields.UUID(required=True)


class Window(Request):
    """`from` to `to`, half-open, at most 31 days."""

    start = Instant(required=True, data_key="from")
    end = Instant(required=True, data_key="to")

    @validates_schema
    def _bounded(self, data: dict[str, Any], **_: Any) -> None:
        if data["end"] <= data["start"]:
            raise ValidationError("Must be after from.", "to")
        if data["end"] - data["start"] > LONGEST_WINDOW:
            raise ValidationError("At most 31 days after from.", "to")


class GetAvailability(Window):
    space_id = fields.UUID(required=True)


class GetCentreAvailability(Window):
    section = fields.String(load_default=None, validate=validate.OneOf(SECTIONS))
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))


class ListBookings(PageRequest):
    scope = fields.String(required=True, validate=validate.OneOf(["mine", "desk"]))
    space_id = fields.UUID(load_default=None)
    resident_id = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf(["confirmed", "cancelled"]))
    start = Instant(load_default=None, data_key="from")
    end = Instant(load_default=None, data_key="to")


class GetBooking(Request):
    booking_id = fields.UUID(required=True)


class BookSpace(Request):
    space_id = fields.UUID(required=True)
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    resident_id = fields.UUID(load_default=None)
    attendees = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, 100_000))
    purpose = Words(most=200)


class CancelBooking(Request):
    booking_id = fields.UUID(required=True)
    reason = Words(most=200)
    expected_version = fields.Integer(strict=True, load_default=None)


class RescheduleBooking(Request):
    booking_id = fields.UUID(required=True)
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    expected_version = fields.Integer(strict=True, load_default=None)


class Answer(Schema):
    def answer(self, thing: Any) -> dict[str, Any]:
        dumped: dict[str, Any] = self.dump(thing)
        return dumped


class SpaceSchema(Answer):
    id = fields.UUID()
    version = fields.Integer()
    community_id = fields.String()
    code = fields.String()
    kind = fields.String()
    section = fields.String()
    name = fields.Dict()
    description = fields.Dict()
    parent_id = fields.UUID()
    divisible = fields.Boolean()
    capacity = fields.Integer()
    location = fields.Dict()
    equipment = fields.List(fields.Dict())
    opening_hours = fields.List(fields.Dict())
    holiday_hours = fields.List(fields.Dict())
    slot_minutes = fields.Integer()
    min_minutes = fields.Integer()
    max_minutes = fields.Integer()
    min_notice_minutes = fields.Integer()
    horizon_days = fields.Integer()
    buffer_before_minutes = fields.Integer()
    buffer_after_minutes = fields.Integer()


class BookingSchema(Answer):
    id = fields.UUID()
    version = fields.Integer()
    community_id = fields.String()
    space_id = fields.UUID()
    space_name = fields.Dict(attribute="space.name")
    section = fields.String(attribute="space.section")
    resident_id = fields.UUID()
    booked_by = fields.UUID()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    state = fields.String()
    attendees = fields.Integer()
    purpose = fields.String()
    created_at = fields.AwareDateTime()
    cancelled_at = fields.AwareDateTime()
    cancelled_by = fields.String()
    cancel_reason = fields.String()


LIST_SPACES, GET_SPACE = ListSpaces(), GetSpace()
GET_AVAILABILITY, GET_CENTRE_AVAILABILITY = GetAvailability(), GetCentreAvailability()
LIST_BOOKINGS, GET_BOOKING = ListBookings(), GetBooking()
BOOK_SPACE, CANCEL_BOOKING, RESCHEDULE_BOOKING = BookSpace(), CancelBooking(), RescheduleBooking()
SPACE, BOOKING = SpaceSchema(), BookingSchema()


def dump_page(schema: Answer, found: Page[Any]) -> dict[str, Any]:
    return {"items": [schema.answer(item) for item in found.items], "next_cursor": found.next_cursor}


def dump_availability(found: Availability, start: datetime, end: datetime) -> dict[str, Any]:
    return {
        "space_id": str(found.space_id),
        "from": start.isoformat(),
        "to": end.isoformat(),
        "free": _spans(found.free),
        "busy": [{"starts_at": _time(a), "ends_at": _time(b), "reason": reason} for a, b, reason in found.busy],
    }


def dump_centre(found: Iterable[tuple[UUID, list[Span]]]) -> dict[str, Any]:
    return {"items": [{"space_id": str(space_id), "free": _spans(free)} for space_id, free in found]}


def _spans(spans: list[Span]) -> list[dict[str, str]]:
    # By hand: a month of a whole centre has ten thousand of them.
    return [{"starts_at": _time(start), "ends_at": _time(end)} for start, end in spans]


@lru_cache(maxsize=8192)  # spaces open and close together: a month of a centre has a tenth as many instants as spans
def _time(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()
