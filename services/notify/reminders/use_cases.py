"""Keep the reminders right; how a person wants them; what the link of one is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from services.notify.access import account_asked_for, check_gateway, home_of
from services.notify.communities.storage import zone_of
from services.notify.interface.refusals import AccountErased, ReminderLinkVoid
from services.notify.interface.reminders import IN_APP_AND_EMAIL, OFFER
from services.notify.recipients import storage as recipients
from services.notify.recipients.models import Recipient
from services.notify.reminders import storage
from services.notify.reminders.changes import EXPECT, change_of, content_of, subject_of
from services.notify.reminders.models import Reminder


def keep_reminder(call: Call, type_: str, version: int, community_id: str, data: Mapping[str, Any]) -> None:
    """Follow a message about a booking or registration. `version` is that of the thing: a message that is not newer than what
    is known changes nothing. E-mails and SMS that tell of the state before and are not sent yet are cancelled. Other messages
    are ignored. `data` is what the message's reader loaded."""
    if (change := change_of(type_, data)) is None:
        return
    account_id: UUID = data["resident_id"]
    try:
        recipients.lock_recipient(call.session, account_id, community_id)
    except AccountErased:
        return
    about: dict[str, Any] = {name: data[name] for name in ("starts_at", "ends_at")} | {"content": content_of(type_, data)}
    whose: dict[str, Any] = {"community_id": community_id, "account_id": account_id}
    subject_type, subject_id = subject_of(type_, data)
    reminder = storage.lock_or_add(call.session, subject_type, subject_id, **about, **whose)
    about["answer_by"] = data.get("answer_by") or data.get("expires_at")
    if version <= reminder.version:
        return
    before = reminder.notice_id
    reminder.version, reminder.account_id = version, account_id
    if change == EXPECT:
        reminder.expect(**about, told_at=call.now, zone=zone_of(call.session, community_id))
    else:
        reminder.drop()
    if before is not None:
        for notification in storage.lock_queued(call.session, community_id, before):
            notification.cancel(call.now, "outdated")


def get_reminder_choice(call: Call, *, account_id: UUID | None = None) -> Recipient:
    """How the caller is reminded, or for the gateway the account. Who was never notified of anything has the default. Raises
    Unauthenticated, Forbidden."""
    account_id = account_asked_for(call.acting, account_id)
    default = Recipient(account_id=account_id, reminders=IN_APP_AND_EMAIL)
    return recipients.find_recipient(call.session, account_id) or default


def choose_reminders(
    call: Call, *, reminders: str, account_id: UUID | None = None, community_id: str | None = None
) -> Recipient:
    """Choose how the caller is reminded (WAYS) from now on, or for the gateway the account of `community_id`. Raises
    Unauthenticated, Forbidden, AccountErased."""
    whose = account_asked_for(call.acting, account_id)
    recipient = recipients.lock_recipient(call.session, whose, community_id or home_of(call))
    recipient.reminders = reminders
    return recipient


@dataclass(frozen=True, slots=True)
class Reminded:
    """What the link of a reminder is about. Times are aware."""

    subject_type: str
    subject_id: UUID
    account_id: UUID
    community_id: str
    name: Mapping[str, str]
    location: str | None
    starts_at: datetime
    ends_at: datetime
    answer_by: datetime | None
    offer_id: UUID | None
    earlier: bool | None


def get_reminded(call: Call, *, secret: str) -> Reminded:
    """Raises Forbidden for a caller other than the gateway. Raises ReminderLinkVoid."""
    check_gateway(call.acting)
    reminder = storage.find_by_secret(call.session, secret)
    if reminder is None or reminder.is_over(call.now):
        raise ReminderLinkVoid()
    return _reminded(reminder)


def _reminded(reminder: Reminder) -> Reminded:
    content = reminder.content
    return Reminded(
        subject_type=reminder.subject_type,
        subject_id=reminder.subject_id,
        account_id=reminder.account_id,
        community_id=reminder.community_id,
        name=content["title"] if reminder.subject_type == "registration" else content["space_name"],
        location=content.get("location"),
        starts_at=reminder.starts_at,
        ends_at=reminder.ends_at,
        answer_by=reminder.answer_by,
        offer_id=UUID(content["offer_id"]) if reminder.subject_type == OFFER else None,
        earlier=content["earlier"] if reminder.subject_type == OFFER else None,
    )
