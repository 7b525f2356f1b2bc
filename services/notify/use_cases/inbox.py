"""What a person finds in the in-app inbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.config import settings
from chassis.database.pagination import DEFAULT_LIMIT
from chassis.rpc.call import Call
from chassis.rpc.refusal import Invalid, NotFound
from services.notify import storage
from services.notify.models import Notification, Recipient


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of one's inbox."""

    items: Sequence[Notification]
    next_cursor: str | None
    unread_count: int


def list_notifications(
    call: Call, *, unread: bool = False, after: UUID | None = None, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Inbox:
    """One's own notifications, newest first; with `after` (the id of one of them) those that came later, oldest
    first, without a gap. Raises Unauthenticated, and Invalid if `after` is not in the inbox."""
    account_id = UUID(call.acting.signed_in())
    page = storage.inbox_page(
        call.session,
        account_id,
        unread=unread,
        after=None if after is None else _seq_of(call, account_id, after),
        limit=limit,
        cursor=cursor,
    )
    recipient = storage.recipient(call.session, account_id)
    return Inbox(page.items, page.next_cursor, recipient.unread if recipient else 0)


def get_notification(call: Call, notification_id: UUID) -> Notification:
    """Raises NotFound for what is not in one's own inbox."""
    notification = storage.own_notification(call.session, UUID(call.acting.signed_in()), notification_id)
    if notification is None:
        raise NotFound()
    return notification


def mark_read(call: Call, notification_id: UUID) -> Notification:
    """Marking twice changes nothing. Raises NotFound for what is not in one's own inbox."""
    recipient = _locked(call)
    notification = get_notification(call, notification_id)
    if notification.read(call.now):
        recipient.unread -= 1
    return notification


def mark_all_read(call: Call) -> int:
    """Returns how many were unread."""
    recipient = _locked(call)
    recipient.unread = 0
    return storage.read_all(call.session, recipient.account_id, call.now)


def _locked(call: Call) -> Recipient:
    account_id = UUID(call.acting.signed_in())
    return storage.lock_recipient(call.session, account_id, call.acting.community_id or settings().community)


def _seq_of(call: Call, account_id: UUID, notification_id: UUID) -> int:
    notification = storage.own_notification(call.session, account_id, notification_id)
    if notification is None:
        message = "not a notification of yours"
        raise Invalid(errors=[{"field": "after", "code": "unknown_notification", "message": message}])
    return notification.seq
