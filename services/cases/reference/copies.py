"""The copies of the directory's communities, grids and departments, and of staff. A copy is stored unless a newer one is
stored. An equal version is stored too: it repairs a copy that somebody changed."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.cases.reference.models import Community, Department, Grid, StaffMember


def keep_community(session: Session, *, community_id: str, version: int, number_prefix: str, time_zone: str) -> None:
    _keep(session, Community, id=community_id, version=version, number_prefix=number_prefix, time_zone=time_zone)


def keep_grid(
    session: Session, *, grid_id: str, community_id: str, version: int, name: dict[str, Any], position: int, active: bool
) -> None:
    values = {"community_id": community_id, "name": name, "position": position, "active": active}
    _keep(session, Grid, id=grid_id, version=version, **values)


def keep_department(
    session: Session,
    *,
    department_id: UUID,
    version: int,
    code: str,
    name: dict[str, Any],
    position: int,
    active: bool,
    communities: list[str] | None,
) -> None:
    values = {"code": code, "name": name, "position": position, "active": active, "communities": communities}
    _keep(session, Department, id=department_id, version=version, **values)


def keep_staff(
    session: Session,
    *,
    account_id: UUID,
    version: int,
    active: bool,
    roles: list[str],
    communities: list[str] | None,
    changed_by: UUID | None,
    departments: list[str] | None = None,
) -> None:
    values = {"active": active, "roles": roles, "communities": communities, "departments": departments or []}
    _keep(session, StaffMember, id=account_id, version=version, changed_by=changed_by, **values)


def _keep(session: Session, model: type[Community] | type[Grid] | type[Department] | type[StaffMember], **values: Any) -> None:
    new = insert(model).values(values)
    session.execute(
        new.on_conflict_do_update(
            index_elements=[model.id],
            set_={column: new.excluded[column] for column in values if column != "id"},
            where=model.version <= new.excluded.version,
        )
    )
