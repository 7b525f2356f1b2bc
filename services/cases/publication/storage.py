"""Published cases and their steps, in pages."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Select, literal_column, select
from sqlalchemy.orm import Session

from chassis.database.communities import within
from chassis.database.pagination import Key, Page, page
from chassis.rpc.communities import Communities
from services.cases.cases.models import Case, HistoryEntry
from services.cases.interface.publication import OVER
from services.cases.interface.states import State

Row = TypeVar("Row")
# Text, not parameters, so that PostgreSQL uses the partial indexes in every plan.
_CASE_IS_PUBLISHED: ColumnElement[bool] = literal_column("cases.published", Boolean)
_STEP_IS_PUBLISHED: ColumnElement[bool] = literal_column("case_history.published", Boolean)


def list_cases(
    session: Session,
    communities: Communities,
    *,
    case_ids: Sequence[UUID] | None,
    categories: Sequence[str] | None,
    over: bool | None,
    reported: tuple[datetime | None, datetime | None],
    changed: tuple[datetime | None, datetime | None],
    skip: int,
    limit: int,
    cursor: str | None,
) -> Page[Case]:
    """Newest first; if `changed` limits them, the latest change first. `case_ids` overrides the other filters. Uses the
    partial indexes cases_published, cases_published_district or cases_published_changes. Raises InvalidField for a bad
    cursor."""
    keys: list[Key] = [(Case.reported_at, "desc"), (Case.id, "desc")]
    statement = select(Case).where(within(Case.community_id, communities), _CASE_IS_PUBLISHED)
    if case_ids is not None:
        named = statement.where(Case.id.in_(case_ids))
        return page(session, _skipped(named, skip, cursor), keys=keys, limit=limit, cursor=cursor)
    if categories is not None:
        statement = statement.where(Case.category_code.in_(categories))
    if over is not None:
        statement = statement.where(Case.state.in_(OVER) if over else Case.state.not_in(OVER))
    for column, (earliest, latest) in ((Case.reported_at, reported), (Case.stepped_at, changed)):
        if earliest is not None:
            statement = statement.where(column >= earliest)
        if latest is not None:
            statement = statement.where(column <= latest)
    if any(changed):
        keys = [(Case.stepped_at, "desc"), (Case.id, "desc")]
    return page(session, _skipped(statement, skip, cursor), keys=keys, limit=limit, cursor=cursor)


def list_steps(
    session: Session,
    communities: Communities,
    *,
    case_ids: Sequence[UUID] | None,
    since: datetime | None,
    until: datetime | None,
    skip: int,
    limit: int,
    cursor: str | None,
) -> Page[HistoryEntry]:
    """Oldest first. Uses the partial index case_history_published. Raises InvalidField for a bad cursor."""
    statement = select(HistoryEntry).where(within(HistoryEntry.community_id, communities), _STEP_IS_PUBLISHED)
    if case_ids is not None:
        statement = statement.where(HistoryEntry.case_id.in_(case_ids))
    if since is not None:
        statement = statement.where(HistoryEntry.at >= since)
    if until is not None:
        statement = statement.where(HistoryEntry.at <= until)
    keys: list[Key] = [(HistoryEntry.at, "asc"), (HistoryEntry.id, "asc")]
    return page(session, _skipped(statement, skip, cursor), keys=keys, limit=limit, cursor=cursor)


def taken_down(session: Session, case_ids: Collection[UUID]) -> set[UUID]:
    """Those of the cases that were withdrawn or voided."""
    gone = select(Case.id).where(Case.id.in_(case_ids), Case.state.in_((State.WITHDRAWN, State.VOIDED)))
    return set(session.scalars(gone))


def _skipped(statement: Select[Row], skip: int, cursor: str | None) -> Select[Row]:
    return statement.offset(skip) if skip and cursor is None else statement
