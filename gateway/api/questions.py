"""Questions whether a date of a series is still needed, or whether the new time of a booking suits that a closure moved.
Residents answer theirs, staff answer for them."""

from gateway.api.access import SIGNED_IN
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from services.booking.interface.questions import (
    ANSWER_QUESTION,
    ASK_SERIES,
    CHOOSE_LIKE_TIME,
    EXEMPT_SERIES,
    FIND_LIKE_TIMES,
    GET_QUESTION,
    LIST_QUESTIONS,
)

questions = Resource("questions", "还要用吗 · Questions whether a date of a series is still needed")
_NAMES = {"resident_id": "resident_name"}
_ONE = "/questions/<uuid:question_id>"
_NEXT = ("getQuestion", "answerQuestion")

questions.expose(
    LIST_QUESTIONS, "GET /questions", who=SIGNED_IN, names=_NAMES, links=links("question_id", *_NEXT, value=FIRST_ITEM)
)
questions.expose(GET_QUESTION, f"GET {_ONE}", who=SIGNED_IN, names=_NAMES)
questions.expose(ANSWER_QUESTION, f"POST {_ONE}/answer", who=SIGNED_IN)
questions.expose(FIND_LIKE_TIMES, f"GET {_ONE}/like-times", who=SIGNED_IN)
questions.expose(CHOOSE_LIKE_TIME, f"POST {_ONE}/choose", who=SIGNED_IN)
questions.expose(EXEMPT_SERIES, "POST /series/<uuid:series_id>/exempt", who=SIGNED_IN)
questions.expose(ASK_SERIES, "POST /series/<uuid:series_id>/ask", who=SIGNED_IN)
