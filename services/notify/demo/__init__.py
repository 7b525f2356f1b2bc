"""Demo data: the contact points of the demo's people, and last week's notifications. This week's notifications are created
from the messages that the other services' demo data publishes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chassis.database import erased
from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from services.notify.access import GATEWAY
from services.notify.contact_points.use_cases import put_contact_point
from services.notify.demo.people import COMMUNITY_OF, CONTACT_POINTS, LAST_WEEK
from services.notify.interface.addresses import normalised
from services.notify.notifications.use_cases import mark_read
from services.notify.recipients import storage as recipients
from services.notify.reminders import sending
from services.notify.reminders.use_cases import keep_reminder
from services.notify.routing.use_cases import notify_recipients


def seed(call: Call) -> None:
    """Verified phones and e-mail addresses of the demo's accounts, and last week's notifications. All but the last one are
    read. What exists already stays as it is."""
    for points in CONTACT_POINTS.values():
        for name, channel, address in points:
            _add_contact_point(call, name, channel, address)
    for number, (_, name, type_, days_ago, *_rest) in enumerate(LAST_WEEK):
        data = _data_of(call, number)
        then = replace(call, now=call.now - timedelta(days=days_ago))
        event_id = demo_id("event", f"notify:{number}")
        new = notify_recipients(then, type_, event_id, COMMUNITY_OF[name], data)
        if new and number == 0:
            _remind_of_last_week(call)
        for notification in new:
            if notification.channel == "in_app" and number < len(LAST_WEEK) - 1:
                mark_read(replace(then, acting=_resident(name)), notification_id=notification.id)


def _remind_of_last_week(call: Call) -> None:
    """The reminder of the first thing of LAST_WEEK, sent the evening before."""
    _, name, type_, days_ago, *_rest = LAST_WEEK[0]
    data = _data_of(call, 0)
    keep_reminder(replace(call, now=call.now - timedelta(days=days_ago)), type_, 1, COMMUNITY_OF[name], data)
    sending.send_due(replace(call, now=data["starts_at"] - timedelta(hours=14)))


def _add_contact_point(call: Call, name: str, channel: str, address: str) -> None:
    account_id = demo_id("account", name)
    known = recipients.list_contact_points(call.session, account_id, channel)
    if known or erased.is_erased(call.session, account_id):
        return
    gateway = Identity(party="system", scopes=frozenset({GATEWAY}), community_id=COMMUNITY_OF[name])
    put_contact_point(
        replace(call, acting=gateway),
        account_id=account_id,
        channel=channel,
        address=normalised(channel, address),
        verified=True,
    )


def _data_of(call: Call, number: int) -> dict[str, Any]:
    """The data of one message of LAST_WEEK, as its reader loads it."""
    code, name, _, _, (zh, en), location, more = LAST_WEEK[number]
    starts_at = (call.now - timedelta(days=5)).replace(hour=1, minute=30, second=0, microsecond=0)
    return {
        "registration_id": demo_id("registration", f"last-week:{code}:{name}"),
        "resident_id": demo_id("account", name),
        "title": {"zh-CN": zh, "en": en},
        "location": location,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "seats": 1,
        **more,
    }


def _resident(name: str) -> Identity:
    return Identity(account_id=str(demo_id("account", name)), party="resident", community_id=COMMUNITY_OF[name])
