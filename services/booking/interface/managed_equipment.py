"""Equipment for admins of its community: kinds, numbered units, and what a change would hit."""

from typing import Any

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Bilingual,
    Code,
    Command,
    Count,
    Expecting,
    Flag,
    Id,
    ListOf,
    OneOf,
    Paged,
    Query,
    Request,
    Text,
    Versioned,
    flag,
    identifier,
    moment,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.equipment_refusals import LabelTaken, NotNumbered
from services.booking.interface.equipment_words import COUNTED, EXAMPLE_KIND, MOST_QUANTITY, UNIT_STATES

MOST_SPACES = 200
MOST_AFFECTED = 50
MOST_UNITS = 200  # of a kind


class EquipmentUnit(Versioned):
    kind_id = identifier()
    label = text("投影仪-1", description="on its sticker; unique in the community")
    state = word(UNIT_STATES)
    space_id = identifier(maybe=True, description="the space in which it stays; null: it can be taken to any")
    note = text("镜头有划痕", maybe=True)


class EquipmentKind(Versioned):
    name = names("折叠椅", "Folding chairs")
    description = names("可折叠，适合讲座。", "For talks.", maybe=True)
    counted = word(COUNTED)
    quantity = number(40, maybe=True, description="of a pool; null for numbered units")
    space_ids = fields.List(
        fields.UUID(), required=True, metadata={"example": [], "description": "to which spaces it can be taken; none: to all"}
    )
    turnover_minutes = number(15, description="so long after a booking it is not free yet")
    min_notice_minutes = number(0)
    most_per_booking = number(40)
    handed_out = flag(True, description="staff hand it out and take it back")
    deposit = names("押金 50 元", "50 yuan deposit", maybe=True)
    active = flag(True)


class ManagedEquipment(EquipmentKind):
    units = fields.List(fields.Nested(EquipmentUnit), required=True)


def _rules(*, required: bool) -> dict[str, Any]:
    """What an admin writes. Made anew for each schema, because marshmallow binds a field to one schema."""
    return {
        "name": Bilingual(most=60, zh="折叠椅", en="Folding chairs", required=required),
        "description": Bilingual(most=500, zh="可折叠，适合讲座。", en="For talks.", allow_none=True),
        "quantity": Count(most=MOST_QUANTITY, example=40, description="of a pool"),
        "space_ids": ListOf(
            Id(), most=MOST_SPACES, distinct=True, example=[], description="to which spaces it can be taken; none: to all"
        ),
        "turnover_minutes": Count(most=1440, example=15),
        "min_notice_minutes": Count(most=100_000, example=0),
        "most_per_booking": Count(least=1, most=MOST_QUANTITY, example=40),
        "handed_out": Flag(description="staff hand it out and take it back"),
        "deposit": Bilingual(most=200, zh="押金 50 元", en="50 yuan deposit", allow_none=True),
    }


class AddEquipment(Request.from_dict(_rules(required=True))):  # type: ignore[misc]  # made at run time
    community_id = Code(required=True, example="liuyi")
    counted = OneOf(*COUNTED, required=True, example="pool", description="cannot change later")


class ChangeEquipment(Expecting, Request.from_dict(_rules(required=False))):  # type: ignore[misc]
    """Only the given fields change."""

    kind_id = Id(required=True, example=EXAMPLE_KIND)
    active = Flag(description="false: it cannot be booked any more. Bookings keep what they have")


class PreviewEquipment(Request):
    kind_id = Id(required=True, example=EXAMPLE_KIND)
    quantity = Count(required=True, most=MOST_QUANTITY, example=30, description="of a pool")


class ListManagedEquipment(Paged):
    community_id = Code(example=None)
    state = OneOf("active", "inactive")
    q = Text(most=60, example="椅", description="words in the name")


class GetManagedEquipment(Request):
    kind_id = Id(required=True, example=EXAMPLE_KIND)


class AddUnit(Request):
    kind_id = Id(required=True, example=EXAMPLE_KIND)
    label = Text(most=40, required=True, example="投影仪-3")
    space_id = Id(example=None, description="the space in which it stays; left out: it can be taken to any")


class ChangeUnit(Expecting):
    """Only the given fields change."""

    unit_id = Id(required=True)
    label = Text(most=40, example="投影仪-3")
    state = OneOf(*UNIT_STATES)
    space_id = Id(example=None, allow_none=True)
    note = Text(most=500, example="镜头有划痕", allow_none=True)


class PreviewUnit(Request):
    unit_id = Id(required=True)


class EquipmentAffected(Answer):
    """A booking or a session to come that would lose equipment, or get another unit. It names no resident."""

    booking_id = identifier(maybe=True, description="null: a session of a club event")
    space_name = names("汇星党员活动室", "Huixing activity room")
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    quantity = number(1)
    lost = flag(True, description="false: another unit takes its place")


class EquipmentPreview(Answer):
    """The first bookings to come that the change would hit, and how many there are."""

    items = fields.List(fields.Nested(EquipmentAffected), required=True)
    count = number(1)


LIST_MANAGED_EQUIPMENT = Query(
    "booking.list_managed_equipment",
    "List equipment for admins",
    takes=ListManagedEquipment(),
    gives=page_of(EquipmentKind),
    refuses=(Forbidden,),
    description="Also what is out of use. Only of the communities in which you are an admin.",
)
GET_MANAGED_EQUIPMENT = Query(
    "booking.get_managed_equipment",
    "Read a kind of equipment with its units",
    takes=GetManagedEquipment(),
    gives=ManagedEquipment(),
    refuses=(Forbidden, NotFound),
)
ADD_EQUIPMENT = Command(
    "booking.add_equipment",
    "Add a kind of equipment",
    takes=AddEquipment(),
    gives=ManagedEquipment(),
    refuses=(Forbidden, NotFound),
)
CHANGE_EQUIPMENT = Command(
    "booking.change_equipment",
    "Change a kind of equipment",
    takes=ChangeEquipment(),
    gives=ManagedEquipment(),
    refuses=(Forbidden, NotFound),
    description="With fewer things, the bookings that asked last lose theirs, and their residents are told.",
)
PREVIEW_EQUIPMENT = Query(
    "booking.preview_equipment",
    "See which bookings would lose equipment if there were fewer",
    takes=PreviewEquipment(),
    gives=EquipmentPreview(),
    refuses=(Forbidden, NotFound),
)
ADD_UNIT = Command(
    "booking.add_equipment_unit",
    "Add a numbered unit",
    takes=AddUnit(),
    gives=EquipmentUnit(),
    refuses=(Forbidden, NotFound, NotNumbered, LabelTaken),
)
CHANGE_UNIT = Command(
    "booking.change_equipment_unit",
    "Change a numbered unit",
    takes=ChangeUnit(),
    gives=EquipmentUnit(),
    refuses=(Forbidden, NotFound, LabelTaken),
    description="One that is no longer in use is replaced in the bookings to come, if another is free; otherwise their "
    "residents are told. One that is in use again goes to bookings that have lost theirs.",
)
PREVIEW_UNIT = Query(
    "booking.preview_equipment_unit",
    "See which bookings to come have a unit",
    takes=PreviewUnit(),
    gives=EquipmentPreview(),
    refuses=(Forbidden, NotFound),
)
