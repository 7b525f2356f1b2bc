"""Questions whether a date of a series is still needed. Residents answer theirs, staff answer for them."""

from marshmallow import fields

from chassis.rpc.interface import (
    Code,
    Command,
    Expecting,
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
from services.booking.interface.refusals import NotCancellable, QuestionSettled
from services.booking.interface.series import Series

OPEN = "open"
STATES = Words(
    {
        OPEN: ("等待答复", "Waiting for an answer"),
        "needed": ("还要用", "Still needed"),
        "not_needed": ("不用了，时间已让出", "Not needed, free again"),
        "no_answer": ("没有答复，时间已让出", "No answer, free again"),
        "void": ("不再询问", "Not asked any more"),
    }
)
ANSWERS = ("needed", "not_needed", "all_needed")
SETTLED_BY = ("resident", "staff")


class Question(Versioned):
    """A date of a series, and whether it is still needed."""

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
        fields.String(), required=True, metadata={"example": ["answer"], "description": "what you may do with it now: answer"}
    )


class ListQuestions(Paged):
    scope = OneOf("mine", "desk", load_default="mine", description="desk: all of your communities, for staff")
    community_id = Code(example=None, description="those of this community; at the desk one in which you work")
    series_id = Id(example=None, description="about dates of this series")
    booking_id = Id(example=None, description="about this booking")
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
