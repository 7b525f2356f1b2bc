"""Selects and locks. What somebody may see is a condition in the query, so that nothing else is ever loaded."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.rpc.identity import Identity
from services.cases.interface.refusals import CaseNotFound
from services.cases.models import Case, Category, Channel, Community, Department, Grid, NumberCounter
from services.cases.search import number_prefix, pairs

DESK_ROLES = ("clerk", "grid_worker", "handler", "mediator", "supervisor")


def reported_by(acting: Identity) -> ColumnElement[bool]:
    """Cases that the caller reported."""
    return Case.reporter_id == UUID(acting.account_id) if acting.account_id else false()


def on_desk_of(acting: Identity) -> ColumnElement[bool]:
    """Cases that the caller's roles show: all of the community to clerks and supervisors, those of their grids to grid
    workers, those that are theirs to settle to handlers and mediators. A supervisor of no community sees the district's."""
    if acting.account_id is None:
        return false()
    account = UUID(acting.account_id)
    grounds: list[ColumnElement[bool]] = [false()]
    if acting.has_role("clerk", "supervisor"):
        grounds.append(true())
    if acting.has_role("grid_worker"):
        grounds += [Case.grid_id.in_(sorted(acting.grids)), Case.entered_by == account]
    if acting.has_role("handler", "mediator"):
        grounds.append(Case.handler_id == account)
    if acting.has_role("handler"):
        grounds.append(and_(Case.department_id.is_not(None), Case.handler_id.is_(None)))
    if acting.community_id is None:
        return or_(*grounds) if acting.has_role("supervisor") else false()
    return and_(Case.community_id == acting.community_id, or_(*grounds))


def visible_to(acting: Identity) -> ColumnElement[bool]:
    return or_(reported_by(acting), on_desk_of(acting))


def get_case(session: Session, case_id: UUID, acting: Identity, *, lock: bool = False) -> Case:
    """The case, if the caller may see it; with `lock`, nobody else can change it before the transaction ends. Raises
    CaseNotFound."""
    query = select(Case).where(Case.id == case_id, visible_to(acting))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    if (case := session.scalars(query).one_or_none()) is None:
        raise CaseNotFound()
    return case


def cases_having(photo_ids: Collection[UUID]) -> Select[list[UUID], bool]:
    """Photos and anonymity of every case that has any of the photos."""
    return select(Case.photo_ids, Case.anonymous).where(Case.photo_ids.overlap(list(photo_ids)))


def is_on_desk_of(session: Session, case_id: UUID, acting: Identity) -> bool:
    return session.scalar(select(Case.id).where(Case.id == case_id, on_desk_of(acting))) is not None


def case_by_token(session: Session, number: str, token: str) -> Case:
    """Raises CaseNotFound, the same for a wrong number and a wrong token."""
    query = select(Case).where(Case.lookup_digest == digest(token), Case.number == number)
    if (case := session.scalars(query).one_or_none()) is None:
        raise CaseNotFound()
    return case


def digest(token: str) -> bytes:
    """What is kept of a lookup token. The token is long and random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).digest()


def cases_matching(
    scope: ColumnElement[bool], *, state: str | None, category: str | None, grid_id: str | None, q: str | None
) -> Select[Case]:
    """Cases of `scope`; a first-level category stands for those below it as well."""
    query = select(Case).where(scope)
    if state:
        query = query.where(Case.state == state)
    if category:
        below = select(Category.code).where(or_(Category.code == category, Category.parent == category))
        query = query.where(Case.category_code.in_(below))
    if grid_id:
        query = query.where(Case.grid_id == grid_id)
    if q:
        query = query.where(_mentions(q))
    return query


def _mentions(q: str) -> ColumnElement[bool]:
    grounds: list[ColumnElement[bool]] = []
    if terms := pairs(q):
        grounds.append(Case.search_terms.contains(terms))
    if prefix := number_prefix(q):
        # A range, not LIKE: "~" sorts after all that a number holds, and any plan can answer it from the key.
        grounds.append(and_(Case.number >= prefix, Case.number < prefix + "~"))
    return or_(false(), *grounds)


def next_number(session: Session, community_id: str, day: date) -> str:
    """The next case number of the community and day. The counter's row stays locked until the transaction ends, so
    numbers are unique and a report that fails leaves no gap; take it last."""
    start = insert(NumberCounter).values(community_id=community_id, day=day, last=1)
    upsert = start.on_conflict_do_update(index_elements=["community_id", "day"], set_={"last": NumberCounter.last + 1})
    last = session.execute(upsert.returning(NumberCounter.last)).scalar_one()
    prefix = session.scalar(select(Community.number_prefix).where(Community.id == community_id)) or community_id.upper()
    return f"{prefix}-{day:%Y%m%d}-{last:04d}"


def channel_in_use(session: Session, code: str) -> Channel | None:
    return session.scalars(select(Channel).where(Channel.code == code, Channel.active)).one_or_none()


def category_in_use(session: Session, code: str) -> Category | None:
    return session.scalars(select(Category).where(Category.code == code, Category.active)).one_or_none()


def department_in_use(session: Session, department_id: UUID) -> Department | None:
    return session.scalars(select(Department).where(Department.id == department_id, Department.active)).one_or_none()


def grid_in_use(session: Session, grid_id: str, community_id: str) -> Grid | None:
    query = select(Grid).where(Grid.id == grid_id, Grid.community_id == community_id, Grid.active)
    return session.scalars(query).one_or_none()


def in_use(session: Session, model: Any, *conditions: ColumnElement[bool]) -> Sequence[Any]:
    """The rows of a reference table that are in use, in their order."""
    return session.scalars(
        select(model).where(model.active, *conditions).order_by(model.position, *model.__table__.primary_key)
    ).all()
