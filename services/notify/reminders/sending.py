"""Sends the reminders that are due.

A batch is one transaction: a reminder is `sent` exactly if its notifications are there. A process that is killed leaves all of
them or none. Any number of replicas may run at once. They lock the recipients first, in the order of their ids, as everywhere,
and then take the reminders with SKIP LOCKED; a reminder that another one has sent meanwhile is not due any more.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from chassis.observability import telemetry
from chassis.rpc.call import Call
from services.notify.communities.storage import zone_of
from services.notify.delivery.handing_over import hand_over, reachable_channels, text_for
from services.notify.interface.notifications import IN_APP
from services.notify.interface.refusals import AccountErased
from services.notify.interface.reminders import ALSO_SMS, OFF
from services.notify.notifications import storage as notifications
from services.notify.notifications.models import Notification
from services.notify.notifications.rendering import FOR_CHILD
from services.notify.recipients import storage as recipients
from services.notify.recipients.models import Recipient
from services.notify.relatives import storage as relatives
from services.notify.reminders import storage
from services.notify.reminders.due_time import night_ends
from services.notify.reminders.models import Reminder
from services.notify.settings import link_to

log = telemetry.get_logger(__name__)
BATCH: Final = 50
ENOUGH: Final = timedelta(minutes=15)  # to answer; what would leave less is sent at night, too
AFTER_A_FAILURE: Final = timedelta(minutes=10)


def send_due(call: Call) -> tuple[list[Notification], bool]:
    """Send a batch of the reminders that are due at `call.now`. What has begun is dropped: who was reminded then would only be
    annoyed. What is due in the night, because nobody sent it in time, waits for the morning. Returns the new notifications, and
    whether there may be more to do at once."""
    due = storage.list_due(call.session, call.now, BATCH)
    if not due:
        return [], False
    guardians = {one.account_id: relatives.guardians_of(call.session, one.account_id, call.now) for one in due}
    homes = {person: one.community_id for one in due for person in (one.account_id, *guardians[one.account_id])}
    people = _lock_people(call.session, homes)
    new: list[Notification] = []
    for reminder in storage.lock_due(call.session, [one.key for one in due], call.now):
        if reminder.account_id not in guardians:
            continue  # its account was merged just now, so another recipient must be locked: next time
        new += _settle(call, reminder, people, guardians[reminder.account_id])
    return new, len(due) == BATCH


def _lock_people(session: Session, homes: Mapping[UUID, str]) -> dict[UUID, Recipient]:
    """The recipients, by account, without those that were erased. `homes` has a community for those that are new."""
    found: dict[UUID, Recipient] = {}
    for account_id in sorted(homes):
        try:
            found[account_id] = recipients.lock_recipient(session, account_id, homes[account_id])
        except AccountErased:
            continue
    return found


def _settle(
    call: Call, reminder: Reminder, people: Mapping[UUID, Recipient], guardian_ids: Iterable[UUID]
) -> list[Notification]:
    if reminder.is_over(call.now) or reminder.account_id not in people:
        reminder.drop()
        return []
    morning = night_ends(call.now, zone_of(call.session, reminder.community_id))
    if morning is not None and not _cannot_wait_for(morning, reminder):
        reminder.postpone(morning)
        return []
    try:
        with call.session.begin_nested():
            return _send(call, reminder, people, guardian_ids)
    except SQLAlchemyError:
        raise
    except Exception:
        # One broken text must not stop the reminders behind it. It is tried again until its thing begins.
        log.exception("reminder failed", subject_type=reminder.subject_type, subject_id=str(reminder.subject_id))
        reminder.postpone(call.now + AFTER_A_FAILURE)
        return []


def _send(call: Call, reminder: Reminder, people: Mapping[UUID, Recipient], guardian_ids: Iterable[UUID]) -> list[Notification]:
    """Remind the person and the guardians, each as they want it. If nobody wants it, it is dropped."""
    told = [(reminder.account_id, "")] + [(guardian_id, FOR_CHILD) for guardian_id in guardian_ids]
    wanted = [(people[one], around) for one, around in told if one in people and _wants(people[one], reminder)]
    if not wanted:
        reminder.drop()
        return []
    reminder.send()
    link = link_to("r", reminder.new_secret()) if link_to("r") else ""
    new: list[Notification] = []
    for recipient, around in wanted:
        new += _notify(call, reminder, recipient, around, link)
    return new


def _cannot_wait_for(morning: datetime, reminder: Reminder) -> bool:
    """Whether too little time would be left to answer."""
    return reminder.answer_by is not None and morning + ENOUGH > reminder.answer_by


def _wants(recipient: Recipient, reminder: Reminder) -> bool:
    return reminder.is_question or recipient.reminders != OFF


def _notify(call: Call, reminder: Reminder, recipient: Recipient, around: str, link: str) -> list[Notification]:
    assert reminder.notice_id is not None  # noqa: S101  reminder_due: it was waiting
    existing = notifications.already_notified(call.session, reminder.notice_id, recipient.account_id, reminder.community_id)
    about = _about(reminder, recipient)
    new: list[Notification] = []
    for channel, point in reachable_channels(
        call.session, recipient.account_id, sms=reminder.is_question or recipient.reminders == ALSO_SMS
    ):
        if (channel, reminder.template) in existing:
            continue
        # In the app the notification opens the page of the booking, and no secret is stored in the inbox.
        data = _data(reminder, link="" if channel == IN_APP else link)
        zone = zone_of(call.session, reminder.community_id)
        text = text_for(reminder.template, channel, point, recipient, data, around=around, zone=zone)
        new.append(hand_over(call, recipient, point, text, about, expires_at=reminder.until))
    return new


def _about(reminder: Reminder, recipient: Recipient) -> dict[str, Any]:
    return {
        "community_id": reminder.community_id,
        "event_id": reminder.notice_id,
        "subject_type": reminder.subject_type,
        "subject_id": reminder.subject_id,
        "account_id": recipient.account_id,
        "template": reminder.template,
        "language": recipient.language,
    }


def _data(reminder: Reminder, *, link: str) -> dict[str, Any]:
    times = {"starts_at": reminder.starts_at, "ends_at": reminder.ends_at}
    if reminder.answer_by is not None:
        times["answer_by"] = reminder.answer_by
    previous: dict[str, Any] = {
        name: datetime.fromisoformat(reminder.content[name])
        for name in ("previous_starts_at", "previous_ends_at")
        if name in reminder.content
    }
    return {**reminder.content, **previous, **times, "link": link}
