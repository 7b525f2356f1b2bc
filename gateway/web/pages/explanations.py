"""Who may book a space and why not now; and the attempts that were refused, as they were decided then."""

from datetime import time, timedelta
from typing import Any

from flask import render_template, request
from flask_babel import gettext

from chassis.rpc.refusal import Refused
from chassis.text import whole_number
from gateway.calls import client
from gateway.http import current
from gateway.operations import families
from gateway.web import desk_areas, people, times
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import for_roles, signed_in
from gateway.web.pages.find_spaces import TimeForm
from gateway.web.service_calls import Json, block
from services.booking.interface.series import MOST_MINUTES

PER_PAGE = 20


def _lengths(space: Json) -> list[int]:
    """The lengths that the space allows, in minutes, and the one that is asked for."""
    step, asked = space["slot_minutes"], whole_number(request.args.get("length"))
    lengths = {*range(-(-space["min_minutes"] // step) * step, space["max_minutes"] + 1, step)}
    if asked is not None and 0 < asked <= MOST_MINUTES:
        lengths.add(asked)
    return sorted(lengths)


@pages.get("/spaces/<uuid:space_id>/why")
def why(space_id: str) -> tuple[str, int] | str:
    """The rules of a space, and what would stand in the way at a chosen time. Without a time: the rules alone."""
    space = client.booking.get_space(space_id=space_id)
    form = TimeForm(request.args) if "day" in request.args else TimeForm(day=times.today() + timedelta(days=1), start=time(10))
    form.set_lengths(_lengths(space))
    wish: dict[str, Any] | None = None
    if "day" in request.args and form.is_valid():
        wish = form.wish()
    asked = wish or {"starts_at": times.now(), "ends_at": times.now() + timedelta(minutes=space["min_minutes"])}
    child = request.args.get("resident_id") or None
    if child in current.identity().children:
        asked["resident_id"] = child
    try:
        found: Json = client.booking.explain_time(space_id=space_id, **asked)
    except Refused as refused:
        if refused.kind != "invalid":
            raise
        form.add_error("day", text_of(refused))
        return render_template("why.html", space=space, form=form, found=None, asked=False), 422
    status = 200 if "day" not in request.args or wish is not None else 422
    return render_template("why.html", space=space, form=form, found=found, asked=wish is not None), status


@pages.get("/mine/refused")
@signed_in
def my_refused() -> str:
    found = block(client.booking.list_refused_attempts, scope="mine", limit=PER_PAGE, cursor=request.args.get("cursor") or None)
    return render_template("refused_list.html", found=found, children=families.names_of_children(), earlier=earlier)


@pages.get("/desk/refused")
@for_roles(*desk_areas.BOOKINGS)
def desk_refused() -> str:
    """Refused attempts of the communities, or those of one resident. Showing the names is logged."""
    query = {"community_id": chosen} if (chosen := current.community_id()) is not None else {}
    if resident_id := request.args.get("resident_id"):
        query["resident_id"] = resident_id
    cursor = request.args.get("cursor") or None
    found = block(client.booking.list_refused_attempts, scope="desk", limit=PER_PAGE, cursor=cursor, **query)
    named = people.reveal([item["resident_id"] for item in found])
    return render_template("desk_refused.html", found=found, people=named, earlier=earlier, resident_id=resident_id)


@pages.get("/refused/<uuid:attempt_id>")
@signed_in
def refused_attempt(attempt_id: str) -> str:
    found: Json = client.booking.get_refused_attempt(attempt_id=attempt_id)
    own = current.identity().speaks_for(found["resident_id"])
    return render_template("refused.html", item=found, own=own, earlier=earlier)


def earlier(item: Json, holder: Json) -> str:
    """How much earlier a booking got its time than this attempt came. Empty if that is not known."""
    if not holder.get("since"):
        return ""
    seconds = (times.local(item["at"]) - times.local(holder["since"])).total_seconds()
    if seconds < 0:
        return ""
    if seconds < 60:
        return gettext("比这次早 %(n)s 秒", n=f"{max(seconds, 0.001):.3g}")
    if seconds < 3600:
        return gettext("比这次早 %(time)s", time=times.minutes(int(seconds // 60)))
    return gettext("%(time)s 就订好了", time=times.moment(holder["since"]))
