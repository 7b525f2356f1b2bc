"""The queue of e-mails and SMS in PostgreSQL, and the messages that the sink took."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from chassis.database import crypto
from chassis.database.pagination import Page, page
from services.notify.delivery.models import SinkMessage
from services.notify.notifications.models import Notification


def enqueue(session: Session, notification: Notification) -> Notification:
    """Insert a queued notification. When the transaction commits, the senders of its channel are woken."""
    session.add(notification)
    session.execute(select(func.pg_notify(f"notify_{notification.channel}", "")))
    session.flush()
    return notification


def database_clock(session: Session) -> datetime:
    """The database's current time, aware, in UTC. Leases are measured by it, because all replicas share it."""
    return session.execute(select(cast(func.clock_timestamp(), DateTime(timezone=True)))).scalar_one()


def lock_next(session: Session, channel: str, now: datetime) -> Notification | None:
    """The channel's next notification that is due, locked. Rows that another sender has locked are skipped. A notification
    is skipped while an earlier one for the same account, channel and subject is on its way, so that order is kept."""
    earlier = aliased(Notification)
    on_its_way = select(earlier.id).where(
        earlier.account_id == Notification.account_id,
        earlier.subject_id == Notification.subject_id,
        earlier.channel == Notification.channel,
        earlier.seq < Notification.seq,
        earlier.state.in_(("queued", "sending")),
    )
    statement = (
        select(Notification)
        .where(Notification.channel == channel, Notification.state == "queued", Notification.next_attempt_at <= now)
        .where(~on_its_way.exists())
        .order_by(Notification.urgent.desc(), Notification.next_attempt_at, Notification.seq)
        .limit(1)
        .with_for_update(skip_locked=True, of=Notification)
    )
    return session.scalar(statement)


def lock_attempt(session: Session, notification_id: UUID, attempt: int) -> Notification | None:
    """The notification, locked, if this is its latest attempt and the answer still counts: it is `sending` or `unknown`."""
    statement = select(Notification).where(
        Notification.id == notification_id,
        Notification.attempts == attempt,
        or_(Notification.state == "sending", Notification.state == "unknown"),
    )
    return session.scalar(statement.with_for_update())


def lock_overdue(session: Session, now: datetime) -> Notification | None:
    """A notification whose lease has expired, locked. Its sender crashed or lost its database connection."""
    overdue = and_(Notification.state == "sending", Notification.lease_until < now)
    return session.scalar(select(Notification).where(overdue).limit(1).with_for_update(skip_locked=True))


def insert_sink_message(session: Session, message_id: UUID, phone: str, body: str) -> None:
    """Store an SMS. A message with the same id is stored once."""
    row = {
        "id": message_id,
        "sealed_phone": crypto.encrypt(phone.encode()),
        "phone_index": crypto.fingerprint(phone),
        "sealed_body": crypto.encrypt(body.encode()),
        "sent_at": func.clock_timestamp(),
    }
    session.execute(insert(SinkMessage).values(row).on_conflict_do_nothing())


def list_sink_messages(
    session: Session, phone_indexes: Sequence[str] | None, *, limit: int, cursor: str | None
) -> Page[SinkMessage]:
    """The SMS to one phone, by its fingerprints, or all, newest first."""
    statement = select(SinkMessage)
    if phone_indexes is not None:
        statement = statement.where(SinkMessage.phone_index.in_(phone_indexes))
    return page(session, statement, keys=[(SinkMessage.sent_at, "desc"), (SinkMessage.id, "desc")], limit=limit, cursor=cursor)
