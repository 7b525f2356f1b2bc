"""The queue of what leaves by e-mail and SMS, in PostgreSQL: put in, taken out under a lease, and settled."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cryptography.fernet import InvalidToken
from sqlalchemy import DateTime, and_, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from chassis.database import crypto
from services.notify.models import ContactPoint, Notification
from services.notify.sealed import Content


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a channel needs to send one notification. `attempt` counts from 1 and tells attempts apart."""

    id: UUID
    attempt: int
    template: str
    language: str
    address: str
    title: str
    body: str
    variables: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)


def enqueue(session: Session, notification: Notification) -> Notification:
    """Add a queued notification and wake its channel's senders when the transaction commits."""
    session.add(notification)
    session.execute(select(func.pg_notify(f"notify_{notification.channel}", "")))
    session.flush()
    return notification


def database_clock(session: Session) -> datetime:
    """The one clock that all replicas measure leases by. Aware, UTC."""
    return session.execute(select(cast(func.clock_timestamp(), DateTime(timezone=True)))).scalar_one()


def lock_next(session: Session, channel: str, now: datetime) -> Notification | None:
    """The next one that is due, locked; rows that another sender has locked are passed over. What a person is told of
    one thing keeps its order: a later notification waits while an earlier one is on its way."""
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


def lease(session: Session, notification: Notification, now: datetime) -> Parcel | None:
    """Take a locked, queued notification for one attempt. None if it is cancelled instead: too late to be of use, the
    contact point it was meant for is gone, or the key it was sealed with (it must not hold up those behind it)."""
    if notification.is_too_late(now):
        notification.cancel(now, "expired")
        return None
    try:
        content = Content.unseal(notification.sealed or b"")
        address = content.address or _address(session, notification.contact_point_id)
    except InvalidToken:
        notification.cancel(now, "undecryptable")
        return None
    if address is None:
        notification.cancel(now, "no_contact_point")
        return None
    notification.lease(now)
    return Parcel(
        id=notification.id,
        attempt=notification.attempts,
        template=notification.template,
        language=notification.language,
        address=address,
        title=content.title,
        body=content.body,
        variables=content.variables,
        headers=content.headers,
    )


def lock_attempt(session: Session, parcel: Parcel) -> Notification | None:
    """The notification, locked, if this attempt is still the one to answer for: on its way, or given up as unknown."""
    statement = select(Notification).where(
        Notification.id == parcel.id,
        Notification.attempts == parcel.attempt,
        or_(Notification.state == "sending", Notification.state == "unknown"),
    )
    return session.scalar(statement.with_for_update())


def lock_overdue(session: Session, now: datetime) -> Notification | None:
    """One whose sender has not answered within its lease: it died, or lost the database."""
    overdue = and_(Notification.state == "sending", Notification.lease_until < now)
    return session.scalar(select(Notification).where(overdue).limit(1).with_for_update(skip_locked=True))


def _address(session: Session, contact_point_id: UUID | None) -> str | None:
    point = session.get(ContactPoint, contact_point_id) if contact_point_id else None
    return crypto.decrypt(point.address).decode() if point and point.verified else None
