"""Cases and their history: by id, by lookup token, and in pages."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from chassis.database.pagination import Page, page
from chassis.rpc.identity import Identity
from services.cases.cases.lookup_tokens import digest
from services.cases.cases.models import Case, HistoryEntry
from services.cases.cases.search import number_prefix, pairs
from services.cases.cases.visibility import on_desk_of, reported_by, visible_to
from services.cases.reference.models import Category


def find_case(session: Session, case_id: UUID, acting: Identity, *, lock: bool = False) -> Case | None:
    """The case, if `acting` may see it. With `lock`, other changes of the case wait until the transaction ends."""
    statement = select(Case).where(Case.id == case_id, visible_to(acting))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()


def find_case_by_token(session: Session, number: str, token: str) -> Case | None:
    statement = select(Case).where(Case.lookup_digest == digest(token), Case.number == number)
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
    q: str | None,
    limit: int,
    cursor: str | None,
) -> Page[Case]:
    """Newest first. `scope` is `mine` (reported by `acting`) or `desk` (shown by a role of `acting`). A first-level
    category includes the categories below it. Raises InvalidField for a bad cursor."""
    statement = select(Case).where(on_desk_of(acting) if scope == "desk" else reported_by(acting))
    if state is not None:
        statement = statement.where(Case.state == state)
    if category is not None:
        included = select(Category.code).where(or_(Category.code == category, Category.parent == category))
        statement = statement.where(Case.category_code.in_(included))
    if grid_id is not None:
        statement = statement.where(Case.grid_id == grid_id)
    if handler_id is not None:
        statement = statement.where(Case.handler_id == handler_id)
    if q is not None:
        statement = statement.where(_mentions(q))
    return page(session, statement, keys=[(Case.reported_at, "desc"), (Case.id, "desc")], limit=limit, cursor=cursor)


def list_history(session: Session, case_id: UUID, *, limit: int, cursor: str | None) -> Page[HistoryEntry]:
    """Oldest first. Raises InvalidField for a bad cursor."""
    statement = select(HistoryEntry).where(HistoryEntry.case_id == case_id)
    return page(session, statement, keys=[(HistoryEntry.version, "asc")], limit=limit, cursor=cursor)


def state_before(session: Session, case: Case) -> str | None:
    """The state from which the case last came into its present state. None for a case that has been in one state only."""
    entered = (HistoryEntry.case_id == case.id, HistoryEntry.to_state == case.state, HistoryEntry.from_state != case.state)
    statement = select(HistoryEntry.from_state).where(*entered).order_by(HistoryEntry.version.desc()).limit(1)
    return session.scalar(statement)


def _mentions(q: str) -> ColumnElement[bool]:
    grounds: list[ColumnElement[bool]] = [false()]
    if terms := pairs(q):
        grounds.append(Case.search_terms.contains(terms))
    if prefix := number_prefix(q):
        # A range, not LIKE: the index answers it in every plan. "~" sorts after every character of a number.
        grounds.append(and_(Case.number >= prefix, Case.number < prefix + "~"))
    return or_(*grounds)
