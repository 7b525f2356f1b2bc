"""Selects and locks of recipients and contact points.

Lock order of the whole service: recipients (by account id), then addresses, then single notifications."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database import erased
from services.notify.interface.refusals import AccountErased
from services.notify.recipients.models import ContactPoint, Recipient


def find_recipient(session: Session, account_id: UUID) -> Recipient | None:
    return session.get(Recipient, account_id)


def lock_recipient(session: Session, account_id: UUID, community_id: str) -> Recipient:
    """The account's row, locked until the transaction ends. It is inserted if it is missing; only then is `community_id`
    used. Raises AccountErased, so that a message or a request that is late brings nothing of the account back."""
    locked = select(Recipient).where(Recipient.account_id == account_id).with_for_update()
    locked = locked.execution_options(populate_existing=True)
    if (known := session.scalars(locked).one_or_none()) is not None:
        return known
    row = {"account_id": account_id, "community_id": community_id}
    session.execute(insert(Recipient).values(row).on_conflict_do_nothing())  # another transaction may insert it first
    inserted = session.scalars(locked).one()
    # Looked up after the lock: an erasure locks the row too, and deletes it.
    if erased.is_erased(session, account_id):
        session.delete(inserted)
        session.flush()
        raise AccountErased()
    return inserted


def list_contact_points(session: Session, account_id: UUID, channel: str | None = None) -> Sequence[ContactPoint]:
    """The account's contact points, of one channel or of all."""
    statement = select(ContactPoint).where(ContactPoint.account_id == account_id)
    if channel is not None:
        statement = statement.where(ContactPoint.channel == channel)
    return session.scalars(statement.order_by(ContactPoint.channel, ContactPoint.created_at)).all()


def usable_contact_points(session: Session, account_id: UUID) -> dict[str, ContactPoint]:
    """The account's contact points to which something may be sent, by channel: a verified one, else the phone of a relative."""
    points = list_contact_points(session, account_id)
    return {point.channel: point for point in points if point.through} | {
        point.channel: point for point in points if point.verified
    }


def usable_address(session: Session, contact_point_id: UUID | None) -> str | None:
    """The plain address of a contact point. None if it was removed, or is neither verified nor the phone of a relative. Raises
    cryptography.fernet.InvalidToken if no configured key can decrypt it."""
    point = session.get(ContactPoint, contact_point_id) if contact_point_id else None
    return point.plain_address() if point and (point.verified or point.through) else None


def lock_contact_point(session: Session, contact_point_id: UUID) -> ContactPoint | None:
    return session.get(ContactPoint, contact_point_id, with_for_update=True)


def lock_address(session: Session, channel: str, address_indexes: Sequence[str]) -> None:
    """Lock an address until the transaction ends, so that two accounts cannot verify it at the same time. It is locked under
    all its indexes, in one order: while keys are changed, another replica may use another one for new rows."""
    for index in sorted(address_indexes):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{channel}\n{index}", 0))))


def take_address_from_others(session: Session, account_id: UUID, channel: str, address_indexes: Sequence[str]) -> None:
    """Delete the verified contact points with this address of every account other than `account_id`."""
    session.execute(
        delete(ContactPoint).where(
            ContactPoint.channel == channel,
            ContactPoint.address_index.in_(address_indexes),
            ContactPoint.verified,
            ContactPoint.account_id != account_id,
        )
    )


def lock_sealed_before(session: Session, before: datetime, limit: int) -> Sequence[ContactPoint]:
    """Up to `limit` contact points that were encrypted before `before`, locked. Rows locked by others are skipped."""
    statement = select(ContactPoint).where(ContactPoint.sealed_at < before).order_by(ContactPoint.sealed_at).limit(limit)
    return session.scalars(statement.with_for_update(skip_locked=True)).all()
