"""The in-app inbox of the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField, NotFound
from services.notify.access import account, home_of
from services.notify.interface.notifications import NOT_IN_INBOX
from services.notify.notifications import storage
from services.notify.notifications.models import Notification
from services.notify.recipients import storage as recipients
from services.notify.recipients.models import Recipient


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of the inbox. `unread_count` is of the whole inbox."""

    items: Sequence[Notification]
    next_cursor: str | None
    unread_count: int


@dataclass(frozen=True, slots=True)
class Marked:
    """How many notifications were marked as read, and how many are unread now."""

    marked: int
    unread_count: int


def list_notifications(
    call: Call, *, limit: int, unread: bool = False, after: UUID | None = None, cursor: str | None = None
) -> Inbox:
    """The caller's inbox, newest first. With `after` (the id of one of its notifications) all later ones, oldest first.
    Raises Unauthenticated; InvalidField if `after` is not in the inbox."""
    account_id = account(call.acting)
    page = storage.list_inbox(
        call.session,
        account_id,
        unread=unread,
        after=None if after is None else _seq_of(call, account_id, after),
        limit=limit,
        cursor=cursor,
    )
    recipient = recipients.find_recipient(call.session, account_id)
    return Inbox(page.items, page.next_cursor, recipient.unread if recipient else 0)


def get_notification(call: Call, *, notification_id: UUID) -> Notification:
    """Raises Unauthenticated; NotFound for a notification that is not in the caller's inbox."""
    notification = storage.find_in_inbox(call.session, account(call.acting), notification_id)
    if notification is None:
        raise NotFound()
    return notification


def mark_read(call: Call, *, notification_id: UUID) -> Notification:
    """A second call changes nothing. Raises as get_notification."""
    recipient = _lock_recipient(call)
    notification = get_notification(call, notification_id=notification_id)
    if notification.read(call.now):
        recipient.unread -= 1
    return notification


def mark_all_read(call: Call) -> Marked:
    """Mark the caller's whole inbox as read. Raises Unauthenticated."""
    recipient = _lock_recipient(call)
    recipient.unread = 0
    return Marked(storage.read_all(call.session, recipient.account_id, call.now), unread_count=0)


def _lock_recipient(call: Call) -> Recipient:
    return recipients.lock_recipient(call.session, account(call.acting), home_of(call))


def _seq_of(call: Call, account_id: UUID, notification_id: UUID) -> int:
    notification = storage.find_in_inbox(call.session, account_id, notification_id)
    if notification is None:
        raise InvalidField(NOT_IN_INBOX, "after")
    return notification.seq
