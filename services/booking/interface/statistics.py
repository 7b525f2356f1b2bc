"""How much the spaces of a community are used. For staff; nobody is named."""

from datetime import date, timedelta
from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    FieldError,
    Id,
    OneOf,
    Query,
    Request,
    Rule,
    Words,
    identifier,
    list_of,
    names,
    number,
    text,
    word,
)
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY
from chassis.rpc.refusal import Forbidden
from services.booking.interface.booking_words import STATES
from services.booking.interface.fair_opening import KEPT_FOR
from services.booking.interface.spaces import KINDS, SECTIONS

MOST_DAYS = 366
MOST_SPACE_DAYS = 31  # of an answer with each space on each day
MOST_RESIDENTS = 5_000  # of one page
PERIOD_TOO_LONG = Rule("period_too_long", "At most {days} days.", "最多 {days} 天。")
PERIOD_REVERSED = Rule("period_reversed", "The last day is before the first.", "结束日期早于开始日期。")
# Who made a booking.
BOOKED_THROUGH = Words(
    {
        "self": ("本人预约", "By the residents themselves"),
        "others": ("家人或工作人员代订", "By family or staff for them"),
        "system": ("其他系统", "Other systems"),
    }
)


def _day(example: str, description: str) -> fields.Date:
    return fields.Date(required=True, metadata={"example": example, "description": description})


class Days(Request):
    """From one local day to another, both included."""

    first_day = _day("2026-03-01", "local day of the community")
    last_day = _day("2026-03-31", f"included; at most {MOST_DAYS} days")

    @validates_schema
    def _is_bounded(self, data: dict[str, Any], **_: Any) -> None:
        check_period(data["first_day"], data["last_day"])


class Period(Days):
    section = OneOf(*SECTIONS)
    kind = OneOf(*KINDS, example="court")
    space_id = Id(example=None, description="only this space and its parts")


class FewDays(Request):
    """From one local day to another, both included."""

    first_day = _day("2026-03-02", "local day of the community")
    last_day = _day("2026-03-08", f"included; at most {MOST_SPACE_DAYS} days")

    @validates_schema
    def _is_bounded(self, data: dict[str, Any], **_: Any) -> None:
        check_period(data["first_day"], data["last_day"], MOST_SPACE_DAYS)


def check_period(first: date, last: date, most: int = MOST_DAYS) -> None:
    """Raises FieldError."""
    if last < first:
        raise FieldError(PERIOD_REVERSED, "last_day")
    if last - first >= timedelta(days=most):
        raise FieldError(PERIOD_TOO_LONG, "last_day", days=most)


class Use(Answer):
    """Minutes of spaces that are not divided: an hour of a hall with three parts counts three times 60."""

    open_minutes = number(
        10_800, description="by the hours, holidays and closures as they are known now", attribute="use.open_minutes"
    )
    booked_minutes = number(2_700, description="of bookings, without turnover", attribute="use.booked_minutes")
    event_minutes = number(900, description="of club events", attribute="use.event_minutes")


class SpaceUse(Use):
    space_id = identifier(attribute="space.id")
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="space.name")
    parent_id = identifier(maybe=True, description="the divisible space of which it is a part", attribute="space.parent_id")
    kind = word(KINDS, attribute="space.kind")
    section = word(SECTIONS, attribute="space.section")
    bookings = number(12, description="that were not cancelled; those of a divisible space and of its parts count for it")
    cancelled = number(2)
    people = number(48, description="of the bookings that were not cancelled")


class DayUse(Use):
    day = fields.Date(required=True, metadata={"example": "2026-03-02"})


class SpaceDay(DayUse):
    space_id = identifier()
    bookings = number(3, description="confirmed ones that start on that day; those of a divisible space and its parts together")


class HourUse(Use):
    weekday = number(1, description="1 is Monday, 7 is Sunday")
    hour = number(19, description="local: 19 is 19:00–20:00")


class StateCount(Answer):
    state = word(STATES)
    bookings = number(12)


class ChannelCount(Answer):
    channel = word(BOOKED_THROUGH)
    bookings = number(12)


class Fairness(Answer):
    """How evenly the booked minutes are spread over those who booked. Somebody without a household counts as one."""

    households = number(120)
    gini = fields.Float(
        required=True,
        allow_none=True,
        metadata={"example": 0.31, "description": "Gini coefficient: 0 is all alike, near 1 is one has all; null for nobody"},
    )
    top_tenth = fields.Float(
        required=True,
        allow_none=True,
        metadata={"example": 0.24, "description": "share of the minutes that the tenth with the most of them has"},
    )


class ShareUse(Answer):
    """How the times that spaces keep for some were used. Minutes of spaces that are not divided."""

    kept_for = word(KEPT_FOR)
    kept_minutes = number(720, description="by the rules of now, within the opening hours")
    used_minutes = number(480, description="of bookings for those for whom they are kept")
    others_minutes = number(120, description="of other bookings: after they were open to everybody, or by staff with a reason")


class Occupancy(Use):
    """The use of all spaces that were asked for, and how it is spread."""

    community_id = text(EXAMPLE_COMMUNITY)
    first_day = fields.Date(required=True, metadata={"example": "2026-03-01"})
    last_day = fields.Date(required=True, metadata={"example": "2026-03-31"})
    spaces = fields.List(fields.Nested(SpaceUse), required=True)
    days = fields.List(fields.Nested(DayUse), required=True)
    hours = fields.List(
        fields.Nested(HourUse), required=True, metadata={"description": "those in which something is open or used"}
    )
    states = fields.List(fields.Nested(StateCount), required=True)
    channels = fields.List(fields.Nested(ChannelCount), required=True)
    fairness = fields.Nested(Fairness, required=True)
    shares = fields.List(
        fields.Nested(ShareUse), required=True, metadata={"description": "of spaces that keep times; what is left stayed empty"}
    )


class ResidentUse(Answer):
    resident_id = identifier()
    bookings = number(3)
    minutes = number(180)


class GetUseByResident(Days):
    after = Id(example=None, description="the last resident of the page before")


GET_OCCUPANCY = Query(
    "booking.get_occupancy",
    "Read how much the spaces are used",
    takes=Period(),
    gives=Occupancy(),
    refuses=(Forbidden,),
    description="For staff. Bookings and club events, also those to come. Nobody is named.",
)
GET_SPACE_DAYS = Query(
    "booking.get_space_days",
    "Read how much each space is used on each day",
    takes=FewDays(),
    gives=list_of(SpaceDay),
    refuses=(Forbidden,),
    description=f"For staff. Nobody is named. At most {MOST_SPACE_DAYS} days.",
)
GET_USE_BY_RESIDENT = Query(
    "booking.get_use_by_resident",
    "Count how much each resident booked",
    takes=GetUseByResident(),
    gives=list_of(ResidentUse),
    refuses=(Forbidden,),
    description=f"In the order of ids, at most {MOST_RESIDENTS}.",
)
