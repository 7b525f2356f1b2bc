"""Selects and locks of reminders.

Recipients are locked before reminders, and reminders before notifications, as everywhere in the service."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notify.notifications.models import Notification
from services.notify.reminders.models import Reminder, hash_of

Key = tuple[str, UUID]
_PLAIN = {"synchronize_session": False}


def lock_or_add(session: Session, subject_type: str, subject_id: UUID, **values: Any) -> Reminder:
    """The reminder of the thing, locked. If there is none, one is inserted with `values`, which has seen no version yet."""
    new = insert(Reminder).values(subject_type=subject_type, subject_id=subject_id, version=0, state="dropped", **values)
    session.execute(new.on_conflict_do_nothing())
    return session.get_one(Reminder, (subject_type, subject_id), with_for_update=True, populate_existing=True)


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder that is due, and whom it is for."""

    key: Key
    account_id: UUID
    community_id: str


def list_due(session: Session, now: datetime, limit: int) -> Sequence[Due]:
    """Up to `limit` reminders that are due, the longest due first. They are not locked."""
    columns = (Reminder.subject_type, Reminder.subject_id, Reminder.account_id, Reminder.community_id)
    due = select(*columns).where(Reminder.state == "waiting", Reminder.due_at <= now)
    rows = session.execute(due.order_by(Reminder.due_at).limit(limit))
    return [Due((row.subject_type, row.subject_id), row.account_id, row.community_id) for row in rows]


def lock_due(session: Session, keys: Iterable[Key], now: datetime) -> Sequence[Reminder]:
    """Those of the reminders that are still due, locked. Rows that others have locked are skipped."""
    key = tuple_(Reminder.subject_type, Reminder.subject_id)
    due = select(Reminder).where(key.in_(list(keys)), Reminder.state == "waiting", Reminder.due_at <= now)
    locked = due.order_by(Reminder.due_at).with_for_update(skip_locked=True)
    return session.scalars(locked.execution_options(populate_existing=True)).all()


def find_by_secret(session: Session, secret: str) -> Reminder | None:
    return session.scalar(select(Reminder).where(Reminder.secret_hash == hash_of(secret)))


def lock_queued(session: Session, community_id: str, notice_id: UUID) -> Sequence[Notification]:
    """The e-mails and SMS of a reminder that no sender has taken yet, locked."""
    queued = select(Notification).where(
        Notification.community_id == community_id, Notification.event_id == notice_id, Notification.state == "queued"
    )
    return session.scalars(queued.with_for_update()).all()


def move_reminders(session: Session, goes: UUID, stays: UUID) -> None:
    """The reminders of a merged account are those of the other one."""
    moved = update(Reminder).where(Reminder.account_id == goes).values(account_id=stays)
    session.execute(moved, execution_options=_PLAIN)


def delete_reminders(session: Session, account_id: UUID) -> None:
    session.execute(delete(Reminder).where(Reminder.account_id == account_id), execution_options=_PLAIN)
