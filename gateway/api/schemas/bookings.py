"""Spaces and bookings."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from gateway.api.fields import SECTIONS, Count, Id, Moment, OneOf, Paged, Shape, Words, of_demo
from gateway.api.schemas.given import Given, Versioned, flag, ident, moment, names, number, page_of, text, word

KINDS = ("room", "court", "counter")


class Equipment(Given):
    name = names("投影仪", "Projector")


class OpeningHours(Given):
    weekday = number(1, description="1 is Monday")
    opens = text("08:30")
    closes = text("21:00")


class Space(Versioned):
    code = text("activity-room")
    kind = word(*KINDS)
    section = word(*SECTIONS)
    name = names("汇星党员活动室", "Huixing activity room")
    description = names("可容纳 40 人，配有投影。", "For 40 people, with a projector.", maybe=True)
    parent_id = ident(maybe=True, description="the divisible space that it is part of")
    divisible = flag()
    capacity = number(40)
    location = names("二楼东侧", "Second floor, east", maybe=True)
    equipment = fields.List(fields.Nested(Equipment))
    opening_hours = fields.List(fields.Nested(OpeningHours))
    holiday_hours = fields.List(fields.Dict(), metadata={"description": "on statutory holidays", "example": []})
    slot_minutes = number(30)
    min_minutes = number(30)
    max_minutes = number(240)
    min_notice_minutes = number(0)
    horizon_days = number(30)
    buffer_before_minutes = number(0)
    buffer_after_minutes = number(15)


class Interval(Given):
    starts_at = moment()
    ends_at = moment("2026-03-02T11:00:00+08:00")


class BusyInterval(Interval):
    reason = word("booked", "buffer", "closed", "holiday", "blocked", "past")


class Availability(Given):
    space_id = ident()
    from_ = fields.AwareDateTime(data_key="from", required=True, metadata={"example": "2026-03-02T00:00:00+08:00"})
    to = moment("2026-03-03T00:00:00+08:00")
    free = fields.List(fields.Nested(Interval), required=True)
    busy = fields.List(fields.Nested(BusyInterval), required=True)


class SpaceFree(Given):
    space_id = ident()
    free = fields.List(fields.Nested(Interval), required=True)


class Booking(Versioned):
    space_id = ident()
    space_name = names("羽毛球1号场", "Badminton court 1")
    section = word(*SECTIONS)
    resident_id = ident()
    resident_name = text("王秀英", maybe=True, description="at the desk only; each look is logged")
    booked_by = ident()
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    state = word("confirmed", "cancelled")
    attendees = number(4, maybe=True)
    purpose = text("羽毛球练习", maybe=True)
    created_at = moment()
    cancelled_at = moment(maybe=True)
    cancelled_by = text("resident", maybe=True)
    cancel_reason = text("…", maybe=True)


SPACES = page_of(Space)
BOOKINGS = page_of(Booking)


class ListSpaces(Paged):
    section = OneOf(*SECTIONS)
    kind = OneOf(*KINDS)
    q = Words(most=60, example="羽毛球", metadata={"description": "part of the name"})


class Window(Shape):
    """A stretch of time; 31 days at most."""

    from_ = Moment(data_key="from", attribute="from", required=True, example="2026-03-02T00:00:00+08:00")
    to = Moment(required=True, example="2026-03-03T00:00:00+08:00")

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["to"] <= data["from"]:
            raise ValidationError("Must be after from.", "to")


class CentreWindow(Window):
    section = OneOf(*SECTIONS)
    kind = OneOf(*KINDS)


class ListBookings(Paged):
    scope = OneOf("mine", "desk", load_default="mine", metadata={"description": "desk: staff see everybody's"})
    space_id = Id()
    resident_id = Id()
    state = OneOf("confirmed", "cancelled")
    from_ = Moment(data_key="from", attribute="from")
    to = Moment(example="2026-03-09T00:00:00+08:00")


class Times(Shape):
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, example="2026-03-02T10:00:00+08:00")

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["ends_at"] <= data["starts_at"]:
            raise ValidationError("Must be after starts_at.", "ends_at")


class BookSpace(Times):
    space_id = Id(required=True, example=of_demo("space", "badminton-court-1"))
    resident_id = Id(example=None, metadata={"description": "for whom; clerks and grid workers only"})
    attendees = Count(least=1, most=100_000, example=4)
    purpose = Words(most=200, example="羽毛球练习")


class CancelWithReason(Shape):
    reason = Words(most=200, example="临时有事")
