"""The demo's people as notify knows them, and what they were told last week. This week's notifications come from what
the other services' demo data announces."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from services.notify import storage, use_cases
from services.notify.interface.addresses import normalised

COMMUNITY = "liuyi"
# account, channel, address
CONTACT_POINTS = (
    ("wang", "sms", "19900000001"),
    ("li", "sms", "19900000002"),
    ("zhang", "sms", "19900000003"),
    ("ma", "sms", "19900000004"),
    ("chen", "sms", "19900000005"),
    ("zhang", "email", "zhang@example.com"),
    ("chen", "email", "chen@example.com"),
)
# name, account, message type, days ago, title, location, what else it says
LAST_WEEK: tuple[tuple[str, str, str, int, tuple[str, str], str, dict[str, Any]], ...] = (
    ("singing", "wang", "registration.confirmed.v1", 8, ("老年合唱练习", "Elders' choir"), "二楼歌舞室", {}),
    ("lesson", "zhang", "registration.waitlisted.v1", 9, ("石榴籽小课堂", "Children's class"), "图书阅览室", {"position": 2}),
    ("lesson", "zhang", "registration.promoted.v1", 8, ("石榴籽小课堂", "Children's class"), "图书阅览室", {}),
    ("badminton", "li", "registration.confirmed.v1", 8, ("羽毛球趣味赛", "Badminton for fun"), "羽毛球场", {}),
    (
        *("badminton", "li", "registration.cancelled.v1", 7, ("羽毛球趣味赛", "Badminton for fun"), "羽毛球场"),
        {"cancelled_by": "staff"},
    ),
)


def seed(call: Call) -> None:
    """Proven phones and e-mail addresses of the demo accounts, and a few notifications of last week, which all but
    the last have been read. What is there stays as it is."""
    for name, channel, address in CONTACT_POINTS:
        _contact_point(call, name, channel, address)
    for number, (_, name, type_, days_ago, *_rest) in enumerate(LAST_WEEK):
        data = _fact(call, number)
        then = replace(call, now=call.now - timedelta(days=days_ago))
        for notification in use_cases.tell(then, type_, demo_id("event", f"notify:{number}"), COMMUNITY, data):
            if notification.channel == "in_app" and number < len(LAST_WEEK) - 1:
                use_cases.mark_read(replace(then, acting=_resident(name)), notification.id)


def _contact_point(call: Call, name: str, channel: str, address: str) -> None:
    account_id = demo_id("account", name)
    if channel in (point.channel for point in storage.contact_points(call.session, account_id)):
        return
    gateway = Identity(party="system", scopes=frozenset({"gateway"}), community_id=COMMUNITY)
    use_cases.put_contact_point(
        replace(call, acting=gateway),
        account_id=account_id,
        channel=channel,
        address=normalised(channel, address),
        verified=True,
    )


def _fact(call: Call, number: int) -> dict[str, Any]:
    """A message's data, as its reader would give it."""
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
    return Identity(account_id=str(demo_id("account", name)), party="resident", community_id=COMMUNITY)
