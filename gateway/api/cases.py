"""Cases: reports, lists, history and steps."""

from typing import Any

from gateway.api.access import ANY_STAFF, MAYBE_SIGNED_IN, SIGNED_IN
from gateway.api.documentation import FIRST_ITEM, links, operation_id
from gateway.api.operation import PREFIX, Answer
from gateway.api.resource import Resource
from gateway.http import limits
from gateway.operations import slips
from gateway.operations.report_case import report_case
from gateway.refusals.requests import SignInToReport
from services.cases.interface.cases import GET_CASE, GET_CASE_HISTORY, LIST_CASES, REPORT_CASE
from services.cases.interface.slips import LOOK_UP_CASE, TAKE_SLIP_STEP
from services.cases.interface.step import Role
from services.cases.interface.steps import STEP_VERBS
from services.cases.interface.workflow import roles_of_step

cases = Resource("cases", "事项 · Cases from report to close")
# A system reads the cases that it reported with either right, and those of others with the first.
_READ, _WRITE = ("cases:read", "cases:write"), ("cases:write",)
_NEXT = ("getCase", "getCaseHistory", *(operation_id(verb.name) for verb in STEP_VERBS.values()))
_NAMES = {"reporter_id": "reporter_name", "handler_id": "handler_name", "system_id": "system_name"}
_ONE = "/cases/<uuid:case_id>"


def _report(payload: dict[str, Any]) -> Answer:
    answer = report_case(payload)
    return Answer(answer, f"{PREFIX}/cases/{answer['case']['id']}")


cases.expose(
    REPORT_CASE,
    "POST /cases",
    who=MAYBE_SIGNED_IN.or_system(*_WRITE),
    of_community=True,
    status=201,
    send=_report,
    refuses=(404, 429, SignInToReport),
    links=links("case_id", *_NEXT, value="$response.body#/case/id"),
)
cases.expose(
    LIST_CASES,
    "GET /cases",
    who=SIGNED_IN.or_system(*_READ),
    names=_NAMES,
    links=links("case_id", *_NEXT, value=FIRST_ITEM),
)
cases.expose(GET_CASE, f"GET {_ONE}", who=SIGNED_IN.or_system(*_READ), names=_NAMES)
cases.expose(GET_CASE_HISTORY, f"GET {_ONE}/history", who=SIGNED_IN.or_system(*_READ))
cases.expose(LOOK_UP_CASE, "POST /cases/lookup", spends=limits.SLIP_LOOKS, send=slips.look_up)
cases.expose(TAKE_SLIP_STEP, "POST /cases/lookup/steps", spends=limits.SLIP_LOOKS, send=slips.take_step)
for _name, _verb in STEP_VERBS.items():
    _who = SIGNED_IN.or_system(*_WRITE) if Role.REPORTER in roles_of_step(_name) else ANY_STAFF
    cases.expose(_verb, f"POST {_ONE}/{_name}", who=_who, names=_NAMES)
