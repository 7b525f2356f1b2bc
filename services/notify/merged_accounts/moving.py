"""Moves notifications and contact points to the account that stays."""

from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import aliased

from chassis.rpc.call import Call
from services.notify.interface.notifications import IN_APP
from services.notify.notifications.models import Notification
from services.notify.recipients import storage as recipients
from services.notify.recipients.models import Recipient
from services.notify.relatives import storage as relatives
from services.notify.reminders import storage as reminders


def move(call: Call, goes: UUID, stays: UUID) -> None:
    """Nothing is announced. If both accounts were notified of the same event in the same way, the account that stays keeps its
    own notification, and the other one is left where nobody reads it."""
    relatives.move_guardians(call.session, goes, stays)
    old = recipients.find_recipient(call.session, goes)
    if old is None:
        return
    # Locked in the order of ids, as everywhere.
    locked = {one: recipients.lock_recipient(call.session, one, old.community_id) for one in sorted((goes, stays))}
    reminders.move_reminders(call.session, goes, stays)
    _move_notifications(call, goes, stays)
    _move_contact_points(call, goes, stays)
    call.session.flush()
    for one in locked.values():
        one.unread = _unread(call, one)


def _move_notifications(call: Call, goes: UUID, stays: UUID) -> None:
    same = aliased(Notification)
    there = exists().where(
        same.account_id == stays,
        same.community_id == Notification.community_id,
        same.event_id == Notification.event_id,
        same.channel == Notification.channel,
        same.template == Notification.template,
    )
    moved = update(Notification).where(Notification.account_id == goes, ~there).values(account_id=stays)
    call.session.execute(moved.execution_options(synchronize_session=False))


def _move_contact_points(call: Call, goes: UUID, stays: UUID) -> None:
    """What the account that stays has already is not replaced."""
    has = {(point.channel, point.verified) for point in recipients.list_contact_points(call.session, stays)}
    for point in recipients.list_contact_points(call.session, goes):
        if (point.channel, point.verified) in has:
            call.session.delete(point)
        else:
            point.account_id = stays


def _unread(call: Call, recipient: Recipient) -> int:
    unread = select(func.count()).where(
        Notification.account_id == recipient.account_id, Notification.channel == IN_APP, Notification.read_at.is_(None)
    )
    return call.session.scalar(unread) or 0
