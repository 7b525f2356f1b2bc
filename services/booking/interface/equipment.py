"""Equipment that can be taken with a booking. Everybody sees what there is, and what is free."""

from typing import Any

from marshmallow import validates_schema

from chassis.rpc.interface import (
    Answer,
    Command,
    Expecting,
    Id,
    Moment,
    Query,
    Request,
    demo_example,
    flag,
    identifier,
    list_of,
    names,
    number,
    word,
)
from chassis.rpc.interface.fields import check_order
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.bookings import Booking
from services.booking.interface.equipment_refusals import (
    EquipmentFixed,
    EquipmentNotHere,
    EquipmentTaken,
    EquipmentTooSoon,
    TooMuchEquipment,
)
from services.booking.interface.equipment_words import COUNTED, WantsEquipment, wanted_field


class OfferedEquipment(Answer):
    """A kind of equipment that can be taken to the space."""

    id = identifier()
    name = names("折叠椅", "Folding chairs")
    description = names("可折叠，适合讲座。", "For talks.", maybe=True)
    counted = word(COUNTED)
    most_per_booking = number(40)
    min_notice_minutes = number(0)
    handed_out = flag(True, description="staff hand it out and take it back; otherwise it stands ready")
    deposit = names("押金 50 元", "50 yuan deposit", maybe=True)
    free = number(40, maybe=True, description="how many are free at the whole time; null without a time")


class ListEquipment(Request):
    space_id = Id(required=True, example=demo_example("space", "activity-room"))
    start = Moment(data_key="from", example=None)
    end = Moment(data_key="to", example=None, description="with `from`: how many are free from then to then")
    booking_id = Id(example=None, description="what this booking has counts as free")

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "start", "end", names={"start": "from", "end": "to"})


class ChangeBookingEquipment(WantsEquipment, Expecting):
    booking_id = Id(required=True)
    equipment = wanted_field(required=True, description="all that the booking wants from now on; none: nothing")


LIST_EQUIPMENT = Query(
    "booking.list_equipment",
    "List the equipment that can be taken to a space",
    takes=ListEquipment(),
    gives=list_of(OfferedEquipment),
    refuses=(NotFound,),
    description="With `from` and `to`, it says how many of each kind are free during the whole time.",
)
CHANGE_BOOKING_EQUIPMENT = Command(
    "booking.change_booking_equipment",
    "Change the equipment of a booking",
    takes=ChangeBookingEquipment(),
    gives=Booking(),
    refuses=(
        NotFound,
        Forbidden,
        EquipmentFixed,
        EquipmentNotHere,
        TooMuchEquipment,
        EquipmentTooSoon,
        EquipmentTaken,
    ),
    description="Until the booking starts. What it no longer wants is free for others.",
)
