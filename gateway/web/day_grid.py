"""The rows of the desk's day and week: a column for each quarter of an hour. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from gateway.web import times
from gateway.web.service_calls import Json

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a row: a booking (or what looks like one, see `touched`), a time at which the space is closed, or neither for
    free time. `span` is its width in columns, `column` its first column."""

    booking: Json | None
    span: int
    closed: Json | None = None
    column: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A space on one day. `opens` is the time of the first column, `now` the time of the request; both are local."""

    space: Json
    day: date
    opens: datetime
    now: datetime
    cells: tuple[Cell, ...]

    def minute(self, moment: str | datetime) -> int:
        """The minutes from midnight of the row's day to `moment`, by the clock on the wall. Negative for the day before."""
        return int((times.local(moment) - times.midnight(self.day)) / timedelta(minutes=1))

    def first_start(self, cell: Cell) -> str:
        """The first start (HH:MM) on the grid of the space in the free time `cell` that is not past. Empty if there is none."""
        begins = self.opens + cell.column * QUARTER
        ends = begins + cell.span * QUARTER
        step = timedelta(minutes=self.space["slot_minutes"])
        origin = times.midnight(self.day)
        start = origin - (origin - max(begins, self.now)) // step * step
        return f"{start:%H:%M}" if start < ends else ""

    def can_be_dragged(self, booking: Json) -> bool:
        """Whether the reader may move the booking, which begins on this day."""
        return "move" in booking.get("can", ()) and self.minute(booking["starts_at"]) >= 0


def row(
    space: Json, day: date, bookings: Iterable[Json], opens: datetime, closes: datetime, closed: Sequence[Json], now: datetime
) -> Row:
    """See `cells`. `bookings` may also be those of other spaces and days."""
    mine = [item for item in bookings if times.local(item["starts_at"]) < closes and times.local(item["ends_at"]) > opens]
    shut = [item for item in closed if times.local(item["starts_at"]) < closes and times.local(item["ends_at"]) > opens]
    return Row(space, day, opens, now, tuple(cells(space, mine, opens, closes, shut)))


def cells(space: Json, bookings: Iterable[Json], opens: datetime, closes: datetime, closed: Sequence[Json] = ()) -> list[Cell]:
    """The row of a space, in columns of a quarter of an hour: its bookings, and the free and `closed` time between them."""
    mine = sorted(
        (item for item in bookings if item["space_id"] == space["id"]), key=lambda item: times.local(item["starts_at"])
    )
    found: list[Cell] = []
    column, total = 0, int((closes - opens) / QUARTER)
    shut = [
        (
            -int(-(times.local(item["starts_at"]) - opens) // QUARTER),
            int((times.local(item["ends_at"]) - opens) // QUARTER),
            item,
        )
        for item in closed
    ]
    for item in mine:
        begin = max(column, int((times.local(item["starts_at"]) - opens) / QUARTER))
        finish = min(total, -int(-(times.local(item["ends_at"]) - opens) / QUARTER))
        found += _between(shut, column, begin)
        if finish > begin:
            found.append(Cell(item, finish - begin, column=begin))
        column = max(column, finish)
    return found + _between(shut, column, total)


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
    found: list[Cell] = []
    for begin, finish, item in shut:
        begin, finish = max(begin, first), min(finish, last)
        if begin >= finish:
            continue
        if begin > first:
            found.append(Cell(None, begin - first, column=first))
        found.append(Cell(None, finish - begin, item, column=begin))
        first = finish
    return [*found, Cell(None, last - first, column=first)] if first < last else found
