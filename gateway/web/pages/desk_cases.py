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
from gateway.web.guards import for_roles, go, see_other
from gateway.web.navigation import first_desk
from gateway.web.pages.cases import road
from gateway.web.service_calls import Json, block
from gateway.web.words import CASE_STATES, CASE_STEPS_TAKEN, named, word

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
BACKWARDS = ("decline", "return", "reopen")
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
    said = {name: text for name in STEPS[action] if (text := request.form.get(name, "").strip())}
    wrong = {name: gettext("请填写此项。") for name, needed in STEPS[action].items() if needed and name not in said}
    wrong |= {name: gettext("内容太长了，请精简。") for name, text in said.items() if len(text) > LONGEST.get(name, 1000)}
    if wrong:
        return _page(case_id, action, said, wrong), 422
    expected_version = version_sent()
    try:
        check_subjects(said)
        taken = VERBS[action](case_id=case_id, expected_version=expected_version, **said)
        flash(gettext("%(number)s：%(step)s。", number=taken["number"], step=word(CASE_STEPS_TAKEN, action)), "good")
    except (Refused, Refusal) as refused:
        if refused.kind == "invalid":
            names = {str(error["field"]): str(error["message"]) for error in details_of(refused).get("errors", ())}
            return _page(case_id, action, said, names), 422
        if refused.kind not in {"conflict", "precondition"}:
            raise
        flash(text_of(refused), "bad")
    return go("pages.desk_case", case_id=case_id)


def _page(case_id: str, action: str = "", said: Json | None = None, wrong: dict[str, str] | None = None) -> str:
    found = client.cases.get_case(case_id=case_id)
    return render_template(
        "desk_case.html",
        case=found,
        road=road(found),
        history=block(client.cases.get_case_history, case_id=case_id, limit=100),
        steps=STEPS,
        verbs=sorted((verb for verb in found["allowed_actions"] if verb in STEPS), key=BACKWARDS.__contains__),
        action=action,
        said=said or {},
        wrong=wrong or {},
        departments=block(client.cases.list_departments) if "dispatch" in found["allowed_actions"] else [],
        grids={grid["id"]: named(grid["name"]) for grid in block(client.cases.list_grids)},
        categories=block(client.cases.list_categories) if "accept" in found["allowed_actions"] else [],
        handlers=people.with_role("handler") if "dispatch" in found["allowed_actions"] else [],
    )


def _filters() -> dict[str, Any]:
    """The filters in the address, without invalid ones."""
    wanted = {name: request.args.get(name, "").strip() for name in ("state", "category", "grid_id", "q")}
    if wanted["state"] not in CASE_STATES:
        wanted["state"] = ""
    if len(wanted["q"]) < 2:
        wanted["q"] = ""
    return {name: value[:60] for name, value in wanted.items() if value}


def _reference() -> dict[str, Any]:
    return {"categories": block(client.cases.list_categories), "grids": block(client.cases.list_grids)}
