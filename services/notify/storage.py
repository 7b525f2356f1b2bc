"""Selects and locks of inbox and contact points. Lock order everywhere: recipients (by account id), then addresses,
then single notifications."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database.pagination import Page, page
from services.notify.models import AddressCode, CodeAllowance, ContactPoint, Notification, Recipient, SinkMessage
from services.notify.models.notification import IN_APP


def lock_recipient(session: Session, account_id: UUID, community_id: str) -> Recipient:
    """The account's row, made if missing, locked until the transaction ends."""
    row = {"account_id": account_id, "community_id": community_id}
    session.execute(insert(Recipient).values(row).on_conflict_do_nothing())
    statement = select(Recipient).where(Recipient.account_id == account_id).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def recipient(session: Session, account_id: UUID) -> Recipient | None:
    return session.get(Recipient, account_id)


def told_already(session: Session, event_id: UUID, account_id: UUID, community_id: str) -> set[tuple[str, str]]:
    """(channel, template) of what the account was told of the event before."""
    statement = select(Notification.channel, Notification.template).where(
        Notification.community_id == community_id, Notification.event_id == event_id, Notification.account_id == account_id
    )
    return {(channel, template) for channel, template in session.execute(statement)}


def own_notification(session: Session, account_id: UUID, notification_id: UUID) -> Notification | None:
    return session.scalar(_inbox(account_id).where(Notification.id == notification_id))


def inbox_page(
    session: Session, account_id: UUID, *, unread: bool, after: int | None, limit: int, cursor: str | None
) -> Page[Notification]:
    """Newest first; with `after` (a `seq`) what came later, oldest first."""
    statement = _inbox(account_id)
    if unread:
        statement = statement.where(Notification.read_at.is_(None))
    if after is None:
        return page(session, statement, keys=[(Notification.seq, "desc")], limit=limit, cursor=cursor)
    statement = statement.where(Notification.seq > after)
    return page(session, statement, keys=[(Notification.seq, "asc")], limit=limit, cursor=cursor)


def read_all(session: Session, account_id: UUID, now: datetime) -> int:
    """Mark everything in the inbox read; returns how much was not. The recipient is locked."""
    statement = (
        update(Notification)
        .where(Notification.account_id == account_id, Notification.channel == IN_APP, Notification.read_at.is_(None))
        .values(read_at=now, version=Notification.version + 1)
        .execution_options(synchronize_session=False)
        .returning(Notification.id)
    )
    return len(session.execute(statement).all())


def _inbox(account_id: UUID) -> Select[Notification]:
    return select(Notification).where(Notification.account_id == account_id, Notification.channel == IN_APP)


def contact_points(session: Session, account_id: UUID) -> Sequence[ContactPoint]:
    statement = select(ContactPoint).where(ContactPoint.account_id == account_id)
    return session.scalars(statement.order_by(ContactPoint.channel, ContactPoint.created_at)).all()


def proven(session: Session, account_id: UUID) -> dict[str, ContactPoint]:
    """Channel -> the address that the account has proven to be its own."""
    return {point.channel: point for point in contact_points(session, account_id) if point.verified}


def lock_address(session: Session, channel: str, address_index: str) -> None:
    """Proofs of the same address are taken one after the other."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{channel}\n{address_index}", 0))))


def take_from_others(session: Session, account_id: UUID, channel: str, address_index: str) -> None:
    """The latest proof wins: the address is nobody else's any more."""
    session.execute(
        delete(ContactPoint).where(
            ContactPoint.channel == channel,
            ContactPoint.address_index == address_index,
            ContactPoint.verified,
            ContactPoint.account_id != account_id,
        )
    )


def lock_contact_point(session: Session, contact_point_id: UUID) -> ContactPoint | None:
    return session.get(ContactPoint, contact_point_id, with_for_update=True)


def sealed_before(session: Session, before: datetime, limit: int) -> Sequence[ContactPoint]:
    """Contact points whose encryption is older, locked; those that others work on are left out."""
    statement = select(ContactPoint).where(ContactPoint.sealed_at < before).order_by(ContactPoint.sealed_at).limit(limit)
    return session.scalars(statement.with_for_update(skip_locked=True)).all()


def address_codes(session: Session, contact_point_id: UUID, now: datetime) -> Sequence[AddressCode]:
    """The codes that may still prove the address. The recipient's lock keeps two guesses from sharing a try."""
    valid = and_(AddressCode.expires_at > now, AddressCode.tries_left > 0)
    statement = select(AddressCode).where(AddressCode.contact_point_id == contact_point_id, valid).order_by(AddressCode.id)
    return session.scalars(statement).all()


def lock_allowance(session: Session, phone_index: str, now: datetime) -> CodeAllowance:
    """The phone's allowance, made if missing, locked until the transaction ends."""
    row = {"phone_index": phone_index, "requested_at": [], "last_requested_at": now}
    session.execute(insert(CodeAllowance).values(row).on_conflict_do_nothing())
    statement = select(CodeAllowance).where(CodeAllowance.phone_index == phone_index).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def sink_page(session: Session, phone_index: str | None, *, limit: int, cursor: str | None) -> Page[SinkMessage]:
    """Newest first."""
    statement = select(SinkMessage)
    if phone_index is not None:
        statement = statement.where(SinkMessage.phone_index == phone_index)
    return page(session, statement, keys=[(SinkMessage.sent_at, "desc"), (SinkMessage.id, "desc")], limit=limit, cursor=cursor)


def forget(session: Session, *, codes_before: datetime, sink_before: datetime) -> None:
    """Delete one-time codes and their rows, allowances without a recent request, and what the sink kept."""
    session.execute(delete(Notification).where(Notification.account_id.is_(None), Notification.created_at < codes_before))
    session.execute(delete(AddressCode).where(AddressCode.expires_at < codes_before))
    session.execute(delete(CodeAllowance).where(CodeAllowance.last_requested_at < codes_before))
    session.execute(delete(SinkMessage).where(SinkMessage.sent_at < sink_before))
