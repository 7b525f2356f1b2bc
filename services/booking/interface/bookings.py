"""Bookings of spaces. Residents see their own, staff see those of their community."""

from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    Code,
    Command,
    Count,
    Expecting,
    Flag,
    Id,
    ListOf,
    Moment,
    OneOf,
    Paged,
    Pattern,
    Query,
    Request,
    Rule,
    Text,
    Versioned,
    Words,
    check_order,
    demo_example,
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
from services.booking.interface.booking_words import DECLINED_BECAUSE, STAFF_REASONS, STATES
from services.booking.interface.equipment_refusals import (
    EquipmentNotHere,
    EquipmentTaken,
    EquipmentTooSoon,
    TooMuchEquipment,
)
from services.booking.interface.equipment_words import BookedEquipment, WantsEquipment, if_taken_field
from services.booking.interface.lottery_refusals import DecidedByLottery
from services.booking.interface.refusals import (
    AttendeesFixed,
    CancelDeadlinePassed,
    Closed,
    EndsBeforeStart,
    InPast,
    KeptForCounter,
    KeptForElders,
    LimitReached,
    NeedsApproval,
    NotCancellable,
    NotForYourCommunity,
    NotOpenYet,
    NotReschedulable,
    NotRunning,
    OffGrid,
    OutOfUse,
    OverCapacity,
    PartClosed,
    PurposeFixed,
    SpaceTaken,
    TooFar,
    TooLong,
    TooManyNoShows,
    TooShort,
    TooSoon,
)
from services.booking.interface.spaces import SECTIONS

# Why a date of a series is free again after its resident was asked whether it is still needed.
UNNEEDED = Words(
    {
        "not_needed": ("询问时回答不需要了", "Asked, and not needed any more"),
        "no_answer": ("询问是否还要用，没有收到答复", "Asked whether it is still needed; nobody answered"),
    }
)
PRESENCE_STEPS = ("check_in", "no_show", "undo", "appeal")
# What a caller may do with a booking. Approvers accept and decline requests.
_CHANGES = ("cancel", "move", "change_attendees", "change_purpose", "change_equipment", "end")
STEPS = (*_CHANGES, "accept", "decline", *PRESENCE_STEPS)
CHECKED_IN_BY = ("resident", "staff")
NO_SHOW_BY = ("job", "staff")
MAX_ATTENDEES = 100_000  # of any request; the space has its own capacity
MOST_BEYOND_MOVES = 50  # of one booking
MOST_RESIDENTS = 50  # of one search
NOT_A_BOOKING_NUMBER = Rule(
    "not_a_booking_number", "The number of a booking has 8 digits or letters from A to F.", "预约编号为 8 位数字或字母 A 至 F。"
)
IN_ANOTHER_COMMUNITY = Rule(
    "in_another_community",
    "The space is in another community. Cancel the booking, and book there.",
    "该场地在其他社区，请取消后到那里重新预约。",
)
RULES_OF_A_TIME = (
    EndsBeforeStart,
    InPast,
    TooSoon,
    KeptForCounter,
    KeptForElders,
    NotOpenYet,
    TooFar,
    TooShort,
    TooLong,
    OffGrid,
    OverCapacity,
    Closed,
    PartClosed,
    DecidedByLottery,
    OutOfUse,
    LimitReached,
    TooManyNoShows,
    SpaceTaken,
)
RULES_OF_EQUIPMENT = (EquipmentNotHere, TooMuchEquipment, EquipmentTooSoon, EquipmentTaken)


class BeyondMove(Answer):
    """A move beyond the rules that residents keep: when, by whom, why, the codes of these rules, and to where."""

    at = fields.String(required=True, metadata={"format": "date-time", "example": "2026-03-01T09:00:00+08:00"})
    by = identifier()
    reason = text("会场更换", maybe=True, description="null after its resident was erased")
    rules = fields.List(fields.String(), required=True, metadata={"example": ["booking.too_far"]})
    space_id = identifier()
    space_name = names("羽毛球1号场", "Badminton court 1")
    starts_at = fields.String(required=True, metadata={"format": "date-time", "example": "2026-06-02T09:00:00+08:00"})
    ends_at = fields.String(required=True, metadata={"format": "date-time", "example": "2026-06-02T10:00:00+08:00"})


class Booking(Versioned):
    space_id = identifier()
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="space.name")
    section = word(SECTIONS, attribute="space.section")
    resident_id = identifier()
    resident_name = text("王秀英", maybe=True, description="only for staff; added by the gateway; each access is logged")
    booked_by = identifier(maybe=True, description="null if another system booked")
    system_id = identifier(maybe=True, description="the other system that booked")
    system_name = text("12345 热线", maybe=True, description="only for staff; added by the gateway")
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    state = word(STATES)
    attendees = number(4)
    purpose = text("羽毛球练习", maybe=True, description="null for other systems", attribute="shown_purpose")
    series_id = identifier(maybe=True, description="the series of which it is a date; null for a single booking")
    series_day = fields.Date(
        allow_none=True,
        metadata={"example": "2026-03-02", "description": "which date of the series it is, also after it was moved"},
    )
    beyond_reason = text(
        "街道年度会议",
        maybe=True,
        description="why staff went beyond the rules; only for staff",
        attribute="shown_beyond_reason",
    )
    beyond_rules = fields.List(
        fields.String(),
        allow_none=True,
        attribute="shown_beyond_rules",
        metadata={"example": ["booking.too_far"], "description": "the codes of these rules; only for staff"},
    )
    beyond_moves = fields.List(
        fields.Nested(BeyondMove),
        required=True,
        attribute="shown_beyond_moves",
        metadata={"example": [], "description": "moves beyond the rules, oldest first; only for staff"},
    )
    created_at = moment()
    answer_by = moment(maybe=True, description="of a request: if nobody has answered by then, it lapses")
    competing = number(2, maybe=True, description="of a request that waits: how many others ask for overlapping times")
    decided_at = moment(maybe=True, description="when a request was accepted or declined")
    decided_by = identifier(maybe=True, description="who accepted or declined it; only for staff", attribute="shown_decider")
    decline_reason = word(DECLINED_BECAUSE, maybe=True, description="why a request was declined")
    decline_note = text("请写明人数", maybe=True, description="null for other systems", attribute="shown_decline_note")
    planned_ends_at = moment(maybe=True, description="when it was to end, if it was ended early")
    free_until = moment(description="until then its resident can cancel or move it; staff can until it starts")
    checked_in_at = moment(maybe=True, description="when its people came; null if nobody has said so")
    checked_in_by = word(CHECKED_IN_BY, maybe=True, description="resident: with the code at the door; staff: at the desk")
    no_show_at = moment(maybe=True, description="when it became a no-show; its time is free from then on")
    excused_at = moment(maybe=True, description="when the no-show was excused; it no longer counts")
    appealed_at = moment(maybe=True, description="when its resident said why nobody came; see the appeal of the booking")
    cancelled_at = moment(maybe=True)
    cancelled_by = word(("resident", "staff", "system"), maybe=True)
    changed_by_system_id = identifier(
        maybe=True, description="the other system that moved or cancelled it last; null if that was a person"
    )
    changed_by_system_name = text("12345 热线", maybe=True, description="only for staff; added by the gateway")
    staff_reason = word(STAFF_REASONS, maybe=True, description="why staff moved or cancelled it last; null if nobody did")
    unneeded = word(UNNEEDED, maybe=True, description="why it was cancelled after a question whether it is still needed")
    cancel_reason = text("临时有事", maybe=True, description="null for other systems", attribute="shown_reason")
    equipment = fields.List(
        fields.Nested(BookedEquipment),
        required=True,
        metadata={"description": "the equipment that it wants, and what became of that", "example": []},
    )
    can = fields.List(
        fields.String(),
        required=True,
        metadata={"example": list(STEPS), "description": f"what you may do with it now: {', '.join(STEPS)}"},
    )
    number = text("6C1B9E4F", description="what people call it by: the end of its id")  # last: it hides a function


class ListBookings(Paged):
    scope = OneOf(
        "mine", "desk", load_default="mine", description="desk: all bookings of your communities, for staff and systems"
    )
    community_id = Code(example=None, description="those of this community; at the desk one in which you work")
    space_id = Id()
    resident_id = Id(description="in `mine`: you or your child")
    state = OneOf(*STATES, "active", description="active: those that are confirmed or wait for approval")
    start = Moment(data_key="from")
    end = Moment(data_key="to", example="2026-03-09T00:00:00+08:00")

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "start", "end", names={"start": "from", "end": "to"})


class GetCalendarBookings(Request):
    start = Moment(data_key="from", required=True)


class SearchBookings(Paged):
    number = Pattern(r"[0-9A-Fa-f]{8}", NOT_A_BOOKING_NUMBER, example="6C1B9E4F")
    resident_ids = ListOf(Id(), most=MOST_RESIDENTS, distinct=True, load_default=list, example=[])


class GetBooking(Request):
    booking_id = Id(required=True)


class Times(Request):
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, example="2026-03-02T10:00:00+08:00")

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "starts_at", "ends_at")


def _resident_community() -> Code:
    return Code(example=None, description="the community of the resident, if another system asks; the gateway looks it up")


def _beyond_reason() -> Text:
    return Text(
        most=200,
        example=None,
        description="for clerks and grid workers: why this goes beyond notice, horizon, opening, kept times, the longest"
        " booking or limits. It is stored with the booking if it does; staff see it",
    )


class BookSpace(Times, WantsEquipment):
    space_id = Id(required=True, example=demo_example("space", "badminton-court-1"))
    resident_id = Id(
        example=None,
        description="whom to book for: your child; for clerks and grid workers also a resident; systems must name a resident",
    )
    resident_community_id = _resident_community()
    attendees = Count(least=1, most=MAX_ATTENDEES, example=4, load_default=1)
    purpose = Text(most=200, example="羽毛球练习")
    beyond_reason = _beyond_reason()
    as_elder = Flag(
        load_default=False,
        example=False,
        description="for clerks and grid workers: the resident is an elder, whose age is not known here",
    )


def staff_reason_field() -> OneOf:
    return OneOf(
        *STAFF_REASONS,
        example=None,
        description="for clerks and grid workers who do it for a resident: why. The resident is told. Left out: `other`",
    )


class CancelBooking(Expecting):
    booking_id = Id(required=True)
    reason = Text(most=200, example="临时有事")
    staff_reason = staff_reason_field()


class RescheduleBooking(Times, Expecting):
    booking_id = Id(required=True)
    space_id = Id(example=None, description="another space of the community; left out: the same space")
    staff_reason = staff_reason_field()
    beyond_reason = _beyond_reason()
    resident_community_id = _resident_community()
    if_equipment_taken = if_taken_field()


class ChangeAttendees(Expecting):
    booking_id = Id(required=True)
    attendees = Count(required=True, least=1, most=MAX_ATTENDEES, example=2)


class EndBooking(Expecting):
    booking_id = Id(required=True)


class CheckTime(Times):
    space_id = Id(required=True, example=demo_example("space", "badminton-court-1"))
    attendees = Count(least=1, most=MAX_ATTENDEES, example=4, load_default=1)
    moving = Id(
        example=None, description="a booking that you may move: it is asked for its resident, and its own time counts as free"
    )


class TimeChecked(Answer):
    """The time is free, and can be booked now."""

    space_id = identifier()
    community_id = text(EXAMPLE_COMMUNITY)
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")


class ChangePurpose(Expecting):
    booking_id = Id(required=True)
    purpose = Text(most=200, example="羽毛球比赛", description="left out: none")


class CalendarBooking(Versioned):
    """What a calendar file says of a booking."""

    space_name = names("羽毛球场 1", "Badminton court 1")
    resident_id = identifier()
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    state = word(STATES)
    created_at = moment()
    decided_at = moment(maybe=True)
    cancelled_at = moment(maybe=True)


class CalendarBookings(Answer):
    items = fields.List(fields.Nested(CalendarBooking), required=True)


LIST_BOOKINGS = Query(
    "booking.list_bookings", "List bookings", takes=ListBookings(), gives=page_of(Booking), refuses=(Forbidden,)
)
GET_CALENDAR_BOOKINGS = Query(
    "booking.get_calendar_bookings",
    "Read your bookings for a calendar file",
    takes=GetCalendarBookings(),
    gives=CalendarBookings(),
    refuses=(Forbidden,),
)
SEARCH_BOOKINGS = Query(
    "booking.search_bookings",
    "Find bookings by number or resident",
    takes=SearchBookings(),
    gives=page_of(Booking),
    refuses=(Forbidden,),
)
GET_BOOKING = Query("booking.get_booking", "Read a booking", takes=GetBooking(), gives=Booking(), refuses=(NotFound,))
BOOK_SPACE = Command(
    "booking.book_space",
    "Book a space",
    takes=BookSpace(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, NotForYourCommunity, *RULES_OF_A_TIME, *RULES_OF_EQUIPMENT),
    description="If two people book the same time, the second gets 409 `booking.space_taken` with `details.alternatives`. "
    "Guardians book for their children with `resident_id`, clerks and grid workers for residents. A system with "
    "`bookings:write` books for a resident within its reach, by the rules that apply to this resident. A space that needs "
    "approval is only requested: the state is `requested`, `answer_by` says by when one hears, and the time is not kept. "
    "With `equipment`, it is booked in the same moment: all of it, or with `if_equipment_taken` what there is.",
)
CHECK_TIME = Query(
    "booking.check_time",
    "Ask whether a time can be booked",
    takes=CheckTime(),
    gives=TimeChecked(),
    refuses=(NotFound, Forbidden, *RULES_OF_A_TIME),
    description="Refuses as booking that time would, with the same reason. Nothing is booked, and the time is not kept.",
)
CANCEL_BOOKING = Command(
    "booking.cancel_booking",
    "Cancel a booking",
    takes=CancelBooking(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, NotCancellable, CancelDeadlinePassed),
)
RESCHEDULE_BOOKING = Command(
    "booking.reschedule_booking",
    "Move a booking to another time or another space",
    takes=RescheduleBooking(),
    gives=Booking(),
    refuses=(
        NotFound,
        Forbidden,
        NotForYourCommunity,
        NotReschedulable,
        NeedsApproval,
        CancelDeadlinePassed,
        *RULES_OF_A_TIME,
        EquipmentTaken,
    ),
)
CHANGE_ATTENDEES = Command(
    "booking.change_attendees",
    "Change the number of people of a booking",
    takes=ChangeAttendees(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, AttendeesFixed, OverCapacity),
)
CHANGE_PURPOSE = Command(
    "booking.change_purpose",
    "Change the purpose of a booking",
    takes=ChangePurpose(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, PurposeFixed),
)
END_BOOKING = Command(
    "booking.end_booking",
    "End a booking early",
    takes=EndBooking(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, NotRunning),
    description="For a booking that is going on. It ends at the next full minute, and the rest of its time is free.",
)
