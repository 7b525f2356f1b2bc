"""Rows of the desk's grid: where free time begins on the grid of its space, and what can be dragged."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from gateway.web import day_grid, times

DAY = date(2026, 3, 9)
SPACE = {"id": "court", "slot_minutes": 30}


@pytest.fixture(autouse=True)
def request_context(one_app: Flask) -> Iterator[None]:
    with one_app.test_request_context():
        yield


def at(clock: str, day: date = DAY) -> datetime:
    return times.midnight(day) + timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))


def booking(start: str, end: str, **more: Any) -> dict[str, Any]:
    return {"space_id": "court", "starts_at": at(start).isoformat(), "ends_at": at(end).isoformat(), "can": ["move"], **more}


def row_of(*bookings: dict[str, Any], now: str = "06:00", step: int = 30) -> day_grid.Row:
    space = {**SPACE, "slot_minutes": step}
    return day_grid.row(space, DAY, bookings, at("08:00"), at("12:00"), (), at(now))


def starts(row: day_grid.Row) -> list[str]:
    return [row.first_start(cell) for cell in row.cells if cell.booking is None and cell.closed is None]


def test_free_time_begins_on_the_grid_of_the_space() -> None:
    assert starts(row_of(booking("09:00", "09:45"))) == ["08:00", "10:00"]
    assert starts(row_of(booking("09:00", "09:45"), step=15)) == ["08:00", "09:45"]


def test_free_time_that_is_past_or_too_short_has_no_start() -> None:
    assert starts(row_of(booking("09:00", "11:45"), now="08:10")) == ["08:30", ""]
    assert starts(row_of(booking("09:00", "10:00"), now="09:05")) == ["", "10:00"]


def test_columns_of_cells_follow_each_other() -> None:
    cells = row_of(booking("09:00", "09:45"), booking("10:00", "11:00")).cells
    assert [(cell.column, cell.span) for cell in cells] == [(0, 4), (4, 3), (7, 1), (8, 4), (12, 4)]


def test_what_the_reader_may_move_can_be_dragged_if_it_begins_on_the_day() -> None:
    row = row_of()
    assert row.can_be_dragged(booking("09:00", "10:00"))
    assert not row.can_be_dragged(booking("09:00", "10:00", can=["cancel"]))
    night = booking("09:00", "10:00") | {"starts_at": at("23:00", DAY - timedelta(days=1)).isoformat()}
    assert not row.can_be_dragged(night) and row.minute(night["starts_at"]) == -60
    assert row.minute(booking("09:15", "10:00")["starts_at"]) == 555
