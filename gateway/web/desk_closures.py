"""Which closure is behind a blocked time of the desk's grid. No I/O."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from gateway.web import times
from gateway.web.service_calls import Json


def by_space(closures: Iterable[Json], spaces: Sequence[Json]) -> dict[str, list[Json]]:
    """The closures of each space, by its id and by start. A closure of a whole closes its parts; one of a part the whole."""
    found: dict[str, list[Json]] = {}
    for closure in sorted(closures, key=lambda one: times.local(one["starts_at"])):
        named = {one["space_id"] for one in closure["spaces"]}
        parents = {space.get("parent_id") for space in spaces if space["id"] in named}
        for space in spaces:
            if closure["whole"] or space["id"] in named | parents or space.get("parent_id") in named:
                found.setdefault(space["id"], []).append(closure)
    return found


def with_closures(closed: Sequence[Json], closures: Sequence[Json]) -> list[Json]:
    """The closed times of a space, sorted. Those that are `blocked` are cut into the times of its closures, which are sorted,
    each with its `closure_id`. Of closures that overlap, the later one begins where the earlier one ends."""
    found: list[Json] = []
    for item in closed:
        if item["reason"] != "blocked":
            found.append(item)
            continue
        start, end = times.local(item["starts_at"]), times.local(item["ends_at"])
        for closure in closures:
            begins = max(start, times.local(closure["starts_at"]))
            ends = min(end, times.local(closure["ends_at"]))
            if begins >= ends:
                continue
            if begins > start:
                found.append(_piece(item, start, begins))
            found.append({**_piece(item, begins, ends), "closure_id": closure["id"]})
            start = ends
        if start < end:
            found.append(_piece(item, start, end))
    return found


def _piece(item: Json, start: datetime, end: datetime) -> Json:
    return {**item, "starts_at": start.isoformat(), "ends_at": end.isoformat()}
