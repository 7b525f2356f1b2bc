"""Spaces by id, and in pages."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.spaces.models import Space


def find_space(session: Session, space_id: UUID) -> Space | None:
    return session.get(Space, space_id)


def find_spaces(session: Session, communities: Communities, space_ids: Collection[UUID]) -> Sequence[Space]:
    """Those of the spaces that are in `communities`."""
    return session.scalars(select(Space).where(within(Space.community_id, communities), Space.id.in_(space_ids))).all()


def list_spaces(
    session: Session,
    *,
    communities: Communities,
    section: str | None,
    kind: str | None,
    q: str | None,
    limit: int,
    cursor: str | None,
) -> Page[Space]:
    """Spaces of `communities` that are in use, sorted by code. `q` is searched in code, name and description, in both
    languages."""
    statement = select(Space).where(within(Space.community_id, communities), Space.active)
    if section is not None:
        statement = statement.where(Space.section == section)
    if kind is not None:
        statement = statement.where(Space.kind == kind)
    if q:
        texts = (Space.code, *(column[tag].astext for column in (Space.name, Space.description) for tag in ("zh-CN", "en")))
        statement = statement.where(or_(*(column.icontains(q, autoescape=True) for column in texts)))
    return page(session, statement, keys=[(Space.code, "asc"), (Space.id, "asc")], limit=limit, cursor=cursor)
