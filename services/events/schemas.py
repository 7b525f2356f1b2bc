"""What the RPCs of `events` take and give. Unknown fields and naive times are refused."""

import unicodedata
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chassis.database.pagination import DEFAULT_LIMIT, MAX_LIMIT
from services.events.models import (
    AUDIENCES,
    CLUB_EVENT_STATES,
    MAX_CAPACITY,
    MAX_DURATION,
    REGISTRATION_STATES,
    SECTIONS,
)

MAX_SESSIONS = 60


class Words(fields.String):
    """Text that people wrote: trimmed, of 1 to `most` characters, free of control characters."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(1, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        words: str = super()._deserialize(value, attr, data, **kwargs).strip()
        # PostgreSQL keeps no NUL (Cc), and UTF-8 no half of a surrogate pair (Cs).
        if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\r\t" for character in words):
            raise ValidationError("Control characters are not text.")
        return words


class Instant(fields.AwareDateTime):
    """An aware time that calendars can be reckoned with."""

    EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(self.EARLIEST, self.LATEST), **kwargs)


def words_by_language(most: int) -> type[Schema]:
    """`{"zh-CN": …, "en": …}`, `most` characters each; Chinese is always there."""
    return Schema.from_dict({"zh-CN": Words(most=most, required=True), "en": Words(most=most)}, name=f"Words{most}")


class Paged(Schema):
    limit = fields.Integer(load_default=DEFAULT_LIMIT, strict=True, validate=validate.Range(1, MAX_LIMIT))
    cursor = Words(most=500, load_default=None)


class ListClubs(Paged):
    section = fields.String(load_default=None, validate=validate.OneOf(SECTIONS))
    community_id = Words(most=64, load_default=None)


class ClubRef(Schema):
    club_id = fields.UUID(required=True)


class ListClubEvents(ListClubs):
    club_id = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf(CLUB_EVENT_STATES))
    from_ = Instant(data_key="from", load_default=None)
    to = Instant(load_default=None)
    q = Words(most=100, load_default=None)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["from_"] and data["to"] and data["from_"] >= data["to"]:
            raise ValidationError("Must be after from.", "to")


class ClubEventRef(Schema):
    club_event_id = fields.UUID(required=True)


class Expecting(Schema):
    expected_version = fields.Integer(load_default=None, strict=True)


class NewSession(Schema):
    """Registration opens at once and closes at the start, unless told otherwise."""

    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    capacity = fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_CAPACITY))
    registration_opens_at = Instant(load_default=None)
    registration_closes_at = Instant(load_default=None)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        opens, closes = data["registration_opens_at"], data["registration_closes_at"]
        if data["ends_at"] <= data["starts_at"]:
            raise ValidationError("Must be after starts_at.", "ends_at")
        if data["ends_at"] - data["starts_at"] > MAX_DURATION:
            raise ValidationError("A session lasts 24 hours at most.", "ends_at")
        if closes and closes > data["starts_at"]:
            raise ValidationError("Must not be after starts_at.", "registration_closes_at")
        if opens and opens >= (closes or data["starts_at"]):
            raise ValidationError("Must be before registration closes.", "registration_opens_at")


class _Content(Schema):
    """What an organiser writes about a club event."""

    club_id = fields.UUID(required=True)
    section = fields.String(required=True, validate=validate.OneOf(SECTIONS))
    title = fields.Nested(words_by_language(80), required=True)
    description = fields.Nested(words_by_language(4000), required=True)
    location = Words(most=120, required=True)
    sessions = fields.List(fields.Nested(NewSession), required=True, validate=validate.Length(1, MAX_SESSIONS))
    space_id = fields.UUID(allow_none=True)
    audience = fields.String(validate=validate.OneOf(AUDIENCES))


class DraftClubEvent(_Content):
    space_id = fields.UUID(load_default=None)
    audience = fields.String(load_default="everyone", validate=validate.OneOf(AUDIENCES))


class ReviseClubEvent(_Content, ClubEventRef, Expecting):
    """Only what is given changes; `sessions`, if given, replaces them all. Load with `partial=CONTENT`."""


CONTENT = tuple(_Content().fields)


class ChangeClubEvent(ClubEventRef, Expecting):
    pass


class CancelClubEvent(ChangeClubEvent):
    reason = Words(most=500, required=True)


class ChangeCapacity(Expecting):
    session_id = fields.UUID(required=True)
    capacity = fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_CAPACITY))


class Register(Schema):
    session_id = fields.UUID(required=True)
    seats = fields.Integer(load_default=1, strict=True, validate=validate.Range(min=1))
    resident_id = fields.UUID(load_default=None)


class ListRegistrations(Paged):
    scope = fields.String(load_default="mine", validate=validate.OneOf(("mine", "desk")))
    session_id = fields.UUID(load_default=None)
    club_event_id = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf(REGISTRATION_STATES))


class RegistrationRef(Schema):
    registration_id = fields.UUID(required=True)


class CancelRegistration(RegistrationRef, Expecting):
    pass


class AggregateOut(Schema):
    id = fields.UUID()
    version = fields.Integer()
    community_id = fields.String()


class ClubOut(AggregateOut):
    code = fields.String()
    name = fields.Raw()
    description = fields.Raw()
    section = fields.String()
    kind = fields.String()
    members_count = fields.Integer()
    joined = fields.Boolean()


class SessionOut(Schema):
    id = fields.UUID()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    capacity = fields.Integer()
    taken = fields.Integer()
    seats_left = fields.Integer()
    waiting = fields.Integer()
    registration_opens_at = fields.AwareDateTime()
    registration_closes_at = fields.AwareDateTime()


class ClubEventOut(AggregateOut):
    club_id = fields.UUID()
    club_name = fields.Raw(attribute="club.name")
    section = fields.String()
    title = fields.Raw()
    description = fields.Raw()
    location = fields.String()
    space_id = fields.UUID(allow_none=True)
    audience = fields.String()
    state = fields.String()
    organiser_id = fields.UUID()
    published_at = fields.AwareDateTime()
    cancelled_at = fields.AwareDateTime()
    cancel_reason = fields.String()
    sessions = fields.List(fields.Nested(SessionOut))


class RegistrationOut(AggregateOut):
    session_id = fields.UUID()
    club_event_id = fields.UUID(attribute="session.club_event_id")
    title = fields.Raw(attribute="session.club_event.title")
    location = fields.String(attribute="session.club_event.location")
    starts_at = fields.AwareDateTime(attribute="session.starts_at")
    ends_at = fields.AwareDateTime(attribute="session.ends_at")
    resident_id = fields.UUID()
    registered_by = fields.UUID()
    seats = fields.Integer()
    state = fields.String()
    position = fields.Integer(allow_none=True)
    created_at = fields.AwareDateTime()
    cancelled_at = fields.AwareDateTime()
    cancelled_by = fields.String()
