"""The rows of the desk's day: a column for each quarter of an hour. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.web import times
from gateway.web.service_calls import Json


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a row: a booking, a time at which the space is closed, or neither for free time. `span` is its width in
    columns."""

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
