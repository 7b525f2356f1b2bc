"""Cases and their history: by id, and in pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, not_, null, or_, select
from sqlalchemy.orm import Session

from chassis.database.pagination import Page, page
from chassis.rpc.identity import Identity
from services.cases.access import account_of
from services.cases.cases.models import CHARACTERS, IS_OPEN, Case, HistoryEntry
from services.cases.cases.search import number_prefix, pairs, single_letters
from services.cases.cases.visibility import assigned_to, in_grids_of, on_desk_of, reported_by, shown_to, visible_to
from services.cases.reference.models import Category


def find_case(session: Session, case_id: UUID, acting: Identity, *, lock: bool = False) -> Case | None:
    """The case, if `acting` may see it. With `lock`, other changes of the case wait until the transaction ends."""
    statement = select(Case).where(Case.id == case_id, visible_to(acting))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()


def is_on_desk_of(session: Session, case_id: UUID, acting: Identity) -> bool:
    """Whether a role of `acting` shows the case."""
    return session.scalar(select(Case.id).where(Case.id == case_id, on_desk_of(acting))) is not None


def list_cases(
    session: Session,
    acting: Identity,
    *,
    scope: str,
    state: str | None,
    category: str | None,
    grid_id: str | None,
    handler_id: UUID | None,
    assigned: str | None,
    open: bool | None,
    satisfied: bool | None,
    reported_before: datetime | None,
    community_id: str | None,
    order: str,
    q: str | None,
    limit: int,
    cursor: str | None,
) -> Page[Case]:
    """In the `order` of the reports: `newest` or `oldest` first. `scope` is `mine` (reported by `acting`) or `desk` (shown by a
    role or a right of `acting`). A first-level category includes the categories below it. Raises InvalidField for a bad
    cursor."""
    statement = select(Case).where(shown_to(acting) if scope == "desk" else reported_by(acting))
    if state is not None:
        statement = statement.where(Case.state == state)
    if category is not None:
        included = select(Category.code).where(or_(Category.code == category, Category.parent == category))
        statement = statement.where(Case.category_code.in_(included))
    if grid_id is not None:
        statement = statement.where(Case.grid_id == grid_id)
    if handler_id is not None:
        statement = statement.where(Case.handler_id == handler_id)
    if assigned is not None:
        statement = statement.where(assigned_to(acting) if assigned == "me" else in_grids_of(acting))
    if open is not None:
        statement = statement.where(IS_OPEN if open else not_(IS_OPEN))
    if satisfied is not None:
        statement = statement.where(Case.satisfied.is_(True) if satisfied else Case.satisfied.is_(False))
    if reported_before is not None:
        statement = statement.where(Case.reported_at < reported_before)
    if community_id is not None:
        statement = statement.where(Case.community_id == community_id)
    if q is not None:
        # A system must not find out by searching what it may not read.
        by_number = acting.system_id is not None and scope == "desk"
        statement = statement.where(_mentions(q, by_number_only=by_number))
    way: Literal["asc", "desc"] = "asc" if order == "oldest" else "desc"
    return page(session, statement, keys=[(Case.reported_at, way), (Case.id, way)], limit=limit, cursor=cursor)


def search_cases(
    session: Session, acting: Identity, *, q: str | None, reporter_ids: Sequence[UUID], limit: int, cursor: str | None
) -> Page[Case]:
    """Cases on the desk of `acting` that `q` finds, or that one of `reporter_ids` reported under a name. Newest first. Raises
    InvalidField for a bad cursor."""
    grounds: list[ColumnElement[bool]] = [false()]
    if q is not None:
        grounds.append(_mentions(q, by_number_only=False))
    if reporter_ids:
        grounds.append(and_(Case.reporter_id.in_(reporter_ids), Case.anonymous.is_(False)))
    statement = select(Case).where(on_desk_of(acting), or_(*grounds))
    return page(session, statement, keys=[(Case.reported_at, "desc"), (Case.id, "desc")], limit=limit, cursor=cursor)


def list_history(session: Session, case_id: UUID, *, limit: int, cursor: str | None) -> Page[HistoryEntry]:
    """Oldest first. Raises InvalidField for a bad cursor."""
    statement = select(HistoryEntry).where(HistoryEntry.case_id == case_id)
    return page(session, statement, keys=[(HistoryEntry.version, "asc")], limit=limit, cursor=cursor)


def list_steps_of_own(session: Session, acting: Identity, *, limit: int, cursor: str | None) -> Page[HistoryEntry]:
    """The steps of every case that `acting` reported, in the order of their ids. Raises InvalidField for a bad cursor."""
    statement = select(HistoryEntry).join(Case, Case.id == HistoryEntry.case_id).where(Case.reporter_id == account_of(acting))
    return page(session, statement, keys=[(HistoryEntry.id, "asc")], limit=limit, cursor=cursor)


def state_before(session: Session, case: Case) -> str | None:
    """The state from which the case last came into its present state. None for a case that has been in one state only."""
    entered = (HistoryEntry.case_id == case.id, HistoryEntry.to_state == case.state, HistoryEntry.from_state != case.state)
    statement = select(HistoryEntry.from_state).where(*entered).order_by(HistoryEntry.version.desc()).limit(1)
    return session.scalar(statement)


def _mentions(q: str, *, by_number_only: bool) -> ColumnElement[bool]:
    grounds: list[ColumnElement[bool]] = [false()]
    if by_number_only:
        pass
    elif terms := pairs(q):
        grounds.append(Case.search_terms.contains(terms))
    elif letters := single_letters(q):
        # The same functions as in the index, so that both sides agree on upper and lower case.
        grounds.append(CHARACTERS.contains(func.string_to_array(func.lower(letters), null())))
    if prefix := number_prefix(q):
        # A range, not LIKE: the index answers it in every plan. "~" sorts after every character of a number.
        grounds.append(and_(Case.number >= prefix, Case.number < prefix + "~"))
    return or_(*grounds)
