"""The desk's cases: the list with filters, one case, and its steps."""

from typing import Any

from flask import Response, render_template, request, url_for

from gateway.calls import client
from gateway.http import community, current
from gateway.operations import people
from gateway.web.blueprint import pages
from gateway.web.case_steps import NOTHING_REFUSED, RefusedStep, forms_of, take_sent_step
from gateway.web.forms import is_id
from gateway.web.guards import for_roles, redirect_to, see_other
from gateway.web.labels import localized
from gateway.web.navigation import first_desk
from gateway.web.pages.cases import progress
from gateway.web.service_calls import Block, block
from services.cases.interface.states import STATES

DESK = ("clerk", "grid_worker", "handler", "mediator", "supervisor")


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


@pages.post("/desk/cases/<uuid:case_id>/<step>")
@for_roles(*DESK)
def take_desk_step(case_id: str, step: str) -> tuple[str, int] | Response:
    if refused := take_sent_step(case_id, step):
        return _page(case_id, refused), refused.status
    return redirect_to("pages.desk_case", case_id=case_id)


def _page(case_id: str, refused: RefusedStep = NOTHING_REFUSED) -> str:
    found = client.cases.get_case(case_id=case_id)
    community.show_of(found["community_id"])  # the lists of the page are those of the case's community
    return render_template(
        "desk_case.html",
        case=found,
        progress=progress(found),
        history=_history(case_id),
        grids={grid["id"]: localized(grid["name"]) for grid in block(client.cases.list_grids)},
        **forms_of(found, refused),
    )


def _history(case_id: str) -> Block:
    """The steps of the case, with the names of the staff who took them. The name of the reporter is not shown, because it would
    be a reveal."""
    found = block(client.cases.get_case_history, case_id=case_id, limit=100)
    if found.answer is None:
        return found
    steps = [dict(step) for step in found]
    people.add_names([step for step in steps if step["actor_party"] == "staff"], actor_id="actor_name")
    return Block({**found.answer, "items": steps})


def _filters() -> dict[str, Any]:
    """The filters in the address, without invalid ones."""
    wanted = {name: request.args.get(name, "").strip() for name in ("state", "category", "grid_id", "handler_id", "q")}
    if wanted["state"] not in STATES:
        wanted["state"] = ""
    if len(wanted["q"]) < 2:
        wanted["q"] = ""
    if not is_id(wanted["handler_id"]):
        wanted["handler_id"] = ""
    return {name: value[:60] for name, value in wanted.items() if value}


def _reference() -> dict[str, Any]:
    return {"categories": block(client.cases.list_categories), "grids": block(client.cases.list_grids)}
