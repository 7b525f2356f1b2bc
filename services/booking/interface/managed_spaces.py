"""Spaces for admins of their community: add, change, put out of use, and see beforehand which bookings no longer fit."""

from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Bilingual,
    Code,
    Command,
    Count,
    Expecting,
    FieldError,
    Flag,
    Id,
    ListOf,
    OneOf,
    Paged,
    Part,
    Query,
    Request,
    Rule,
    Text,
    flag,
    identifier,
    number,
    page_of,
    text,
)
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.fair_opening import ELDER_AGES, KEPT_FOR, NewOpening, NewShare, check_shares
from services.booking.interface.hours import (
    MOST_SEASONS,
    MOST_SPANS,
    Hours,
    NewSeason,
    WeekdayHours,
    check_hours,
    check_seasons,
)
from services.booking.interface.locks import MOST_MINUTES as MOST_CODE_MINUTES
from services.booking.interface.refusals import CannotDivide, CodeTaken, HasParts, NotDivisible
from services.booking.interface.space_previews import NewSpacePreview, SpacePreview
from services.booking.interface.spaces import DOOR_CHECK_INS, KINDS, OPEN_TO, SECTIONS, Space
from services.booking.interface.staff_told import TOLD, StaffTold, list_time

MOST_MINUTES = 10_080  # a week
MOST_APPROVERS = 20  # of one space
GRID_NOT_OF_DAY = Rule(
    "grid_not_of_day", "A day must be a multiple of it, such as 15, 30 or 60.", "一天须能被它整除，例如 15、30、60。"
)
SHORTEST_TOO_LONG = Rule(
    "shortest_too_long", "The shortest booking is not longer than the longest.", "最短时长不能超过最长时长。"
)
NO_LENGTH_ON_GRID = Rule(
    "no_length_on_grid",
    "No length between the shortest and the longest is on the grid of {slot_minutes} minutes.",
    "最短和最长时长之间没有 {slot_minutes} 分钟的整数倍。",
)
GRACE_TOO_LONG = Rule(
    "grace_too_long",
    "It is less than the shortest booking, {min_minutes} minutes.",
    "须少于最短预约时长（{min_minutes}分钟）。",
)
NO_ELDER_AGE = Rule("no_elder_age", "The age is 60, 65 or 70.", "年龄只能是60、65或70。")


class NewEquipment(Part):
    name = Bilingual(most=60, zh="投影仪", en="Projector", required=True)


def _content(*, required: bool) -> dict[str, Any]:
    """The fields that an admin writes. They are made anew for each schema, because marshmallow binds a field to one schema."""
    return {
        "kind": OneOf(*KINDS, required=required),
        "section": OneOf(*SECTIONS, example="neighbour", required=required),
        "name": Bilingual(most=80, zh="会客厅", en="Living room", required=required),
        "description": Bilingual(most=1000, zh="可容纳 40 人。", en="For 40 people.", allow_none=True),
        "location": Bilingual(most=120, zh="二楼东侧", en="Second floor, east", allow_none=True),
        "equipment": ListOf(fields.Nested(NewEquipment), most=50, example=[{"name": {"zh-CN": "投影仪", "en": "Projector"}}]),
        "capacity": Count(least=1, most=100_000, example=40, required=required),
        "divisible": Flag(example=False, description="it can have parts that are booked by themselves"),
        "opening_hours": ListOf(
            fields.Nested(WeekdayHours),
            most=MOST_SPANS,
            example=[{"weekday": 1, "opens": "08:30", "closes": "21:00"}],
            required=required,
        ),
        "holiday_hours": ListOf(
            fields.Nested(Hours), most=10, example=[], description="on statutory holidays; none: closed then"
        ),
        "seasons": ListOf(fields.Nested(NewSeason), most=MOST_SEASONS, example=[]),
        "slot_minutes": Count(least=1, most=1440, example=30),
        "min_minutes": Count(least=1, most=MOST_MINUTES, example=30),
        "max_minutes": Count(least=1, most=MOST_MINUTES, example=240),
        "min_notice_minutes": Count(most=100_000, example=0),
        "cancel_notice_minutes": Count(most=43_200, example=0),
        "horizon_days": Count(most=730, example=30),
        "opening": fields.Nested(
            NewOpening, allow_none=True, metadata={"description": "weeks open one after the other; null: horizon_days counts"}
        ),
        "shares": ListOf(fields.Nested(NewShare), most=len(KEPT_FOR), example=[], description="times that are kept for some"),
        "elder_age": Count(least=min(ELDER_AGES), most=max(ELDER_AGES), example=60, description="60, 65 or 70"),
        "ask_from_dates": Count(
            most=366,
            example=8,
            description="a series of so many dates or more is asked before each date whether it is still needed; 0: never",
        ),
        "buffer_before_minutes": Count(most=1440, example=0),
        "buffer_after_minutes": Count(most=1440, example=15),
        "open_to": OneOf(*OPEN_TO),
        "needs_approval": Flag(example=False, description="booking it makes a request, which an approver accepts or declines"),
        "approver_ids": ListOf(
            Id(), most=MOST_APPROVERS, distinct=True, example=[], description="staff who decide; none: clerks and admins do"
        ),
        "answer_notice_minutes": Count(
            most=43_200, example=1440, description="a request that is not answered so long before its start lapses"
        ),
        "check_in_grace_minutes": Count(
            least=1,
            most=1440,
            example=10,
            allow_none=True,
            description="so long after the start, a booking in which nobody has checked in becomes a no-show; null: never",
        ),
        "door_check_in": OneOf(
            *DOOR_CHECK_INS, description="how residents check in at the door by themselves; it needs a door display"
        ),
        "takes_walk_ins": Flag(
            example=False, description="residents at the door may take it on the spot; the notice does not count for them"
        ),
        "staff_told": fields.Nested(
            StaffTold, metadata={"description": "which staff hear of its bookings; replaces all lists", "example": {"new": []}}
        ),
        "list_at": list_time(description="the local time at which the list of the next day is sent; null: it is not sent"),
        "list_if_none": Flag(example=False, description="the list is also sent if nothing is booked"),
        "lock_id": Id(example=None, allow_none=True, description="the lock on its door; null: none"),
        "code_minutes_before": Count(
            most=MOST_CODE_MINUTES, example=10, description="so long before the start of a booking its door code is valid"
        ),
        "code_minutes_after": Count(most=MOST_CODE_MINUTES, example=10, description="and so long after its end"),
    }


class _Checked(Request):
    @validates_schema
    def _hours_are_apart(self, data: dict[str, Any], **_: Any) -> None:
        for field in ("opening_hours", "holiday_hours"):
            check_hours(data.get(field, []), field)
        check_seasons(data.get("seasons", []))
        check_shares(data.get("shares", []))

    @validates_schema
    def _is_an_elder_age(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("elder_age", ELDER_AGES[0]) not in ELDER_AGES:
            raise FieldError(NO_ELDER_AGE, "elder_age")

    @validates_schema
    def _grid_fits_a_day(self, data: dict[str, Any], **_: Any) -> None:
        if (step := data.get("slot_minutes")) is not None and 1440 % step:
            raise FieldError(GRID_NOT_OF_DAY, "slot_minutes")


class AddSpace(_Checked.from_dict(_content(required=True))):  # type: ignore[misc]  # a class made at run time
    community_id = Code(required=True, example="liuyi")
    code = Code(required=True, example="living-room", description="cannot change later")
    parent_id = Id(example=None, description="the divisible space that it is part of; cannot change later")


class PreviewNewSpace(AddSpace):
    pass


class ChangeSpace(Expecting, _Checked.from_dict(_content(required=False))):  # type: ignore[misc]
    """Only the given fields change."""

    space_id = Id(required=True)
    active = Flag(description="false: out of use. Bookings of it stay until somebody cancels them")


class PreviewSpace(_Checked.from_dict(_content(required=False))):  # type: ignore[misc]
    space_id = Id(required=True)
    active = Flag()


class ListManagedSpaces(Paged):
    community_id = Code(example=None)
    section = OneOf(*SECTIONS)
    kind = OneOf(*KINDS, example="court")
    state = OneOf("active", "inactive", description="in use, or out of use")
    parent_id = Id(example=None, description="parts of this space")
    q = Text(most=100, example="羽毛球", description="words in code, name or description")


class GetManagedSpace(Request):
    space_id = Id(required=True)


class ManagedSpace(Space):
    """A space, with what only admins see."""

    approver_ids = fields.List(
        fields.UUID(),
        required=True,
        metadata={"description": "staff who decide about requests; none: clerks and admins do", "example": []},
    )
    staff_told = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.UUID()),
        required=True,
        metadata={
            "description": f"accounts of staff that hear of its bookings, by what they hear of ({', '.join(TOLD)})",
            "example": {},
        },
    )
    list_at = text("18:00", maybe=True, description="the local time at which the list of the next day is sent; null: never")
    list_if_none = flag(description="the list is also sent if nothing is booked")
    lock_id = identifier(maybe=True, description="the lock on its door; null: none")
    code_minutes_before = number(10, description="so long before the start of a booking its door code is valid")
    code_minutes_after = number(10, description="and so long after its end")


LIST_MANAGED_SPACES = Query(
    "booking.list_managed_spaces",
    "List spaces for admins",
    takes=ListManagedSpaces(),
    gives=page_of(ManagedSpace),
    refuses=(Forbidden,),
    description="Also spaces that are out of use. Only of the communities in which you are an admin.",
)
GET_MANAGED_SPACE = Query(
    "booking.get_managed_space",
    "Read a space as an admin",
    takes=GetManagedSpace(),
    gives=ManagedSpace(),
    refuses=(Forbidden, NotFound),
)
_REFUSES = (Forbidden, NotFound, NotDivisible, CannotDivide)
ADD_SPACE = Command("booking.add_space", "Add a space", takes=AddSpace(), gives=ManagedSpace(), refuses=(*_REFUSES, CodeTaken))
CHANGE_SPACE = Command(
    "booking.change_space", "Change a space", takes=ChangeSpace(), gives=ManagedSpace(), refuses=(*_REFUSES, HasParts)
)
PREVIEW_SPACE = Query(
    "booking.preview_space",
    "See what a change of a space would affect",
    takes=PreviewSpace(),
    gives=SpacePreview(),
    refuses=(Forbidden, NotFound),
    description="Takes what the change takes, and changes nothing.",
)
PREVIEW_NEW_SPACE = Query(
    "booking.preview_new_space",
    "See what adding a space would affect",
    takes=PreviewNewSpace(),
    gives=NewSpacePreview(),
    refuses=(*_REFUSES, CodeTaken),
    description="Takes what adding it takes, and writes nothing. The bookings of the whole take a new part too.",
)
