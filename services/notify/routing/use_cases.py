"""Notifies people of a message that another service published."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from services.notify.communities.storage import zone_of
from services.notify.delivery.handing_over import hand_over, reachable_channels, text_for
from services.notify.interface.refusals import AccountErased
from services.notify.notifications import storage as notifications
from services.notify.notifications.models import Notification
from services.notify.notifications.rendering import FOR_CHILD
from services.notify.recipients import storage as recipients
from services.notify.recipients.models import Recipient
from services.notify.recipients.substitutes import substitute_of
from services.notify.relatives import storage as relatives
from services.notify.routing.routes import Route, routes_of, subject_of

Data = Mapping[str, Any]


def notify_recipients(call: Call, type_: str, event_id: UUID, community_id: str, data: Data) -> list[Notification]:
    """Create one notification per account, channel and template of the message's routes; guardians are notified for children.
    In-app notifications are delivered at once; e-mails and SMS are queued. `data` is what the message's reader loaded. Returns
    the new notifications: those that exist already for this event are left as they are."""
    new: list[Notification] = []
    zone = zone_of(call.session, community_id)
    for account_id, route, around in _recipients(call, type_, data):
        # The lock makes the check for existing ones safe, and adds to the inbox in the order of commits.
        try:
            recipient = recipients.lock_recipient(call.session, account_id, community_id)
        except AccountErased:
            continue  # nobody is there to be notified
        if route.about in recipient.muted:
            continue
        existing = notifications.already_notified(call.session, event_id, account_id, community_id)
        about = _about(type_, event_id, community_id, data) | _to(recipient, route)
        for channel, point in reachable_channels(call.session, account_id, sms=route.sms):
            if (channel, route.template) not in existing:
                text = text_for(route.template, channel, point, recipient, data, around=around, zone=zone)
                new.append(hand_over(call, recipient, point, text, about))
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


def _about(type_: str, event_id: UUID, community_id: str, data: Data) -> dict[str, Any]:
    kind, subject_id = subject_of(type_, data)
    return {"community_id": community_id, "event_id": event_id, "subject_type": kind, "subject_id": subject_id}


def _to(recipient: Recipient, route: Route) -> dict[str, Any]:
    return {"account_id": recipient.account_id, "template": route.template, "language": recipient.language}
