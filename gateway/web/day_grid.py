"""The rows of the desk's day: a column for each quarter of an hour. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.web import times
from gateway.web.service_calls import Json


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a row: a booking (or what looks like one, see `touched`), a time at which the space is closed, or neither for
    free time. `span` is its width in columns."""

    booking: Json | None
    span: int
    closed: Json | None = None


def cells(space: Json, bookings: Iterable[Json], opens: datetime, closes: datetime, closed: Sequence[Json] = ()) -> list[Cell]:
    """The row of a space, in columns of a quarter of an hour: its bookings, and the free and `closed` time between them."""
    quarter = timedelta(minutes=15)
    mine = sorted(
        (item for item in bookings if item["space_id"] == space["id"]), key=lambda item: times.local(item["starts_at"])
    )
    row: list[Cell] = []
    column, total = 0, int((closes - opens) / quarter)
    shut = [
        (
            -int(-(times.local(item["starts_at"]) - opens) // quarter),
            int((times.local(item["ends_at"]) - opens) // quarter),
            item,
        )
        for item in closed
    ]
    for item in mine:
        begin = max(column, int((times.local(item["starts_at"]) - opens) / quarter))
        finish = min(total, -int(-(times.local(item["ends_at"]) - opens) / quarter))
        row += _between(shut, column, begin)
        if finish > begin:
            row.append(Cell(item, finish - begin))
        column = max(column, finish)
    return row + _between(shut, column, total)


def touched(spaces: Iterable[Json], bookings: Iterable[Json]) -> list[Json]:
    """What `bookings` take on the rows of other spaces, because whoever has a part has a part of the whole, and whoever has the
    whole has its parts. Items look like bookings with a `taken_as` (TAKEN_AS). Of a whole with several parts that are taken at
    once there is one item for their time together, with the names of these parts as `parts`; it is nobody's own booking."""
    parent_of = {space["id"]: space.get("parent_id") for space in spaces}
    parts_of: dict[str, list[str]] = {}
    for space_id, parent_id in parent_of.items():
        if parent_id:
            parts_of.setdefault(parent_id, []).append(space_id)
    found: list[Json] = []
    of_whole: dict[str, list[Json]] = {}
    for item in bookings:
        for part_id in parts_of.get(item["space_id"], ()):
            found.append({**item, "space_id": part_id, "taken_as": "whole"})
        if parent_id := parent_of.get(item["space_id"]):
            of_whole.setdefault(parent_id, []).append(item)
    return found + [item for whole_id, items in of_whole.items() for item in _together(whole_id, items)]


def _together(whole_id: str, items: Sequence[Json]) -> Sequence[Json]:
    found: list[dict[str, Any]] = []
    for item in sorted(items, key=lambda one: times.local(one["starts_at"])):
        last = found[-1] if found else None
        if last is None or times.local(item["starts_at"]) > times.local(last["ends_at"]):
            about = {"starts_at": item["starts_at"], "ends_at": item["ends_at"], "parts": [item["space_name"]]}
            found.append({"space_id": whole_id, "taken_as": "part", **about})
            continue
        last["ends_at"] = max(last["ends_at"], item["ends_at"], key=times.local)
        if item["space_name"] not in last["parts"]:
            last["parts"].append(item["space_name"])
    return found


def _between(shut: Sequence[tuple[int, int, Json]], first: int, last: int) -> list[Cell]:
    """Free and closed time from the column `first` to `last`, which is not included. `shut` are sorted. Columns that are closed
    in part count as open."""
    row: list[Cell] = []
    for begin, finish, item in shut:
        begin, finish = max(begin, first), min(finish, last)
        if begin >= finish:
            continue
        if begin > first:
            row.append(Cell(None, begin - first))
        row.append(Cell(None, finish - begin, item))
        first = finish
    return [*row, Cell(None, last - first)] if first < last else row
