"""Entries of the audit log about the directory."""

from typing import Any

from chassis.rpc.call import Call
from chassis.rpc.communities import DISTRICT, Communities
from gateway.audit import recording
from gateway.directory.models import Community, Department, Grid, SubDistrict

Row = SubDistrict | Community | Grid | Department
NOWHERE = Communities.only()
_LEFT_OUT = {"id", "version", "announced", "department_id"}


def facts_of(row: Row) -> dict[str, Any]:
    """All fields of the row that people describe. Take them before the change."""
    return {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key not in _LEFT_OUT}


def changed(call: Call, row: Row, before: dict[str, Any] | None, reached: Communities = NOWHERE) -> None:
    """Log a change. `before` are the facts before it; None: nobody had described the row. `reached`: where a department worked
    before, so that admins of both read of it."""
    recording.record(
        call,
        kind=row.__tablename__,
        subject_id=row.id,
        label=row.name["zh-CN"],
        action="changed" if before else "created",
        communities=_communities(row, reached),
        version=None if isinstance(row, SubDistrict) else row.version,
        before=before,
        after=facts_of(row),
    )


def _communities(row: Row, reached: Communities) -> Communities:
    if isinstance(row, SubDistrict):
        return DISTRICT
    if isinstance(row, Department):
        return DISTRICT if row.reach.ids is None or reached.ids is None else Communities.only(*row.reach.ids, *reached.ids)
    return Communities.only(row.id if isinstance(row, Community) else row.community_id)
