"""Rows of reference data that are in use: by code or id, and as lists."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, inspect, or_, select
from sqlalchemy.orm import Session

from chassis.database.communities import within
from chassis.rpc.communities import Communities
from services.cases.reference.models import Category, Channel, Department, Grid, Listed

Row = TypeVar("Row", bound=Listed)


def list_channels(session: Session) -> Sequence[Channel]:
    return _list(session, Channel)


def list_categories(session: Session) -> Sequence[Category]:
    return _list(session, Category)


def list_departments(session: Session, communities: Communities) -> Sequence[Department]:
    """Those that settle cases in one of the communities."""
    if communities.ids is None:
        return _list(session, Department)
    there = Department.communities.overlap(sorted(communities.ids))
    return _list(session, Department, or_(Department.communities.is_(None), there))


def list_grids(session: Session, communities: Communities) -> Sequence[Grid]:
    return _list(session, Grid, within(Grid.community_id, communities))


def find_channel(session: Session, code: str) -> Channel | None:
    return _find(session, Channel, Channel.code == code)


def find_category(session: Session, code: str) -> Category | None:
    return _find(session, Category, Category.code == code)


def find_department(session: Session, department_id: UUID) -> Department | None:
    return _find(session, Department, Department.id == department_id)


def find_grid(session: Session, grid_id: str, community_id: str) -> Grid | None:
    return _find(session, Grid, Grid.id == grid_id, Grid.community_id == community_id)


def _list(session: Session, model: type[Row], *conditions: ColumnElement[bool]) -> Sequence[Row]:
    in_order = (model.position, *inspect(model).primary_key)
    return session.scalars(select(model).where(model.active, *conditions).order_by(*in_order)).all()


def _find(session: Session, model: type[Row], *conditions: ColumnElement[bool]) -> Row | None:
    return session.scalars(select(model).where(model.active, *conditions)).one_or_none()
