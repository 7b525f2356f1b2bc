"""Notifies people of a message that another service published."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.notify.delivery.content import Content
from services.notify.delivery.storage import enqueue
from services.notify.interface.addresses import EMAIL, SMS
from services.notify.interface.notifications import IN_APP
from services.notify.interface.refusals import AccountErased
from services.notify.notifications import storage as notifications
from services.notify.notifications.messages import notification_sent
from services.notify.notifications.models import Notification
from services.notify.notifications.rendering import FOR_CHILD, THROUGH, Text, render
from services.notify.recipients import storage as recipients
from services.notify.recipients.models import ContactPoint, Recipient
from services.notify.recipients.substitutes import substitute_of
from services.notify.relatives import storage as relatives
from services.notify.routing.routes import Route, routes_of, subject_of
from services.notify.settings import notify_settings

Data = Mapping[str, Any]


def notify_recipients(call: Call, type_: str, event_id: UUID, community_id: str, data: Data) -> list[Notification]:
    """Create one notification per account, channel and template of the message's routes; guardians are notified for children.
    In-app notifications are delivered at once; e-mails and SMS are queued. `data` is what the message's reader loaded. Returns
    the new notifications: those that exist already for this event are left as they are."""
    new: list[Notification] = []
    for account_id, route, around in _recipients(call, type_, data):
        # The lock makes the check for existing ones safe, and adds to the inbox in the order of commits.
        try:
            recipient = recipients.lock_recipient(call.session, account_id, community_id)
        except AccountErased:
            continue  # nobody is there to be notified
        existing = notifications.already_notified(call.session, event_id, account_id, community_id)
        about = _about(type_, event_id, community_id, data) | _to(recipient, route)
        for channel, point in _channels(call, account_id, route):
            if (channel, route.template) not in existing:
                text = _text(route, channel, point, recipient, data, around)
                new.append(_store(call, recipient, point, text, about))
    return new


def _recipients(call: Call, type_: str, data: Data) -> list[tuple[UUID, Route, str]]:
    """The accounts of the routes, and the guardians of those that are children, with the template that is put around what the
    guardians are told. Sorted by account id, which is the order of the locks."""
    found: list[tuple[UUID, Route, str]] = []
    for account_id, route in routes_of(type_, data, lambda absent: substitute_of(call.session, absent, call.now)):
        found.append((account_id, route, ""))
        for guardian_id in relatives.guardians_of(call.session, account_id, call.now):
            found.append((guardian_id, route, FOR_CHILD))
    return sorted(found, key=lambda one: one[0])


def _text(route: Route, channel: str, point: ContactPoint | None, recipient: Recipient, data: Data, around: str) -> Text:
    through = point is not None and point.through
    name = point.name() if point is not None and point.through else ""
    return render(route.template, channel, recipient.language, data, around=THROUGH if through else around, name=name)


def _about(type_: str, event_id: UUID, community_id: str, data: Data) -> dict[str, Any]:
    kind, subject_id = subject_of(type_, data)
    return {"community_id": community_id, "event_id": event_id, "subject_type": kind, "subject_id": subject_id}


def _to(recipient: Recipient, route: Route) -> dict[str, Any]:
    return {"account_id": recipient.account_id, "template": route.template, "language": recipient.language}


def _channels(call: Call, account_id: UUID, route: Route) -> Iterator[tuple[str, ContactPoint | None]]:
    """The channels of the route that can reach the account, each with its contact point; in-app has none."""
    verified = recipients.usable_contact_points(call.session, account_id)
    yield IN_APP, None
    if notify_settings().smtp_url and EMAIL in verified:
        yield EMAIL, verified[EMAIL]
    if route.sms and SMS in verified:
        yield SMS, verified[SMS]


def _store(call: Call, recipient: Recipient, point: ContactPoint | None, text: Text, about: dict[str, Any]) -> Notification:
    return _add_to_inbox(call, recipient, text, about) if point is None else _queue(call, point, text, about)


def _add_to_inbox(call: Call, recipient: Recipient, text: Text, about: dict[str, Any]) -> Notification:
    notification = Notification.in_inbox(call.now, title=text.title, body=text.body, **about)
    recipient.unread += 1
    call.session.add(notification)
    outbox.add(call.session, notification_sent(notification, call.now))
    return notification


def _queue(call: Call, point: ContactPoint, text: Text, about: dict[str, Any]) -> Notification:
    sealed = Content(text.title, text.body, text.variables).seal()
    notification = Notification.to_send(call.now, channel=point.channel, contact_point_id=point.id, sealed=sealed, **about)
    return enqueue(call.session, notification)
