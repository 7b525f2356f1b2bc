"""Words, limits and fields about equipment that the verbs of bookings and of equipment share."""

from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    Count,
    FieldError,
    Id,
    ListOf,
    OneOf,
    Part,
    Request,
    Words,
    demo_example,
    identifier,
    names,
    number,
    word,
)
from chassis.rpc.rules import DUPLICATE

MOST_KINDS = 100  # of a community
MOST_WANTED = 10  # kinds of one booking
MOST_QUANTITY = 10_000
COUNTED = Words({"units": ("逐件编号", "Numbered units"), "pool": ("按数量", "A quantity")})
UNIT_STATES = Words({"in_use": ("在用", "In use"), "in_repair": ("维修中", "In repair"), "gone": ("已报废", "Gone")})
# What became of what a booking wants: `wanted` while it waits for approval, `lost` if others have it.
USE_STATES = Words(
    {
        "claimed": ("已留好", "Reserved"),
        "wanted": ("同意后再留", "Reserved once approved"),
        "lost": ("没有留到", "Not available"),
        "released": ("已释放", "Released"),
    }
)
IF_TAKEN = ("refuse", "without")
EXAMPLE_KIND = demo_example("equipment", "folding-chairs")


class WantedEquipment(Part):
    kind_id = Id(required=True, example=EXAMPLE_KIND)
    quantity = Count(least=1, most=MOST_QUANTITY, example=20, load_default=1)


class BookedEquipment(Answer):
    """What a booking has of a kind of equipment."""

    kind_id = identifier()
    name = names("折叠椅", "Folding chairs")
    quantity = number(20)
    state = word(USE_STATES)
    units = fields.List(
        fields.String(),
        required=True,
        metadata={"example": [], "description": "the labels of the numbered units that are reserved"},
    )


def wanted_field(**more: Any) -> ListOf:
    said = {"description": "equipment that is needed at that time, each kind once"} | more
    # A kind can only be taken to its spaces, so a whole request has none unless it is about equipment.
    example = [{"kind_id": EXAMPLE_KIND, "quantity": 20}] if more.get("required") else []
    return ListOf(fields.Nested(WantedEquipment), most=MOST_WANTED, example=example, **said)


def if_taken_field() -> OneOf:
    return OneOf(
        *IF_TAKEN,
        load_default="refuse",
        description="if some of the equipment is not available: `refuse` all, or book `without` it",
    )


class WantsEquipment(Request):
    """A request that may name equipment."""

    equipment = wanted_field(load_default=list)
    if_equipment_taken = if_taken_field()

    @validates_schema
    def _kinds_are_apart(self, data: dict[str, Any], **_: Any) -> None:
        wanted = data.get("equipment") or []
        if len({one["kind_id"] for one in wanted}) < len(wanted):
            raise FieldError(DUPLICATE, "equipment")
