"""Waiting for a time that is taken, and offers of times that were freed."""

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
    Moment,
    OneOf,
    Paged,
    Query,
    Request,
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
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.bookings import MAX_ATTENDEES, RULES_OF_A_TIME, Booking, Times
from services.booking.interface.refusals import (
    AlreadyWaiting,
    CancelDeadlinePassed,
    NoLine,
    NotEarlier,
    NotForYourCommunity,
    NotReschedulable,
    OfferOver,
    TimeIsFree,
    TooLateToWait,
    TooManyWaits,
    WaitOver,
    WindowTooWide,
)
from services.booking.interface.spaces import SECTIONS

MOST_OPEN = 5  # of one resident
STATES = Words(
    {
        "waiting": ("候补中", "Waiting"),
        "offered": ("有空位，等您确认", "A place for you: please answer"),
        "fulfilled": ("已订到", "Booked"),
        "declined": ("您没有要", "You declined it"),
        "lapsed": ("没有及时答复", "Not answered in time"),
        "unfulfilled": ("没有等到", "No place came free"),
        "withdrawn": ("已退出候补", "Given up"),
    }
)
OFFER_STATES = ("open", "accepted", "declined", "expired", "withdrawn")
STEPS = ("accept", "decline", "cancel")  # what a caller may do with a wait


class WaitOffer(Answer):
    id = identifier()
    space_id = identifier()
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="space.name")
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    expires_at = moment("2026-03-01T12:00:00+08:00", description="answer before then")


class Wait(Versioned):
    space_id = identifier()
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="space.name")
    section = word(SECTIONS, attribute="space.section")
    alike = flag(description="any other space of the same kind and section will do, too")
    resident_id = identifier()
    resident_name = text("王秀英", maybe=True, description="only for staff; added by the gateway; each access is logged")
    booking_id = identifier(maybe=True, description="the booking for which an earlier time is wanted")
    starts_at = moment(description="the wanted time; the nearest one is offered")
    ends_at = moment("2026-03-02T10:00:00+08:00")
    earliest_at = moment(description="a time between these two will do, if it is as long")
    latest_at = moment("2026-03-02T10:00:00+08:00")
    attendees = number(4)
    care = flag(description="staff have put it in front")
    state = word(STATES)
    place = number(1, maybe=True, description="in line, counting those who may take one of its times; null if not waiting")
    offer = fields.Nested(
        WaitOffer, required=True, allow_none=True, metadata={"description": "the time that is held for it now"}
    )
    asked_at = moment()
    open_until = moment(description="after that nothing is offered")
    ended_at = moment(maybe=True)
    can = fields.List(
        fields.String(),
        required=True,
        metadata={"example": list(STEPS), "description": f"what you may do with it now: {', '.join(STEPS)}"},
    )


class WaitForSpace(Times):
    space_id = Id(required=True, example=demo_example("space", "badminton-court-1"))
    alike = Flag(load_default=False, example=False, description="true: any other space of the same kind and section, too")
    earliest_at = Moment(description="with `latest_at`: another time of that day will do; left out: exactly this time")
    latest_at = Moment(example="2026-03-02T12:00:00+08:00")
    resident_id = Id(example=None, description="who waits: your child; for clerks and grid workers also a resident")
    attendees = Count(least=1, most=MAX_ATTENDEES, example=4, load_default=1)
    care = Flag(load_default=False, example=False, description="for clerks and grid workers: comes before others")

    @validates_schema
    def _has_a_window(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "earliest_at", "latest_at")


class AskForEarlier(Request):
    booking_id = Id(required=True)
    after = Moment(example=None, description="no time before this will do; left out: now")
    alike = Flag(load_default=False, example=False, description="true: any other space of the same kind and section, too")


class ListWaits(Paged):
    scope = OneOf("mine", "desk", load_default="mine", description="desk: all of your communities, for staff")
    community_id = Code(example=None, description="those of this community; at the desk one in which you work")
    space_id = Id(example=None)
    resident_id = Id(example=None, description="in `mine`: you or your child")
    start = Moment(data_key="from", example=None)
    end = Moment(data_key="to", example=None)
    over = Flag(load_default=False, example=False, description="true: also those that have ended")

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "start", "end", names={"start": "from", "end": "to"})


class GetWait(Request):
    wait_id = Id(required=True)


class CancelWait(Expecting):
    wait_id = Id(required=True)


class AnswerOffer(Request):
    wait_id = Id(required=True)
    offer_id = Id(required=True, description="the offer that you saw")


WAIT_FOR_SPACE = Command(
    "booking.wait_for_space",
    "Wait for a time that is taken",
    takes=WaitForSpace(),
    gives=Wait(),
    refuses=(
        NoLine,
        NotFound,
        Forbidden,
        NotForYourCommunity,
        *(rule for rule in RULES_OF_A_TIME if rule.code not in ("booking.space_taken", "booking.limit_reached")),
        WindowTooWide,
        TimeIsFree,
        AlreadyWaiting,
        TooManyWaits,
        TooLateToWait,
    ),
    description="When the time is freed, it is held for the first in line, who has two hours to accept. Limits count then.",
)
ASK_FOR_EARLIER = Command(
    "booking.ask_for_earlier",
    "Wait for an earlier time of a booking",
    takes=AskForEarlier(),
    gives=Wait(),
    refuses=(
        NotFound,
        Forbidden,
        NotReschedulable,
        CancelDeadlinePassed,
        NoLine,
        NotEarlier,
        TimeIsFree,
        AlreadyWaiting,
        TooManyWaits,
        TooLateToWait,
    ),
    description="A time as long as the booking, before it. Accepting the offer moves the booking, and frees its later time.",
)
LIST_WAITS = Query("booking.list_waits", "List who waits", takes=ListWaits(), gives=page_of(Wait), refuses=(Forbidden,))
GET_WAIT = Query("booking.get_wait", "Read a place in line", takes=GetWait(), gives=Wait(), refuses=(NotFound,))
CANCEL_WAIT = Command(
    "booking.cancel_wait",
    "Stop waiting",
    takes=CancelWait(),
    gives=Wait(),
    refuses=(NotFound, Forbidden, WaitOver),
    description="A time that is held for it goes to the next in line.",
)
ACCEPT_OFFER = Command(
    "booking.accept_offer",
    "Accept an offered time",
    takes=AnswerOffer(),
    gives=Booking(),
    refuses=(
        NotFound,
        Forbidden,
        OfferOver,
        NotReschedulable,
        CancelDeadlinePassed,
        *(rule for rule in RULES_OF_A_TIME if rule.code != "booking.space_taken"),
    ),
    description="The time becomes a booking. An offer that was accepted gives the same booking again.",
)
DECLINE_OFFER = Command(
    "booking.decline_offer",
    "Decline an offered time",
    takes=AnswerOffer(),
    gives=Wait(),
    refuses=(NotFound, Forbidden, OfferOver),
    description="It goes to the next in line at once. Who would take other times, too, stays in line.",
)
