"""The equipment that a form offers, and what was chosen. A field for each kind: `equipment_<id>`, with the number."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask import request
from flask_babel import gettext, ngettext

from chassis.text import whole_number
from gateway.web.forms import is_id
from gateway.web.labels import localized
from gateway.web.service_calls import Json

PREFIX = "equipment_"
WITHOUT = "without_equipment"  # a checkbox: book also if some of it is taken
_MOST = 10_000


class Offer(NamedTuple):
    """A kind, and how many are chosen. `most` is how many one can have at that time."""

    kind: Json
    chosen: int
    most: int

    @property
    def field(self) -> str:
        return f"{PREFIX}{self.kind['id']}"

    @property
    def line(self) -> str:
        """How many are free, where one gets them, and the deposit."""
        free = self.kind["free"] or 0
        lines = [ngettext("这个时间空 %(num)d 件", "这个时间空 %(num)d 件", free)]
        if self.kind["handed_out"]:
            lines.append(gettext("到窗口领取"))
        if self.kind["deposit"]:
            lines.append(localized(self.kind["deposit"]))
        return " · ".join(lines)


def chosen(sent: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The `equipment` of the request, from its form or from `sent`. Fields that are no number count as nothing."""
    sent = request.form if sent is None else sent
    found = {name.removeprefix(PREFIX): value for name, value in sent.items() if name.startswith(PREFIX)}
    counts = {kind_id: whole_number(value) or 0 for kind_id, value in found.items() if is_id(kind_id)}
    return [{"kind_id": kind_id, "quantity": count} for kind_id, count in counts.items() if 0 < count <= _MOST]


def if_taken() -> dict[str, Any]:
    """The `if_equipment_taken` of the request; empty for the usual."""
    return {"if_equipment_taken": "without"} if request.form.get(WITHOUT) else {}


def asked() -> dict[str, Any]:
    """Both fields of a request; empty if nothing was chosen."""
    return {"equipment": wanted} | if_taken() if (wanted := chosen()) else {}


def offers(kinds: Iterable[Json], has: Iterable[Mapping[str, Any]]) -> list[Offer]:
    """The kinds with what is chosen of them: what was sent, or else what the booking `has`."""
    sent = chosen() if request.method == "POST" else [one for one in has if one.get("state") != "released"]
    counts = {one["kind_id"]: one["quantity"] for one in sent}
    return [
        Offer(kind, counts.get(kind["id"], 0), min(kind["most_per_booking"], kind["free"] or 0))
        for kind in kinds
        if kind["free"] or counts.get(kind["id"])
    ]


def hidden() -> dict[str, Any]:
    """The hidden fields that choose the same."""
    fields: dict[str, Any] = {f"{PREFIX}{one['kind_id']}": one["quantity"] for one in chosen()}
    return fields | ({WITHOUT: "y"} if if_taken() else {})
