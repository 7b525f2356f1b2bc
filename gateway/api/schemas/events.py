"""Clubs, club events with their sessions, registrations."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from gateway.api.fields import SECTIONS, Bilingual, Count, Id, Moment, OneOf, Paged, Shape, Words, of_demo
from gateway.api.schemas.given import Given, Versioned, flag, ident, moment, names, number, page_of, text, word

EVENT_STATES = ("draft", "published", "cancelled")
AUDIENCES = ("everyone", "elders", "children", "families", "women", "volunteers")
REGISTRATION_STATES = ("confirmed", "waitlisted", "cancelled")


class Club(Versioned):
    code = text("table-tennis")
    name = names("乒乓球社", "Table tennis club")
    description = names("每周二、四活动。", "Tuesdays and Thursdays.", maybe=True)
    section = word(*SECTIONS)
    kind = word("sports", "culture", "volunteer", "learning")
    members_count = number(32)
    joined = flag(maybe=True, description="whether you are a member; null for visitors")


class Session(Given):
    id = ident()
    starts_at = moment()
    ends_at = moment("2026-03-02T11:00:00+08:00")
    capacity = number(24)
    taken = number(20)
    seats_left = number(4)
    waiting = number(0)
    registration_opens_at = moment(maybe=True)
    registration_closes_at = moment(maybe=True)


class ClubEvent(Versioned):
    club_id = ident()
    club_name = names("乒乓球社", "Table tennis club")
    section = word(*SECTIONS)
    title = names("乒乓球趣味赛", "Table tennis fun day")
    description = names("老少皆宜。", "For young and old.")
    location = text("乒乓球室")
    space_id = ident(maybe=True)
    audience = text("everyone")
    state = word(*EVENT_STATES)
    organiser_id = ident(maybe=True)
    published_at = moment(maybe=True)
    cancelled_at = moment(maybe=True)
    cancel_reason = text("场地检修", maybe=True)
    sessions = fields.List(fields.Nested(Session), required=True)


class Registration(Versioned):
    session_id = ident()
    club_event_id = ident()
    title = names("乒乓球趣味赛", "Table tennis fun day")
    starts_at = moment()
    ends_at = moment("2026-03-02T11:00:00+08:00")
    location = text("乒乓球室")
    resident_id = ident()
    resident_name = text("张敏", maybe=True, description="at the desk only; each look is logged")
    registered_by = ident()
    seats = number(1)
    state = word(*REGISTRATION_STATES)
    position = number(2, maybe=True, description="place in the waiting list, from 1")
    created_at = moment()
    cancelled_at = moment(maybe=True)
    cancelled_by = text("resident", maybe=True)


CLUBS, CLUB_EVENTS, REGISTRATIONS = page_of(Club), page_of(ClubEvent), page_of(Registration)


class ListClubs(Paged):
    section = OneOf(*SECTIONS)


class ListClubEvents(Paged):
    section = OneOf(*SECTIONS)
    club_id = Id()
    state = OneOf(*EVENT_STATES, metadata={"description": "visitors see published ones only", "example": "published"})
    from_ = Moment(data_key="from", attribute="from")
    to = Moment(example="2026-03-09T00:00:00+08:00")
    q = Words(most=100, example="乒乓球")

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if "from" in data and "to" in data and data["to"] <= data["from"]:
            raise ValidationError("Must be after from.", "to")


class NewSession(Shape):
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, example="2026-03-02T11:00:00+08:00")
    capacity = Count(required=True, least=1, most=10_000, example=24)
    registration_opens_at = Moment(example="2026-02-20T09:00:00+08:00")
    registration_closes_at = Moment(example="2026-03-01T18:00:00+08:00")


class ReviseClubEvent(Shape):
    club_id = Id(example=of_demo("club", "table-tennis"))
    section = OneOf(*SECTIONS, example="neighbour")
    title = fields.Nested(Bilingual, metadata={"example": {"zh-CN": "乒乓球趣味赛", "en": "Table tennis fun day"}})
    description = fields.Nested(Bilingual, metadata={"example": {"zh-CN": "老少皆宜。", "en": "For young and old."}})
    location = Words(most=120, example="乒乓球室")
    space_id = Id(example=of_demo("space", "table-tennis-1"))
    audience = OneOf(*AUDIENCES)
    sessions = fields.List(fields.Nested(NewSession), validate=validate.Length(1, 60))


class DraftClubEvent(ReviseClubEvent):
    club_id = Id(required=True, example=of_demo("club", "table-tennis"))
    section = OneOf(*SECTIONS, example="neighbour", required=True)
    title = fields.Nested(
        Bilingual, required=True, metadata={"example": {"zh-CN": "乒乓球趣味赛", "en": "Table tennis fun day"}}
    )
    description = fields.Nested(Bilingual, required=True, metadata={"example": {"zh-CN": "老少皆宜。", "en": "For all."}})
    location = Words(required=True, most=120, example="乒乓球室")
    sessions = fields.List(fields.Nested(NewSession), required=True, validate=validate.Length(1, 60))


class CancelClubEvent(Shape):
    reason = Words(required=True, most=500, example="场地检修")


class ChangeCapacity(Shape):
    capacity = Count(required=True, least=1, most=10_000, example=30)


class Register(Shape):
    seats = Count(least=1, most=100, example=1)
    resident_id = Id(example=None, metadata={"description": "for whom; clerks and grid workers only"})


class ListRegistrations(Paged):
    scope = OneOf("mine", "desk", load_default="mine", metadata={"description": "desk: the list of an event"})
    session_id = Id()
    club_event_id = Id()
    state = OneOf(*REGISTRATION_STATES)
