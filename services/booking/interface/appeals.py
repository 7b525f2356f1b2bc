"""Appeals against no-shows: residents make them, clerks and grid workers answer."""

from marshmallow import validates_schema

from chassis.rpc.interface import (
    Code,
    Command,
    Expecting,
    FieldError,
    Id,
    OneOf,
    Paged,
    Query,
    Request,
    Text,
    Versioned,
    Words,
    identifier,
    moment,
    names,
    page_of,
    text,
    word,
)
from chassis.rpc.refusal import Forbidden, NotFound
from chassis.rpc.rules import REQUIRED
from services.booking.interface.appeal_refusals import AppealAnswered, NotAppealable

APPEAL_REASONS = Words(
    {
        "was_there": ("我到场了", "I was there"),
        "could_not_check_in": ("到场了但没能签到", "I was there but could not check in"),
        "emergency": ("生病或有急事，来不及取消", "Illness or an emergency; I could not cancel in time"),
        "unusable": ("场地没开门或不能用", "The space was locked or could not be used"),
        "other": ("其他原因", "Another reason"),
    }
)
APPEAL_STATES = Words(
    {"open": ("等待答复", "Waiting for an answer"), "granted": ("已谅解", "Excused"), "refused": ("未获谅解", "Not excused")}
)
OUTCOMES = ("granted", "refused")


class MakeAppeal(Request):
    booking_id = Id(required=True)
    reason = OneOf(*APPEAL_REASONS, required=True, example="was_there")
    text = Text(most=300, example="我们七点就到了，忘了扫码。")


class ListAppeals(Paged):
    community_id = Code(example=None, description="those of this community, in which you work")
    state = OneOf(*APPEAL_STATES, load_default="open")


class GetAppeal(Request):
    booking_id = Id(required=True)


class AnswerAppeal(Expecting):
    appeal_id = Id(required=True)
    outcome = OneOf(*OUTCOMES, required=True, example="granted", description="granted: the no-show is excused")
    note = Text(most=300, example="监控里看到您到场了。", description="the resident reads it; needed to refuse")

    @validates_schema
    def _a_refusal_has_a_reason(self, data: dict[str, object], **_: object) -> None:
        if data.get("outcome") == "refused" and not data.get("note"):
            raise FieldError(REQUIRED, "note")


class Appeal(Versioned):
    booking_id = identifier()
    resident_id = identifier()
    resident_name = text("王秀英", maybe=True, description="only for staff; added by the gateway; each access is logged")
    space_id = identifier(attribute="booking.space_id")
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="booking.space.name")
    starts_at = moment(attribute="booking.starts_at")
    reason = word(APPEAL_REASONS)
    state = word(APPEAL_STATES)
    made_at = moment()
    made_by = identifier(description="the resident or their guardian")
    decided_at = moment(maybe=True)
    decided_by = identifier(maybe=True, description="only for staff", attribute="shown_decider")
    note = text("监控里看到您到场了。", maybe=True, description="what the staff say about it")
    text = text("我们七点就到了，忘了扫码。", maybe=True)  # last: it hides a function


APPEAL_NO_SHOW = Command(
    "booking.appeal_no_show",
    "Say that a no-show is none of yours",
    takes=MakeAppeal(),
    gives=Appeal(),
    refuses=(NotFound, Forbidden, NotAppealable),
    description="Once for each no-show, within 14 days. You are told what the staff answer.",
)
LIST_APPEALS = Query(
    "booking.list_appeals",
    "List appeals against no-shows",
    takes=ListAppeals(),
    gives=page_of(Appeal),
    refuses=(Forbidden,),
    description="Of the communities in which you work, the oldest first.",
)
GET_APPEAL = Query(
    "booking.get_appeal", "Read the appeal about a booking", takes=GetAppeal(), gives=Appeal(), refuses=(NotFound,)
)
ANSWER_APPEAL = Command(
    "booking.answer_appeal",
    "Excuse a no-show, or refuse to",
    takes=AnswerAppeal(),
    gives=Appeal(),
    refuses=(NotFound, Forbidden, AppealAnswered),
    description="An excused no-show counts for nothing. The resident is told.",
)
