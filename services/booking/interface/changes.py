"""The history of spaces, hours, closures and holidays. Admins see it."""

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Count,
    OneOf,
    Paged,
    Query,
    Text,
    Words,
    identifier,
    moment,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY, EXAMPLE_ID
from chassis.rpc.refusal import Forbidden

SUBJECTS = Words(
    {
        "space": ("场地", "Space"),
        "closure": ("闭馆", "Closure"),
        "day_hours": ("单日时间", "Hours of a day"),
        "calendar_day": ("节假日", "Holiday"),
        "equipment": ("设备", "Equipment"),
        "equipment_unit": ("设备编号", "Unit of equipment"),
        "no_show_rule": ("未到场规定", "Rule about no-shows"),
    }
)
_STATE = {"description": "the fields that differ", "example": {"capacity": 40}}


class CalendarChange(Answer):
    id = identifier()
    at = moment()
    community_id = text(EXAMPLE_COMMUNITY)
    actor_id = identifier()
    actor_name = text("何伟", maybe=True, description="added by the gateway")
    kind = word(SUBJECTS)
    subject_id = text(EXAMPLE_ID)
    version = number(2, description="of the thing that was changed")
    action = text("changed")
    before = fields.Dict(required=True, allow_none=True, metadata=_STATE | {"example": {"capacity": 30}})
    after = fields.Dict(required=True, allow_none=True, metadata=_STATE)


class ListCalendarChanges(Paged):
    kind = OneOf(*SUBJECTS)
    subject_id = Text(most=64, example=EXAMPLE_ID)
    after_version = Count(example=None, description="only changes after this version")


LIST_CALENDAR_CHANGES = Query(
    "booking.list_calendar_changes",
    "List changes of the calendar",
    takes=ListCalendarChanges(),
    gives=page_of(CalendarChange),
    refuses=(Forbidden,),
)
