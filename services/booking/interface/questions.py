"""Questions whether a date of a series is still needed, or whether the new time of a booking suits that a closure moved.
Residents answer theirs, staff answer for them."""

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Code,
    Command,
    Expecting,
    Id,
    Moment,
    OneOf,
    Paged,
    Query,
    Request,
    Text,
    Versioned,
    Words,
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
from services.booking.interface.refusals import (
    NeedsApproval,
    NotCancellable,
    NotReschedulable,
    QuestionSettled,
    SpaceTaken,
    TimeNotOffered,
)
from services.booking.interface.series import Series

OPEN = "open"
STATES = Words(
    {
        OPEN: ("等待答复", "Waiting for an answer"),
        "needed": ("还要用", "Still needed"),
        "not_needed": ("不用了，时间已让出", "Not needed, free again"),
        "another": ("另选了时间", "Chose another time"),
        "kept": ("没有答复，按新时间保留", "No answer, the new time is kept"),
        "no_answer": ("没有答复，时间已让出", "No answer, free again"),
        "void": ("不再询问", "Not asked any more"),
    }
)
# The same states of a question about a booking that a closure moved.
OF_MOVES = Words(
    {
        OPEN: ("等待答复", "Waiting for an answer"),
        "needed": ("新时间可以", "The new time suits"),
        "not_needed": ("已取消", "Cancelled"),
        "another": ("另选了时间", "Chose another time"),
        "kept": ("没有答复，按新时间保留", "No answer, the new time is kept"),
        "no_answer": ("没有答复，时间已让出", "No answer, free again"),
        "void": ("不再询问", "Not asked any more"),
    }
)
NEEDED, MOVED = "needed", "moved"
KINDS = Words({NEEDED: ("是否还要用", "Still needed?"), MOVED: ("新时间是否合适", "Does the new time suit?")})
ANSWERS = ("needed", "not_needed", "all_needed")
SETTLED_BY = ("resident", "staff")


class MovedFrom(Answer):
    """Where a booking was before a closure moved it."""

    space_id = identifier()
    space_name = names("羽毛球1号场", "Badminton court 1")
    starts_at = moment("2026-03-01T09:00:00+08:00")
    ends_at = moment("2026-03-01T10:00:00+08:00")
    reason = names("设备维护", "Maintenance")


class LikeTime(Answer):
    space_id = identifier()
    space_name = names("羽毛球2号场", "Badminton court 2")
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    unlikeness = number(20, description="how unlike the time before the closure, in minutes")


class LikeTimes(Answer):
    """Times to which a booking could move instead, the most alike first."""

    items = fields.List(fields.Nested(LikeTime), required=True)


class Question(Versioned):
    """A date of a series, and whether it is still needed; or a booking that a closure moved, and whether its time suits."""

    kind = word(KINDS)
    closure_id = identifier(maybe=True, description="the closure that moved it; null for dates of series")
    moved_from = fields.Nested(
        MovedFrom,
        required=True,
        allow_none=True,
        attribute="shown_moved_from",
        metadata={"description": "null for dates of series"},
    )
    frees = flag(description="without an answer the time is free again; if false, silence means yes")
    booking_id = identifier()
    series_id = identifier(maybe=True, attribute="booking.series_id")
    space_id = identifier(attribute="booking.space_id")
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="booking.space.name")
    resident_id = identifier(attribute="booking.resident_id")
    resident_name = text("王秀英", maybe=True, description="only for staff; added by the gateway; each access is logged")
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    asked_at = moment()
    answer_by = moment("2026-03-01T09:00:00+08:00", description="without an answer until then, the time is free again")
    state = word(STATES)
    settled_at = moment(maybe=True)
    settled_by = word(SETTLED_BY, maybe=True, description="who answered; null if nobody did")
    can = fields.List(
        fields.String(),
        required=True,
        metadata={
            "example": ["answer"],
            "description": "what you may do with it now: answer; choose another time, if a closure moved it",
        },
    )


class ListQuestions(Paged):
    scope = OneOf("mine", "desk", load_default="mine", description="desk: all of your communities, for staff")
    community_id = Code(example=None, description="those of this community; at the desk one in which you work")
    series_id = Id(example=None, description="about dates of this series")
    booking_id = Id(example=None, description="about this booking")
    closure_id = Id(example=None, description="about the bookings that this closure moved")
    state = OneOf(*STATES, description="open: those that wait for an answer")


class GetQuestion(Request):
    question_id = Id(required=True)


class AnswerQuestion(Expecting):
    question_id = Id(required=True)
    answer = OneOf(
        *ANSWERS,
        required=True,
        example="needed",
        description="not_needed frees the time; all_needed: so are all later dates of the series, and nobody is asked again",
    )


class FindLikeTimes(Request):
    question_id = Id(required=True)


class ChooseLikeTime(Expecting):
    question_id = Id(required=True)
    space_id = Id(required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, example="2026-03-02T10:00:00+08:00")


class ExemptSeries(Expecting):
    series_id = Id(required=True)
    reason = Text(most=200, required=True, example="老年团队，不用手机", description="staff see it")


class AskSeries(Expecting):
    series_id = Id(required=True)


LIST_QUESTIONS = Query(
    "booking.list_questions",
    "List questions whether a date is still needed",
    takes=ListQuestions(),
    gives=page_of(Question),
    refuses=(Forbidden,),
    description="By the time until which an answer is wanted, the latest first; `open` ones the most urgent first.",
)
GET_QUESTION = Query(
    "booking.get_question",
    "Read a question whether a date is still needed",
    takes=GetQuestion(),
    gives=Question(),
    refuses=(NotFound,),
)
ANSWER_QUESTION = Command(
    "booking.answer_question",
    "Say whether a date is still needed",
    takes=AnswerQuestion(),
    gives=Question(),
    refuses=(NotFound, Forbidden, QuestionSettled, NotCancellable),
    description="`not_needed` works also after the cancel deadline: the centre has asked.",
)
FIND_LIKE_TIMES = Query(
    "booking.find_like_times",
    "See to which times a booking could move that a closure moved",
    takes=FindLikeTimes(),
    gives=LikeTimes(),
    refuses=(NotFound, Forbidden, QuestionSettled),
    description="Up to twelve, the most like the time before the closure first.",
)
CHOOSE_LIKE_TIME = Command(
    "booking.choose_like_time",
    "Choose another time for a booking that a closure moved",
    takes=ChooseLikeTime(),
    gives=Question(),
    refuses=(NotFound, Forbidden, QuestionSettled, NotReschedulable, NeedsApproval, TimeNotOffered, SpaceTaken),
    description="One of the times of `findLikeTimes`. It works also after the cancel deadline: the centre has asked.",
)
EXEMPT_SERIES = Command(
    "booking.exempt_series",
    "Stop asking about a series",
    takes=ExemptSeries(),
    gives=Series(),
    refuses=(NotFound, Forbidden),
    description="For clerks and grid workers. Its dates are kept without an answer; open questions end.",
)
ASK_SERIES = Command(
    "booking.ask_series",
    "Ask about a series again",
    takes=AskSeries(),
    gives=Series(),
    refuses=(NotFound, Forbidden),
    description="Takes back an exemption (clerks and grid workers) or the answer that all dates are needed.",
)
