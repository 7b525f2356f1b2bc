"""The equipment that an organiser chooses for sessions of a club event."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import request

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.web import equipment_choices
from gateway.web.service_calls import Json, block


def kinds_for(space_id: str | None, start: datetime | None = None, end: datetime | None = None) -> list[Json]:
    """What can be taken to the space; with `start` and `end` how many of each are free then. Empty without a space, and while
    booking is down."""
    if not space_id:
        return []
    try:
        return block(client.booking.list_equipment, space_id=space_id, start=start, end=end).items
    except Refused as refused:
        if refused.kind != "not_found":
            raise
        return []  # the space is no longer there


def choices(kinds: Iterable[Json], has: Iterable[Mapping[str, Any]]) -> list[tuple[Json, int]]:
    """The kinds with how many are chosen: what was sent, or else what the session `has`."""
    sent = equipment_choices.chosen() if request.method == "POST" else has
    counts = {one["kind_id"]: one["quantity"] for one in sent}
    return [(kind, counts.get(kind["id"], 0)) for kind in kinds]


def asked() -> dict[str, Any]:
    """The field `equipment` of a request; nothing if the form offered none."""
    offered = any(name.startswith(equipment_choices.PREFIX) for name in request.form)
    return {"equipment": equipment_choices.chosen()} if offered else {}


def names(kinds: Iterable[Json], rooms: Iterable[Json]) -> dict[str, Json]:
    """The names of kinds by id: those that can be chosen, and those that booking has given."""
    given = {one["kind_id"]: one["name"] for room in rooms for one in room.get("equipment") or () if one["name"]}
    return given | {kind["id"]: kind["name"] for kind in kinds}
