"""The desk's cases: the list with filters, one case, and its steps."""

from collections.abc import Callable
from typing import Any

from flask import Response, abort, flash, render_template, request, url_for
from flask_babel import gettext

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.http import current
from gateway.operations.people import check_subjects
from gateway.web import people
from gateway.web.blueprint import pages
from gateway.web.forms import details_of, text_of, version_sent
from gateway.web.guards import for_roles, redirect_to, see_other
from gateway.web.labels import label, localized
from gateway.web.navigation import first_desk
from gateway.web.pages.cases import progress
from gateway.web.service_calls import Json, block
from services.cases.interface.cases import STATES
from services.cases.interface.steps import STEPS_TAKEN

DESK = ("clerk", "grid_worker", "handler", "mediator", "supervisor")
# The fields of each step, in the form and in the command, and whether they are required.
STEPS: dict[str, dict[str, bool]] = {
    "accept": {"category": False, "note": False},
    "decline": {"reason": True},
    "dispatch": {"department_id": True, "handler_id": False, "note": False},
    "return": {"reason": True},
    "settle": {"settlement": True},
    "close": {"comment": False},
    "reopen": {"reason": True},
}
VERBS: dict[str, Callable[..., Json]] = {
    "accept": client.cases.accept_case,
    "decline": client.cases.decline_case,
    "dispatch": client.cases.dispatch_case,
    "return": client.cases.return_case,
    "settle": client.cases.settle_case,
    "close": client.cases.close_case,
    "reopen": client.cases.reopen_case,
}
# Steps backwards are offered after the others.
BACKWARD_STEPS = ("decline", "return", "reopen")
LONGEST = {"settlement": 2000}


@pages.get("/desk")
@for_roles(*DESK, "organiser")
def desk() -> Response:
    """Redirects to the first area of the desk that this member of staff works in."""
    return see_other(first_desk(current.identity()) or url_for("pages.home"))


@pages.get("/desk/cases")
@for_roles(*DESK)
def desk_cases() -> str:
    filters = _filters()
    found = client.cases.list_cases(scope="desk", limit=30, cursor=request.args.get("cursor") or None, **filters)
    return render_template("desk_cases.html", cases=found, filters=filters, **_reference())


@pages.get("/desk/cases/<uuid:case_id>")
@for_roles(*DESK)
def desk_case(case_id: str) -> str:
    return _page(case_id)


@pages.post("/desk/cases/<uuid:case_id>/<action>")
@for_roles(*DESK)
def take_step(case_id: str, action: str) -> tuple[str, int] | Response:
    if action not in STEPS:
        abort(404)
    values = {name: text for name in STEPS[action] if (text := request.form.get(name, "").strip())}
    errors = {name: gettext("请填写此项。") for name, required in STEPS[action].items() if required and name not in values}
    errors |= {name: gettext("内容太长了，请精简。") for name, text in values.items() if len(text) > LONGEST.get(name, 1000)}
    if errors:
        return _page(case_id, action, values, errors), 422
    expected_version = version_sent()
    try:
        check_subjects(values)
        taken = VERBS[action](case_id=case_id, expected_version=expected_version, **values)
        flash(gettext("%(number)s：%(step)s。", number=taken["number"], step=label(STEPS_TAKEN, action)), "good")
    except (Refused, Refusal) as refused:
        if refused.kind == "invalid":
            names = {str(error["field"]): str(error["message"]) for error in details_of(refused).get("errors", ())}
            return _page(case_id, action, values, names), 422
        if refused.kind not in {"conflict", "precondition"}:
            raise
        return _page(case_id, action, values, problem=text_of(refused)), 409
    return redirect_to("pages.desk_case", case_id=case_id)


def _page(
    case_id: str, action: str = "", values: Json | None = None, errors: dict[str, str] | None = None, problem: str = ""
) -> str:
    """`action`, `values`, `errors` and `problem` are those of a form that was refused. What was typed stays on the page, also
    if a colleague has taken the step meanwhile."""
    found = client.cases.get_case(case_id=case_id)
    return render_template(
        "desk_case.html",
        case=found,
        progress=progress(found),
        history=block(client.cases.get_case_history, case_id=case_id, limit=100),
        steps=STEPS,
        verbs=sorted((verb for verb in found["allowed_actions"] if verb in STEPS), key=BACKWARD_STEPS.__contains__),
        action=action,
        values=values or {},
        errors=errors or {},
        problem=problem,
        departments=block(client.cases.list_departments) if "dispatch" in found["allowed_actions"] else [],
        grids={grid["id"]: localized(grid["name"]) for grid in block(client.cases.list_grids)},
        categories=block(client.cases.list_categories) if "accept" in found["allowed_actions"] else [],
        handlers=people.staff_with_role("handler") if "dispatch" in found["allowed_actions"] else [],
    )


def _filters() -> dict[str, Any]:
    """The filters in the address, without invalid ones."""
    wanted = {name: request.args.get(name, "").strip() for name in ("state", "category", "grid_id", "q")}
    if wanted["state"] not in STATES:
        wanted["state"] = ""
    if len(wanted["q"]) < 2:
        wanted["q"] = ""
    return {name: value[:60] for name, value in wanted.items() if value}


def _reference() -> dict[str, Any]:
    return {"categories": block(client.cases.list_categories), "grids": block(client.cases.list_grids)}
