"""Equipment at the desk: what is needed on a day, handing out, taking back."""

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Code,
    Command,
    Count,
    Flag,
    Id,
    Moment,
    Query,
    Request,
    Text,
    flag,
    identifier,
    moment,
    names,
    number,
    text,
    word,
)
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.booking_words import STATES
from services.booking.interface.equipment_refusals import AlreadyReturned, NotHandOutTime, NotReserved, UnitOut
from services.booking.interface.equipment_words import EXAMPLE_KIND, MOST_QUANTITY, USE_STATES

MOST_LENT = 300  # rows of a day, and overdue ones


class Loan(Answer):
    id = identifier()
    booking_id = identifier()
    kind_id = identifier()
    kind_name = names("投影仪", "Projector")
    unit_id = identifier(maybe=True)
    label = text("投影仪-1", maybe=True, description="of the unit; null for a pool")
    quantity = number(1)
    handed_out_at = moment()
    due_at = moment("2026-03-02T10:00:00+08:00")
    returned_at = moment(maybe=True)
    missing = number(0, description="so many of a pool did not come back")
    damage_note = text("镜头有划痕", maybe=True)


class Needed(Answer):
    """What one booking has of a kind, and what of it is out."""

    booking_id = identifier()
    booking_number = text("6C1B9E4F")
    booking_state = word(STATES)
    space_id = identifier()
    space_name = names("汇星党员活动室", "Huixing activity room")
    resident_id = identifier()
    resident_name = text("王秀英", maybe=True, description="added by the gateway; each access is logged")
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    kind_id = identifier()
    name = names("投影仪", "Projector")
    handed_out = flag(True, description="staff hand it out and take it back")
    deposit = names("押金 50 元", "50 yuan deposit", maybe=True)
    quantity = number(1)
    state = word(USE_STATES)
    labels = fields.List(fields.String(), required=True, metadata={"example": ["投影仪-1"]})
    loans = fields.List(fields.Nested(Loan), required=True)


class SessionNeeds(Answer):
    """What a session of a club event has of a kind. Its staff fetch it; no loan is noted."""

    session_id = identifier(attribute="time.holder_id")
    title = names("乒乓球趣味赛", "Table tennis fun day", maybe=True, description="of the event, if it is public")
    space_names = fields.List(
        fields.Dict(), required=True, metadata={"example": [{"zh-CN": "汇星党员活动室", "en": "Huixing activity room"}]}
    )
    starts_at = moment(attribute="time.starts_at")
    ends_at = moment("2026-03-02T10:00:00+08:00", attribute="time.ends_at")
    kind_id = identifier(attribute="kind.id")
    name = names("投影仪", "Projector", attribute="kind.name")
    quantity = number(1, attribute="use.quantity")
    state = word(USE_STATES, attribute="use.state")
    labels = fields.List(fields.String(), required=True, metadata={"example": ["投影仪-1"]})


class Lending(Answer):
    items = fields.List(
        fields.Nested(Needed), required=True, metadata={"description": f"by start; at most {MOST_LENT}, see `complete`"}
    )
    sessions = fields.List(
        fields.Nested(SessionNeeds), required=True, metadata={"description": f"of club events, by start; at most {MOST_LENT}"}
    )
    overdue = fields.List(
        fields.Nested(Loan),
        required=True,
        metadata={"description": f"out after their time, longest first; at most {MOST_LENT}"},
    )
    complete = flag(True, description="false: there are more on that day")


class GetLending(Request):
    community_id = Code(example=None, description="that of yours which you look at; left out: all of yours")
    start = Moment(required=True, data_key="from")
    end = Moment(required=True, data_key="to", example="2026-03-03T00:00:00+08:00")


class HandOut(Request):
    booking_id = Id(required=True)
    kind_id = Id(example=EXAMPLE_KIND, description="of a pool, or any reserved unit of the kind; or give a `label`")
    label = Text(
        most=40, example=None, description="what is on the unit; another free unit takes the place of the reserved one"
    )
    quantity = Count(least=1, most=MOST_QUANTITY, example=None, description="of a pool; left out: all that is reserved")


class TakeBack(Request):
    loan_id = Id(required=True)
    missing = Count(most=MOST_QUANTITY, example=0, load_default=0, description="so many of a pool did not come back")
    damage_note = Text(most=500, example="镜头有划痕", description="for staff")
    to_repair = Flag(load_default=False, example=False, description="the unit cannot be used: bookings to come get another")


GET_LENDING = Query(
    "booking.get_lending",
    "See which equipment is needed, out and overdue",
    takes=GetLending(),
    gives=Lending(),
    refuses=(Forbidden,),
)
HAND_OUT = Command(
    "booking.hand_out_equipment",
    "Hand out equipment of a booking",
    takes=HandOut(),
    gives=Loan(),
    refuses=(NotFound, Forbidden, NotHandOutTime, NotReserved, UnitOut),
)
TAKE_BACK = Command(
    "booking.take_back_equipment",
    "Take equipment back",
    takes=TakeBack(),
    gives=Loan(),
    refuses=(NotFound, Forbidden, AlreadyReturned),
    description="What is missing of a pool is no longer there for others. A unit that goes to repair is replaced in the "
    "bookings to come, if another is free.",
)
