"""Cases: what citizens bring, and what becomes of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from marshmallow import Schema

from gateway.accounts import subjects
from gateway.accounts.directory import add_names
from gateway.api.access import ANY_STAFF, ANYONE, MAYBE_SIGNED_IN, SIGNED_IN, Access
from gateway.api.answers import expected_version
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.fields import Paged
from gateway.api.resource import Answer, Resource
from gateway.api.schemas.cases import (
    CASES,
    STEPS,
    AcceptCase,
    Case,
    CloseCase,
    DispatchCase,
    ListCases,
    LookedUp,
    LookUp,
    Reason,
    ReportCase,
    Reported,
    SettleCase,
)
from gateway.calls import calls
from gateway.http import limits
from gateway.photos.reports import report_case as report

cases = Resource("cases", "事项 · Cases from report to close")
_VERBS = ("acceptCase", "declineCase", "dispatchCase", "returnCase", "settleCase", "closeCase", "reopenCase")
_NEXT = ("getCase", "getCaseHistory", *_VERBS)


@cases.post(
    "/cases",
    "Report a case",
    body=ReportCase(),
    answer=Reported(),
    needs=MAYBE_SIGNED_IN,
    refuses=(404, 429),
    description="Visitors may report, at most 60 times an hour; they follow the case by its number and `lookup_token`.",
    links=links("case_id", *_NEXT, value="$response.body#/case/id"),
)
def report_case(body: dict[str, Any]) -> Answer:
    answer = report(body)
    return Answer(answer, f"/api/v1/cases/{answer['case']['id']}")


@cases.get(
    "/cases",
    "List cases",
    query=ListCases(),
    answer=CASES,
    needs=SIGNED_IN,
    refuses=(403,),
    links=links("case_id", *_NEXT, value=FIRST_ITEM),
)
def list_cases(query: dict[str, Any]) -> dict[str, Any]:
    found = calls.call("cases", "list_cases", query)
    if query["scope"] == "desk":
        add_names(found["items"], reporter_id="reporter_name", handler_id="handler_name")
    return found


@cases.get("/cases/<uuid:case_id>", "Read a case", answer=Case(), needs=SIGNED_IN)
def get_case(case_id: UUID) -> dict[str, Any]:
    return _named(calls.call("cases", "get_case", {"case_id": case_id}))


@cases.get("/cases/<uuid:case_id>/history", "What happened to a case", query=Paged(), answer=STEPS, needs=SIGNED_IN)
def get_case_history(query: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    return calls.call("cases", "get_case_history", {**query, "case_id": case_id})


@cases.post(
    "/cases/lookup",
    "Follow a case by number and token",
    status=200,
    body=LookUp(),
    answer=LookedUp(),
    needs=ANYONE,
    refuses=(404, 429),
    description="State and dates only. Number and token must both be right; otherwise 404, whichever is wrong.",
)
def look_up_case(body: dict[str, Any]) -> dict[str, Any]:
    limits.spend(limits.LOOK_UPS)
    return calls.call("cases", "look_up_case", body)


def _named(case: dict[str, Any]) -> dict[str, Any]:
    add_names([case], reporter_id="reporter_name", handler_id="handler_name")
    return case


def _verb(verb: str, summary: str, body: Schema, needs: Access, description: str = "") -> Callable[..., Any]:
    """POST /cases/{id}/<verb>, which calls `<verb>_case`."""

    def act(body: dict[str, Any], case_id: UUID) -> dict[str, Any]:
        subjects.check(body)
        return _named(calls.call("cases", f"{verb}_case", {**body, "case_id": case_id, **expected_version()}))

    act.__name__ = f"{verb}_case"
    declare = cases.post(
        f"/cases/<uuid:case_id>/{verb}",
        summary,
        status=200,
        body=body,
        answer=Case(),
        needs=needs,
        versioned=True,
        description=description or "409 `case.illegal_transition` tells what is possible now (`details.allowed`).",
    )
    return declare(act)


accept_case = _verb("accept", "Accept a case", AcceptCase(), ANY_STAFF)
decline_case = _verb("decline", "Decline a case, with a reason", Reason(), ANY_STAFF)
dispatch_case = _verb("dispatch", "Dispatch a case to a department", DispatchCase(), ANY_STAFF)
return_case = _verb("return", "Give a case back, with a reason", Reason(), ANY_STAFF)
settle_case = _verb("settle", "Settle a case", SettleCase(), ANY_STAFF)
close_case = _verb(
    "close", "Close a settled case", CloseCase(), SIGNED_IN, "By the reporter, who may say how it went, or a supervisor."
)
reopen_case = _verb("reopen", "Reopen a case, with a reason", Reason(), ANY_STAFF)
