"""Selects and updates of notifications. The queue of what is sent is in delivery.storage."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from chassis.database.pagination import Page, page
from services.notify.interface.notifications import IN_APP
from services.notify.notifications.models import Notification


def find_in_inbox(session: Session, account_id: UUID, notification_id: UUID) -> Notification | None:
    """A notification in the account's inbox."""
    return session.scalar(_inbox(account_id).where(Notification.id == notification_id))


def list_inbox(
    session: Session, account_id: UUID, *, unread: bool, after: int | None, limit: int, cursor: str | None
) -> Page[Notification]:
    """The account's inbox, newest first. With `after` (a `seq`) only later notifications, oldest first."""
    statement = _inbox(account_id)
    if unread:
        statement = statement.where(Notification.read_at.is_(None))
    if after is None:
        return page(session, statement, keys=[(Notification.seq, "desc")], limit=limit, cursor=cursor)
    statement = statement.where(Notification.seq > after)
    return page(session, statement, keys=[(Notification.seq, "asc")], limit=limit, cursor=cursor)


def read_all(session: Session, account_id: UUID, now: datetime) -> int:
    """Mark the whole inbox as read. Returns how many were unread. The caller has locked the recipient."""
    statement = (
        update(Notification)
        .where(Notification.account_id == account_id, Notification.channel == IN_APP, Notification.read_at.is_(None))
        .values(read_at=now, version=Notification.version + 1)
        .execution_options(synchronize_session=False)
        .returning(Notification.id)
    )
    return len(session.execute(statement).all())


def already_notified(session: Session, event_id: UUID, account_id: UUID, community_id: str) -> set[tuple[str, str]]:
    """(channel, template) of the notifications that the account has of the event."""
    statement = select(Notification.channel, Notification.template).where(
        Notification.community_id == community_id, Notification.event_id == event_id, Notification.account_id == account_id
    )
    return {(channel, template) for channel, template in session.execute(statement)}


def _inbox(account_id: UUID) -> Select[Notification]:
    return select(Notification).where(Notification.account_id == account_id, Notification.channel == IN_APP)
