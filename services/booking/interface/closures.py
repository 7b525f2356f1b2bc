"""Closures: spaces are closed for a time, and the bookings that are in the way are moved or cancelled with it. Admins decide,
the desk sees them."""

from datetime import timedelta
from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    Bilingual,
    Code,
    Command,
    Expecting,
    FieldError,
    Flag,
    Id,
    ListOf,
    Moment,
    OneOf,
    Paged,
    Part,
    Query,
    Request,
    Rule,
    Text,
    Versioned,
    Words,
    check_order,
    demo_example,
    flag,
    identifier,
    moment,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.claims import ClaimedTime
from services.booking.interface.refusals import ClosureImported, ClosureInPast, ClosureOver, PlanOutdated, TimeInUse, TooManyHit

REASONS = Words(
    {
        "maintenance": ("设备维护", "Maintenance"),
        "cleaning": ("清洁消毒", "Cleaning"),
        "official_use": ("公务使用", "Official use"),
        "event": ("活动占用", "An event"),
        "weather": ("恶劣天气", "Bad weather"),
        "staff": ("人员调整", "Staff are away"),
        "safety": ("安全原因", "Safety"),
        "other": ("其他原因", "Another reason"),
    }
)
BLOCK_REASONS = ("cleaning", "maintenance", "official_use")  # for which a clerk blocks a free time
KEEP, FREE = "keep", "free"
STATES = Words({"coming": ("未开始", "Coming"), "running": ("进行中", "Now"), "over": ("已结束", "Over")})
MOST_SPACES = 200  # of one closure; a whole community has no limit
MOST_BOOKINGS = 300  # that one closure moves or cancels
LONGEST = timedelta(days=366)
LONGEST_BLOCK = timedelta(days=7)
CLOSURE_TOO_LONG = Rule("closure_too_long", "At most {days} days.", "最多 {days} 天。")
WHOLE_OR_SPACES = Rule("whole_or_spaces", "Name spaces, or the whole community.", "请选择场地，或选择整个社区。")


class ClosedSpace(Answer):
    space_id = identifier()
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="space.name")


class Closure(Versioned):
    whole = flag(description="all spaces of the community")
    spaces = fields.List(fields.Nested(ClosedSpace), required=True, metadata={"description": "empty if `whole`"})
    starts_at = moment()
    ends_at = moment("2026-03-02T12:00:00+08:00")
    reason = word(REASONS)
    note = names("更换灯具", "New lamps", maybe=True, description="everybody may read it")
    state = word(STATES)
    created_at = moment()
    ended_at = moment(maybe=True, description="if it was ended early")
    outside_uid = text("学校课表#uid-1", maybe=True, description="the entry of the outside calendar from which it comes")
    moved = number(2, description="bookings that it moved")
    cancelled = number(1, description="bookings that it cancelled")
    by_desk = flag(description="a clerk blocked a time that was free")
    can = fields.List(
        fields.String(), required=True, metadata={"example": ["end"], "description": "what you may do with it now: end"}
    )


class Offer(Answer):
    space_id = identifier()
    space_name = names("羽毛球2号场", "Badminton court 2")
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    unlikeness = number(20, description="how unlike the booking, in minutes: an hour later on that day is 70, a week later 200")


class HitBooking(Answer):
    booking_id = identifier(attribute="booking.id")
    space_id = identifier(attribute="booking.space_id")
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="booking.space.name")
    resident_id = identifier(attribute="booking.resident_id")
    resident_name = text("王秀英", maybe=True, description="added by the gateway; each access is logged")
    starts_at = moment(attribute="booking.starts_at")
    ends_at = moment("2026-03-02T10:00:00+08:00", attribute="booking.ends_at")
    attendees = number(4, attribute="booking.attendees")
    started = flag(description="it is going on: it stays, tell the people there")
    offers = fields.List(
        fields.Nested(Offer),
        required=True,
        metadata={"description": "first the time that the plan gives it, then others that the plan gives nobody"},
    )
    locked = word(("move", "cancel"), maybe=True, description="decided already: it moves to the first offer, or is cancelled")
    number = text("6C1B9E4F", attribute="booking.number")  # last: it hides a function


class Shift(Answer):
    """The same closure at another time."""

    starts_at = moment("2026-03-04T09:00:00+08:00")
    ends_at = moment("2026-03-04T12:00:00+08:00")
    bookings = number(1, description="that would be in its way")
    people = number(4, description="for whom these are")
    sessions = number(0, description="of club events that would be in its way")


class ClosurePlan(Answer):
    """All bookings that are in the way, with a plan for all of them together, and the times of club events. As few people as
    possible are left without another time, and the other times are as much like theirs as possible: people × unlikeness, added
    up, is least."""

    community_id = text(EXAMPLE_COMMUNITY)
    items = fields.List(fields.Nested(HitBooking), required=True)
    claimed_times = fields.List(
        fields.Nested(ClaimedTime),
        required=True,
        metadata={"description": "sessions of club events: they stay, and their organisers are told"},
    )
    requests = number(1, description="requests that wait for approval: they are declined, and those who asked are told")
    people = number(4, description="for whom the bookings are that have not started")
    without_offer = number(0, description="bookings for which the plan has no other time")
    fewer = fields.List(
        fields.Nested(Shift),
        required=True,
        metadata={"description": "up to three other times, within two weeks, at which fewer people would have to move"},
    )


class _ClosedTime(Request):
    community_id = Code(required=True, example="liuyi")
    whole = Flag(load_default=False, example=False, description="all spaces of the community")
    space_ids = ListOf(
        Id(), most=MOST_SPACES, distinct=True, load_default=list, example=[demo_example("space", "table-tennis-4")]
    )
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, example="2026-03-02T12:00:00+08:00")

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "starts_at", "ends_at")
        if data["ends_at"] - data["starts_at"] > LONGEST:
            raise FieldError(CLOSURE_TOO_LONG, "ends_at", days=LONGEST.days)
        if data["whole"] == bool(data["space_ids"]):
            raise FieldError(WHOLE_OR_SPACES, "space_ids")


class MoveTo(Part):
    space_id = Id(required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, example="2026-03-02T10:00:00+08:00")

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "starts_at", "ends_at")


class Decision(Part):
    """What happens to a booking that is in the way: it moves, or without `move_to` it is cancelled."""

    booking_id = Id(required=True)
    move_to = fields.Nested(MoveTo)


class PreviewClosure(_ClosedTime):
    """`decisions` are kept, as far as they are possible; the plan is made for the other bookings."""

    decisions = ListOf(fields.Nested(Decision), most=MOST_BOOKINGS, load_default=list, example=[])


class CloseSpaces(_ClosedTime):
    """`decisions` names every booking of the preview. Nothing is closed if another booking has come since."""

    reason = OneOf(*REASONS, required=True)
    note = Bilingual(most=200, zh="更换灯具", en="New lamps", allow_none=True)
    decisions = ListOf(fields.Nested(Decision), most=MOST_BOOKINGS, load_default=list, example=[])
    outside_uid = Text(
        most=300,
        allow_none=True,
        example=None,
        description="the entry of an outside calendar: its calendar, its UID, and if it repeats, its original start. If it is"
        " closed already at another time, that closure ends in the same transaction",
    )
    without_answer = OneOf(
        KEEP,
        FREE,
        load_default=KEEP,
        description="who is moved is asked whether the new time suits; what becomes of it without an answer. `free`: it is free"
        " again 24 hours before, if there were twelve hours to answer",
    )


class BlockTime(Request):
    """A free time of one space, at most seven days."""

    space_id = Id(required=True, example=demo_example("space", "table-tennis-4"))
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, example="2026-03-02T12:00:00+08:00")
    reason = OneOf(*BLOCK_REASONS, required=True)
    note = Bilingual(most=200, zh="换地胶", en="New floor", allow_none=True, description="everybody may read it")

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "starts_at", "ends_at")
        if data["ends_at"] - data["starts_at"] > LONGEST_BLOCK:
            raise FieldError(CLOSURE_TOO_LONG, "ends_at", days=LONGEST_BLOCK.days)


class ListClosures(Paged):
    community_id = Code(example=None)
    space_id = Id(example=None)
    state = OneOf("current", "over", description="coming and running ones, the earliest first; or those that are over")
    start = Moment(data_key="from", example=None, description="those that end after it")
    end = Moment(data_key="to", example=None, description="those that begin before it")

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "start", "end", names={"start": "from", "end": "to"})


class GetClosure(Request):
    closure_id = Id(required=True)


class EndClosure(Expecting):
    closure_id = Id(required=True)


class EndedClosure(Answer):
    """What became of it: `ended`, or `taken_back` if it had not begun. Bookings that it moved or cancelled stay so."""

    id = identifier()
    community_id = text(EXAMPLE_COMMUNITY)
    outcome = word(("ended", "taken_back"))


LIST_CLOSURES = Query(
    "booking.list_closures", "List closures", takes=ListClosures(), gives=page_of(Closure), refuses=(Forbidden,)
)
GET_CLOSURE = Query("booking.get_closure", "Read a closure", takes=GetClosure(), gives=Closure(), refuses=(Forbidden, NotFound))
PREVIEW_CLOSURE = Query(
    "booking.preview_closure",
    "See which bookings a closure would affect",
    takes=PreviewClosure(),
    gives=ClosurePlan(),
    refuses=(Forbidden, ClosureInPast, TooManyHit),
    description="With a plan for all of them together: times in spaces of the same kind with enough room, as much like"
    " the booked ones as possible. And with other times for the closure that would be in the way of fewer people.",
)
CLOSE_SPACES = Command(
    "booking.close_spaces",
    "Close spaces for a time",
    takes=CloseSpaces(),
    gives=Closure(),
    refuses=(Forbidden, ClosureInPast, PlanOutdated, TooManyHit, ClosureImported),
    description="Moves and cancels the bookings that are in the way, in the same transaction. Each resident is notified. Club"
    " events keep their rooms, and their organisers are told.",
)
BLOCK_TIME = Command(
    "booking.block_time",
    "Block a free time of a space",
    takes=BlockTime(),
    gives=Closure(),
    refuses=(Forbidden, NotFound, ClosureInPast, TimeInUse),
    description="For clerks. It moves and cancels nothing: if a booking, a request, a session, an offer to who waits, a lottery"
    " or another closure has the time, it is refused, and an admin closes the space instead.",
)
END_CLOSURE = Command(
    "booking.end_closure",
    "End a closure early, or unblock a time",
    takes=EndClosure(),
    gives=EndedClosure(),
    refuses=(Forbidden, NotFound, ClosureOver),
    description="Clerks end what the desk has blocked (`by_desk`), admins every closure.",
)
