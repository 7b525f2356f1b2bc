"""From a text to the notification of one account through one channel: stored in the inbox, or queued for a sender."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.notify.delivery.content import Content
from services.notify.delivery.storage import enqueue
from services.notify.interface.addresses import EMAIL, SMS
from services.notify.interface.notifications import IN_APP
from services.notify.notifications.messages import notification_sent
from services.notify.notifications.models import Notification
from services.notify.notifications.rendering import THROUGH, Text, render
from services.notify.recipients import storage as recipients
from services.notify.recipients.models import ContactPoint, Recipient
from services.notify.settings import notify_settings


def reachable_channels(session: Session, account_id: UUID, *, sms: bool) -> Iterator[tuple[str, ContactPoint | None]]:
    """The channels that can reach the account, each with its contact point; in-app has none. SMS only with `sms`."""
    verified = recipients.usable_contact_points(session, account_id)
    yield IN_APP, None
    if notify_settings().smtp_url and EMAIL in verified:
        yield EMAIL, verified[EMAIL]
    if sms and SMS in verified:
        yield SMS, verified[SMS]


def text_for(
    template: str,
    channel: str,
    point: ContactPoint | None,
    recipient: Recipient,
    data: Mapping[str, Any],
    *,
    around: str,
    zone: ZoneInfo,
) -> Text:
    """The text in the recipient's language, with times in `zone`. An SMS to the phone of somebody else says whom it concerns;
    otherwise the template `around` is put around the text, if there is one."""
    through = point is not None and point.through
    name = point.name() if point is not None and point.through else ""
    around = THROUGH if through else around
    return render(template, channel, recipient.language, data, around=around, name=name, zone=zone)


def hand_over(
    call: Call,
    recipient: Recipient,
    point: ContactPoint | None,
    text: Text,
    about: Mapping[str, Any],
    *,
    expires_at: datetime | None = None,
) -> Notification:
    """Add it to the inbox, if there is no `point`; it is delivered when the transaction commits. Otherwise queue it; it is not
    sent after `expires_at`. The recipient is locked. `about` are the other columns of Notification."""
    if point is None:
        return _add_to_inbox(call, recipient, text, about)
    return _queue(call, point, text, about, expires_at)


def _add_to_inbox(call: Call, recipient: Recipient, text: Text, about: Mapping[str, Any]) -> Notification:
    notification = Notification.in_inbox(call.now, title=text.title, body=text.body, **about)
    recipient.unread += 1
    call.session.add(notification)
    outbox.add(call.session, notification_sent(notification, call.now))
    return notification


def _queue(call: Call, point: ContactPoint, text: Text, about: Mapping[str, Any], expires_at: datetime | None) -> Notification:
    sealed = Content(text.title, text.body, text.variables).seal()
    where: dict[str, Any] = {"channel": point.channel, "contact_point_id": point.id, "sealed": sealed, "expires_at": expires_at}
    return enqueue(call.session, Notification.to_send(call.now, **where, **about))
