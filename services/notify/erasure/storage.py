"""What notify knows of one account, and its removal."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, delete, null, or_, select, union, update
from sqlalchemy.orm import Session

from chassis.database import crypto, erased
from services.notify.codes.models import CodeAllowance
from services.notify.notifications.models import Notification
from services.notify.recipients.models import ContactPoint, Recipient
from services.notify.relatives.models import Guardian
from services.notify.reminders.models import Reminder

_PLAIN = {"synchronize_session": False}
_WAITING = Notification.state.in_(("queued", "sending"))


def blank_notifications(session: Session, account_id: UUID, now: datetime) -> int:
    """Take account, text and subject out of the account's notifications, and cancel those that wait. The rows stay until their
    period is dropped. Returns how many there were."""
    of_account = update(Notification).where(Notification.account_id == account_id)
    blanked = of_account.values(
        account_id=None,
        title="",
        body="",
        subject_type=None,
        subject_id=None,
        contact_point_id=None,
        sealed=None,
        provider_reference=None,
        lease_until=None,
        next_attempt_at=None,
        settled_at=case((_WAITING, now), else_=Notification.settled_at),
        state=case((_WAITING, "cancelled"), else_=Notification.state),
    )
    return len(session.execute(blanked.returning(Notification.id), execution_options=_PLAIN).all())


def delete_contact_points(session: Session, account_id: UUID) -> int:
    """Delete the account's addresses, their codes, and the counts of codes to them. Returns the number of addresses."""
    of_account = delete(ContactPoint).where(ContactPoint.account_id == account_id).returning(ContactPoint.address_index)
    indexes = list(session.scalars(of_account, execution_options=_PLAIN))
    counted = [*indexes, crypto.fingerprint(f"account {account_id}")]
    session.execute(delete(CodeAllowance).where(CodeAllowance.phone_index.in_(counted)), execution_options=_PLAIN)
    return len(indexes)


def delete_relatives(session: Session, account_id: UUID) -> None:
    """The account is neither guardian nor child any more."""
    named = or_(Guardian.account_id == account_id, Guardian.guardian_id == account_id)
    session.execute(delete(Guardian).where(named), execution_options=_PLAIN)


def delete_recipient(session: Session, account_id: UUID) -> None:
    session.execute(delete(Recipient).where(Recipient.account_id == account_id), execution_options=_PLAIN)


def returned(session: Session) -> Sequence[UUID]:
    """Accounts that were erased before, and have rows again after a restore."""
    known = (
        select(column).where(column.is_not(null()), erased.on_the_list(column))
        for column in (Recipient.account_id, ContactPoint.account_id, Notification.account_id, Reminder.account_id)
    )
    return [account_id for account_id in session.scalars(union(*known)) if account_id is not None]
