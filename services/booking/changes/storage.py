"""Selects of the history."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.changes.models import CalendarChange


def list_changes(
    session: Session,
    *,
    communities: Communities,
    kind: str | None,
    subject_id: str | None,
    after_version: int | None,
    limit: int,
    cursor: str | None,
) -> Page[CalendarChange]:
    """Changes in `communities`, the newest first."""
    statement = select(CalendarChange).where(within(CalendarChange.community_id, communities))
    if kind is not None:
        statement = statement.where(CalendarChange.kind == kind)
    if subject_id is not None:
        statement = statement.where(CalendarChange.subject_id == subject_id)
    if after_version is not None:
        statement = statement.where(CalendarChange.version > after_version)
    return page(session, statement, keys=[(CalendarChange.id, "desc")], limit=limit, cursor=cursor)
