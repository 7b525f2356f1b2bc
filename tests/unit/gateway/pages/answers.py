"""Pages of lists, and things by id, as the made-up district answers."""

from collections.abc import Sequence
from typing import Any

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages.centre import Json


def page(items: Sequence[Any], asked: Json | None = None) -> Json:
    """With what was asked for (`limit`, `cursor`), one page of the items; otherwise all."""
    if asked is None or "limit" not in asked:
        return {"items": list(items), "next_cursor": None}
    first = int(asked.get("cursor", 0))
    last = first + asked["limit"]
    return {"items": list(items[first:last]), "next_cursor": str(last) if last < len(items) else None}


def one(items: Sequence[Json], id_: str) -> Json:
    for item in items:
        if item["id"] == id_:
            return item
    raise Refused("not_found", "not_found", "没有找到。", {})
