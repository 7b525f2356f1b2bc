"""How much equipment is used, by kind. For staff; nobody is named."""

from chassis.rpc.interface import Answer, Query, identifier, list_of, names, number, word
from chassis.rpc.refusal import Forbidden
from services.booking.interface.equipment_words import COUNTED
from services.booking.interface.statistics import Days


class KindUse(Answer):
    """Minutes are those of one piece: four chairs for an hour are 240."""

    kind_id = identifier(attribute="kind.id")
    name = names("投影仪", "Projector", attribute="kind.name")
    counted = word(COUNTED, attribute="kind.counted")
    bookings = number(12, description="that had it and start in these days")
    sessions = number(2, description="of club events that had it and start in these days")
    used_minutes = number(840, description="of these bookings and sessions, without turnover")
    lent = number(9, description="how often it was handed out for these bookings")
    lent_minutes = number(700, description="from handing out until it came back, or until now")
    damaged = number(1, description="loans that came back with a note about damage")
    missing = number(0, description="pieces that did not come back")


class GetEquipmentUse(Days):
    pass


GET_EQUIPMENT_USE = Query(
    "booking.get_equipment_use",
    "Read how much the equipment is used",
    takes=GetEquipmentUse(),
    gives=list_of(KindUse),
    refuses=(Forbidden,),
    description="For staff, by kind. Kinds that are no longer offered are listed if they were used. Nobody is named.",
)
