"""Door codes: how those of a day stand, the list for the porter, and the code of one booking. Showing a code to staff is
logged."""

from datetime import date, timedelta
from typing import Any

from flask import render_template, request

from gateway.calls import client
from gateway.http import community, current
from gateway.operations import door_codes
from gateway.web import desk_community, times
from gateway.web.blueprint import pages
from gateway.web.guards import for_roles
from gateway.web.service_calls import MISSING, Block, Json, block
from services.booking.interface.locks import LIST_DOOR_CODES

DESK = ("clerk", "supervisor", "grid_worker", "organiser")
HELPERS = ("clerk", "grid_worker")


@pages.get("/desk/door-codes")
@for_roles(*DESK)
def desk_door_codes() -> str:
    mine, day = desk_community.choose(), _day()
    found = block(client.booking.list_door_codes, **_window(day), limit=100, cursor=request.args.get("cursor") or None)
    return _page(mine, day, found, revealed=False)


@pages.post("/desk/door-codes")
@for_roles(*HELPERS)
def reveal_door_codes() -> str:
    """The same list with the codes, to print. A form and no link, because looking is logged."""
    mine, day = desk_community.choose(), _day()
    query = LIST_DOOR_CODES.payload(_window(day) | {"limit": 100, "cursor": request.args.get("cursor") or None})
    return _page(mine, day, Block(door_codes.reveal(query)), revealed=True)


@pages.post("/bookings/<uuid:booking_id>/door-code")
@for_roles(*HELPERS)
def reveal_door_code(booking_id: str) -> str:
    """The code of one booking, for staff."""
    shown = door_codes.read({"booking_id": str(booking_id)})
    return render_template("desk_door_code.html", shown=shown)


def of_reader(booking: Json) -> Block:
    """The code for the page of a booking of the reader's own or a child's. Missing for others, and when there can be none."""
    over = times.local(booking["ends_at"]) + timedelta(hours=4) < times.now()
    if booking["state"] != "confirmed" or over or not current.identity().speaks_for(booking["resident_id"]):
        return MISSING
    return block(client.booking.get_door_code, booking_id=booking["id"])


def _day() -> date:
    return times.parse_day(request.args.get("date"), times.today())


def _window(day: date) -> dict[str, Any]:
    bounds = {"start": times.midnight(day), "end": times.midnight(day + timedelta(days=1))}
    return bounds | {"community_id": community.require_one()}


def _page(mine: Any, day: date, found: Block, *, revealed: bool) -> str:
    around = {"before": day - timedelta(days=1), "after": day + timedelta(days=1)}
    may_reveal = current.identity().has_role(*HELPERS)
    return render_template(
        "desk_door_codes.html", mine=mine, day=day, codes=found, revealed=revealed, may_reveal=may_reveal, **around
    )
