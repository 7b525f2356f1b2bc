"""Reads the audit log, within the communities of the reader."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import Session

from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from gateway.audit.models import AuditEntry


def list_entries(
    session: Session,
    reach: Communities,
    *,
    kind: str | None = None,
    subject_id: str | None = None,
    actor_id: UUID | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    after_version: int | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[AuditEntry]:
    """The entries about what belongs to one of the communities in `reach`, the newest first. `start` is included, `end` is
    not."""
    statement = select(AuditEntry).where(_within(reach))
    for column, wanted in (
        (AuditEntry.kind, kind),
        (AuditEntry.subject_id, subject_id),
        (AuditEntry.actor_id, actor_id),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if start is not None:
        statement = statement.where(AuditEntry.at >= start)
    if end is not None:
        statement = statement.where(AuditEntry.at < end)
    if after_version is not None:
        statement = statement.where(AuditEntry.version > after_version)
    return page(session, statement, keys=[(AuditEntry.id, "desc")], limit=limit, cursor=cursor)


def _within(reach: Communities) -> ColumnElement[bool]:
    """Entries about the whole district are only for those who work in the whole district."""
    if reach.ids is None:
        return true()
    return and_(AuditEntry.communities.is_not(None), AuditEntry.communities.overlap(sorted(reach.ids)))
