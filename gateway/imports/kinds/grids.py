"""Grids from a file, with their borders as GeoJSON if it has them."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import func, select

from chassis import text as texts
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import NOT_A_NUMBER, UNKNOWN
from gateway.accounts.call import AccountCall
from gateway.accounts.reach import OUTSIDE_REACH
from gateway.directory import auditing, storage, use_cases
from gateway.directory.borders import NOT_A_BORDER, check_border
from gateway.directory.models import Grid, check_id
from gateway.directory.overlaps import find_overlaps
from gateway.imports.columns import Column, Row, problems_of, yes_or_no
from gateway.imports.files import MOST_ROWS
from gateway.imports.kinds.bilingual import both, changes_of
from gateway.imports.kinds.rows_seen import RowsSeen
from gateway.imports.outcomes import Outcome
from gateway.offload import breathe, in_thread
from gateway.refusals.directory import GridOfAnotherCommunity, GridsOverlap

CHUNK = 1_000


class Grids:
    """The list of grids as gateway.imports.engine.Kind."""

    columns = (
        Column("id", "代码", "Code", required=True, most=64, example="liuyi-1"),
        Column("community_id", "社区代码", "Community code", required=True, most=64, example="liuyi"),
        Column("name_zh", "名称", "Name", required=True, most=100, example="第一网格"),
        Column("name_en", "英文名称", "English name", most=100, example="Grid 1"),
        Column("position", "顺序", "Position", most=8, example="0"),
        Column("border", "边界", "Border", most=200_000, example='{"type": "Polygon", "coordinates": …}'),
        Column("active", "在用", "In use", most=8, example="是"),
    )
    columns_of = MappingProxyType({GridOfAnotherCommunity.code: "community_id", GridsOverlap.code: "border"})
    most = MOST_ROWS

    def begin(self, call: AccountCall, rows: Sequence[Row]) -> "_Run":
        return _Run(call, rows)


class _Run:
    def __init__(self, call: AccountCall, rows: Sequence[Row]) -> None:
        self._call, self._seen = call, RowsSeen()
        storage.lock_directory(call.session)
        communities = sorted({code for row in rows if (code := row.get("community_id"))})
        ids = sorted({code for row in rows if (code := row.get("id"))})
        self._known: dict[str, Grid] = {}
        for first in range(0, len(ids), CHUNK):
            breathe()
            known = select(Grid).where(Grid.id.in_(ids[first : first + CHUNK]))
            self._known |= {grid.id: grid for grid in call.session.scalars(known)}
        self._communities = storage.known_ids(call.session, communities)
        last = select(Grid.community_id, func.max(Grid.position)).where(Grid.community_id.in_(communities))
        found = call.session.execute(last.group_by(Grid.community_id)).all()
        self._last: dict[str, int] = {row[0]: row[1] for row in found}
        self._overlaps = self._planned_overlaps(rows)

    def label(self, row: Row) -> str:
        return row.get("id") or ""

    def take(self, row: Row) -> Outcome:
        grid_id, community_id = row.get("id") or "", row.get("community_id") or ""
        check_id(grid_id)
        self._seen.add(grid_id, row.line, "id")
        if community_id not in self._communities:
            raise InvalidField(UNKNOWN, "community_id")
        if community_id not in self._call.acting.reach:
            raise InvalidField(OUTSIDE_REACH, "community_id")
        known = self._known.get(grid_id)
        if overlap := self._overlaps.get(grid_id):
            raise overlap
        before, version = (auditing.facts_of(known), known.version) if known else (None, None)
        grid = known or Grid(id=grid_id)
        use_cases.describe_grid(self._call, grid, community_id=community_id, **self._said(row, known, community_id))
        if before is None:
            return Outcome(row.line, "new", grid_id)
        changes = changes_of(before, auditing.facts_of(grid))
        return Outcome(row.line, "changed" if changes else "unchanged", grid_id, changes, version)

    def secrets(self) -> list[dict[str, Any]]:
        return []

    def _planned_overlaps(self, rows: Sequence[Row]) -> dict[str, GridsOverlap]:
        """Which grids would overlap others if all rows were put, because grids of one file may swap streets. A file is put
        whole or not at all. Rows that are refused for another reason are left out."""
        planned = {id_: storage.borders_in_use(self._call.session, id_) for id_ in sorted(self._communities)}
        before = {id_: dict(borders) for id_, borders in planned.items()}
        names = {grid_id: grid.name for grid_id, grid in self._known.items()}
        for number, row in enumerate(rows):
            if number % 10 == 0:
                breathe()
            self._plan(row, planned, names)
        found: dict[str, GridsOverlap] = {}
        for id_, borders in planned.items():
            drawn = [grid_id for grid_id, border in borders.items() if border != before[id_].get(grid_id)]
            for grid_id, overlap in in_thread(find_overlaps, borders, drawn).items():
                name = names.get(overlap.grid_id) or storage.name_of_grid(self._call.session, overlap.grid_id)
                found[grid_id] = use_cases.overlap_refusal(overlap, name)
        return found

    def _plan(self, row: Row, planned: dict[str, dict[str, Any]], names: dict[str, Any]) -> None:
        grid_id, community_id = row.get("id") or "", row.get("community_id") or ""
        known = self._known.get(grid_id)
        if community_id not in planned or (known is not None and known.community_id != community_id):
            return
        if problems_of(row, Grids.columns) or community_id not in self._call.acting.reach:
            return
        try:
            border = _border(row) if row.has("border") else known.border if known else None
            active = yes_or_no(row, "active", default=known.active if known else True)
            if border is not None and border != (known.border if known else None):
                check_border(border)
        except InvalidField:
            return
        names[grid_id] = both(row, "name", known.name if known else None) or {}
        if border is not None and active:
            planned[community_id][grid_id] = border
        else:
            planned[community_id].pop(grid_id, None)

    def _said(self, row: Row, known: Grid | None, community_id: str) -> dict[str, Any]:
        """The other fields of use_cases.describe_grid. Raises InvalidField."""
        return {
            "name": both(row, "name", known.name if known else None) or {},
            "position": self._position(row, known, community_id),
            "border": _border(row) if row.has("border") else known.border if known else None,
            "active": yes_or_no(row, "active", default=known.active if known else True),
        }

    def _position(self, row: Row, known: Grid | None, community_id: str) -> int:
        """A new grid without a position comes last."""
        if (text := row.get("position")) is not None:
            if (position := texts.whole_number(text)) is None:
                raise InvalidField(NOT_A_NUMBER, "position")
            return position
        if known is not None:
            return known.position
        self._last[community_id] = self._last.get(community_id, -1) + 1
        return self._last[community_id]


def _border(row: Row) -> Any:
    if (text := row.get("border")) is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidField(NOT_A_BORDER, "border") from error


GRIDS = Grids()
