"""The desk's cases: the list with its views and filters, one case, and its steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from chassis.rpc.identity import Identity
from gateway.calls import client
from gateway.http import community, current
from gateway.operations import people
from gateway.web import desk_areas, desk_community, times
from gateway.web.blueprint import pages
from gateway.web.case_steps import NOTHING_REFUSED, RefusedStep, forms_of, steps_since, take_sent_step
from gateway.web.forms import is_id
from gateway.web.guards import for_roles, redirect_to, see_other
from gateway.web.kept_forms import shown_again
from gateway.web.labels import localized
from gateway.web.pages.cases import progress
from gateway.web.service_calls import Block, block
from services.cases.interface.states import STATES

DESK = desk_areas.CASES
OVERDUE = timedelta(days=7)  # a general case is to be settled within it
FILTERS = ("state", "category", "grid_id", "handler_id", "community_id", "q")


@dataclass(frozen=True, slots=True)
class View:
    """A prepared list of cases. `asks()` are the fields for list_cases."""

    code: str
    name: Any
    is_for: Callable[[Identity], bool]
    asks: Callable[[], Mapping[str, Any]]


def _lead(me: Identity) -> bool:
    return me.has_role("supervisor", "clerk")


VIEWS = (
    View(
        "mine",
        _l("我的待办"),
        lambda me: not me.roles.isdisjoint({"handler", "mediator"}),
        lambda: {"assigned": "me", "open": True, "order": "oldest"},
    ),
    View("grids", _l("我的网格"), lambda me: bool(me.all_grids), lambda: {"assigned": "my_grids", "open": True}),
    View(
        "overdue",
        _l("超过 7 天未办结"),
        _lead,
        lambda: {"open": True, "reported_before": times.now() - OVERDUE, "order": "oldest"},
    ),
    View("disputed", _l("待督办处理"), lambda me: me.has_role("supervisor"), lambda: {"state": "disputed", "order": "oldest"}),
    View("dissatisfied", _l("不满意"), _lead, lambda: {"satisfied": False}),
    View("all", _l("全部"), lambda _: True, dict),
)


@pages.get("/desk")
@for_roles(*desk_areas.FIRST)
def desk() -> Response:
    """Redirects to where this member of staff begins to work."""
    return see_other(desk_areas.first(current.identity()) or url_for("pages.home"))


@pages.get("/desk/cases")
@for_roles(*DESK)
def desk_cases() -> str:
    mine = desk_community.choose()
    filters, views = _filters(), [view for view in VIEWS if view.is_for(current.identity())]
    if filters.get("community_id") not in {None, *(known.id for known in mine)}:
        del filters["community_id"]
    shown = next((view for view in views if view.code == request.args.get("view")), views[-1])
    found = client.cases.list_cases(
        scope="desk", limit=30, cursor=request.args.get("cursor") or None, **{**shown.asks(), **filters}
    )
    return render_template(
        "desk_cases.html", cases=found, filters=filters, views=views, shown=shown.code, mine=mine, **_reference()
    )


@pages.get("/desk/cases/<uuid:case_id>")
@for_roles(*DESK)
def desk_case(case_id: str) -> str:
    return _page(case_id)


@pages.post("/desk/cases/<uuid:case_id>/<step>")
@for_roles(*DESK)
@shown_again
def take_desk_step(case_id: str, step: str) -> tuple[str, int] | Response:
    if refused := take_sent_step(case_id, step):
        return _page(case_id, refused), refused.status
    return redirect_to("pages.desk_case", case_id=case_id)


def _page(case_id: str, refused: RefusedStep = NOTHING_REFUSED) -> str:
    found = client.cases.get_case(case_id=case_id)
    shown: dict[str, Any] = dict(found)
    people.add_names([shown], system_id="system_name")
    community.show_of(found["community_id"])  # the lists of the page are those of the case's community
    history = _history(case_id)
    return render_template(
        "desk_case.html",
        case=shown,
        progress=progress(found),
        history=history,
        since=steps_since(history, refused),
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
    people.add_names([step for step in steps if step["actor_party"] == "staff"], actor_id="actor_name", for_id="for_name")
    return Block({**found.answer, "items": steps})


def _filters() -> dict[str, Any]:
    """The filters in the address, without invalid ones."""
    wanted = {name: request.args.get(name, "").strip() for name in FILTERS}
    if wanted["state"] not in STATES:
        wanted["state"] = ""
    if not is_id(wanted["handler_id"]):
        wanted["handler_id"] = ""
    return {name: value[:60] for name, value in wanted.items() if value}


def _reference() -> dict[str, Any]:
    return {"categories": block(client.cases.list_categories), "grids": block(client.cases.list_grids)}
