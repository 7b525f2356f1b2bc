"""Cases: reports, lists, history and steps."""

from typing import Any

from gateway.api.access import ANY_STAFF, MAYBE_SIGNED_IN, SIGNED_IN
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.operation import PREFIX, Answer
from gateway.api.resource import Resource
from gateway.http import limits
from gateway.operations.report_case import report_case
from services.cases.interface.cases import GET_CASE, GET_CASE_HISTORY, LIST_CASES, LOOK_UP_CASE, REPORT_CASE
from services.cases.interface.steps import (
    ACCEPT_CASE,
    CLOSE_CASE,
    DECLINE_CASE,
    DISPATCH_CASE,
    REOPEN_CASE,
    RETURN_CASE,
    SETTLE_CASE,
)

cases = Resource("cases", "事项 · Cases from report to close")
_STEPS = ("acceptCase", "declineCase", "dispatchCase", "returnCase", "settleCase", "closeCase", "reopenCase")
_NEXT = ("getCase", "getCaseHistory", *_STEPS)
_NAMES = {"reporter_id": "reporter_name", "handler_id": "handler_name"}
_ONE = "/cases/<uuid:case_id>"


def _report(payload: dict[str, Any]) -> Answer:
    answer = report_case(payload)
    return Answer(answer, f"{PREFIX}/cases/{answer['case']['id']}")


cases.expose(
    REPORT_CASE,
    "POST /cases",
    who=MAYBE_SIGNED_IN,
    status=201,
    send=_report,
    refuses=(404, 429),
    links=links("case_id", *_NEXT, value="$response.body#/case/id"),
)
cases.expose(LIST_CASES, "GET /cases", who=SIGNED_IN, names=_NAMES, links=links("case_id", *_NEXT, value=FIRST_ITEM))
cases.expose(GET_CASE, f"GET {_ONE}", who=SIGNED_IN, names=_NAMES)
cases.expose(GET_CASE_HISTORY, f"GET {_ONE}/history", who=SIGNED_IN)
cases.expose(LOOK_UP_CASE, "POST /cases/lookup", spends=limits.LOOK_UPS)
cases.expose(ACCEPT_CASE, f"POST {_ONE}/accept", who=ANY_STAFF, names=_NAMES)
cases.expose(DECLINE_CASE, f"POST {_ONE}/decline", who=ANY_STAFF, names=_NAMES)
cases.expose(DISPATCH_CASE, f"POST {_ONE}/dispatch", who=ANY_STAFF, names=_NAMES)
cases.expose(RETURN_CASE, f"POST {_ONE}/return", who=ANY_STAFF, names=_NAMES)
cases.expose(SETTLE_CASE, f"POST {_ONE}/settle", who=ANY_STAFF, names=_NAMES)
cases.expose(CLOSE_CASE, f"POST {_ONE}/close", who=SIGNED_IN, names=_NAMES)
cases.expose(REOPEN_CASE, f"POST {_ONE}/reopen", who=ANY_STAFF, names=_NAMES)
