"""Find a space for a wanted time. Everybody may look."""

from marshmallow import fields

from chassis.rpc.interface import Answer, Count, OneOf, Query, Text, identifier, moment, names, number, text, word
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY
from services.booking.interface.bookings import MAX_ATTENDEES, Times
from services.booking.interface.refusals import InPast, TooLong
from services.booking.interface.spaces import KINDS, SECTIONS

MOST_FREE, MOST_OTHERS = 60, 12


class FindFreeSpaces(Times):
    attendees = Count(least=1, most=MAX_ATTENDEES, example=8, load_default=1)
    section = OneOf(*SECTIONS, example=None)
    kind = OneOf(*KINDS, example=None)
    equipment = Text(
        most=60, example="投影", description="a word in the name of the equipment that is needed, in the space or free then"
    )


class FreeSpace(Answer):
    space_id = identifier(attribute="space.id")
    space_name = names("汇星党员活动室", "Huixing activity room", attribute="space.name")
    kind = word(KINDS, attribute="space.kind")
    section = word(SECTIONS, attribute="space.section")
    capacity = number(40, attribute="space.capacity")
    location = names("二楼东侧", "Second floor, east", maybe=True, attribute="space.location")
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    brought = names(
        "投影仪", "Projector", maybe=True, description="the equipment that can be booked with it; null if it has its own"
    )


class FoundSpaces(Answer):
    community_id = text(EXAMPLE_COMMUNITY)
    items = fields.List(
        fields.Nested(FreeSpace),
        required=True,
        metadata={"description": f"can be booked at that time, the smallest that is large enough first; at most {MOST_FREE}"},
    )
    others = fields.List(
        fields.Nested(FreeSpace),
        required=True,
        metadata={"description": f"can be booked on the same day for as long, the nearest time first; at most {MOST_OTHERS}"},
    )


FIND_FREE_SPACES = Query(
    "booking.find_free_spaces",
    "Find a space for a time",
    takes=FindFreeSpaces(),
    gives=FoundSpaces(),
    refuses=(InPast, TooLong),
    description="Over all spaces of a community. Somebody else may book one of them a moment later.",
)
