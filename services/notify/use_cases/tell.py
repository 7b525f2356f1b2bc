"""Tell people of a fact that another service published."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chassis.config import settings
from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.notify import outgoing, storage
from services.notify.messages import notification_sent
from services.notify.models import ContactPoint, Notification, Recipient
from services.notify.models.notification import EMAIL, IN_APP, SMS
from services.notify.rendering import Text, render
from services.notify.routes import Route, subject_of, told
from services.notify.sealed import Content


def tell(call: Call, type_: str, event_id: UUID, community_id: str, data: Mapping[str, Any]) -> list[Notification]:
    """One notification per person, channel and template of the message's routes: in the app at once, by e-mail and
    SMS queued for the senders. What was told of this event before is not told again. Returns what is new."""
    new: list[Notification] = []
    for account_id, route in told(type_, data):
        # The lock makes the look-up safe, and the inbox grow in the order of commits.
        recipient = storage.lock_recipient(call.session, account_id, community_id)
        before = storage.told_already(call.session, event_id, account_id, community_id)
        for channel, point in _channels(call, account_id, route):
            if (channel, route.template) in before:
                continue
            text = render(route.template, channel, recipient.language, data)
            kind, subject_id = subject_of(type_, data)
            what = {
                "community_id": community_id,
                "event_id": event_id,
                "account_id": account_id,
                "template": route.template,
                "language": recipient.language,
                "subject_type": kind,
                "subject_id": subject_id,
            }
            new.append(_in_app(call, recipient, text, what) if point is None else _queued(call, point, text, what))
    return new


def _channels(call: Call, account_id: UUID, route: Route) -> list[tuple[str, ContactPoint | None]]:
    proven = storage.proven(call.session, account_id)
    channels: list[tuple[str, ContactPoint | None]] = [(IN_APP, None)]
    if settings().smtp_url and EMAIL in proven:
        channels.append((EMAIL, proven[EMAIL]))
    if route.sms and SMS in proven:
        channels.append((SMS, proven[SMS]))
    return channels


def _in_app(call: Call, recipient: Recipient, text: Text, what: dict[str, Any]) -> Notification:
    notification = Notification.in_inbox(call.now, title=text.title, body=text.body, **what)
    recipient.unread += 1
    call.session.add(notification)
    outbox.add(call.session, notification_sent(notification, call.now))
    return notification


def _queued(call: Call, point: ContactPoint, text: Text, what: dict[str, Any]) -> Notification:
    sealed = Content(text.title, text.body, text.variables).seal()
    notification = Notification.to_send(call.now, channel=point.channel, contact_point_id=point.id, sealed=sealed, **what)
    return outgoing.enqueue(call.session, notification)
