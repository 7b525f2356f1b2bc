"""The demo's contact points, and what happened to the demo's people last week."""

from typing import Any

# The residents of each community: account, channel, address
CONTACT_POINTS = {
    "liuyi": (
        ("wang", "sms", "19900000001"),
        ("li", "sms", "19900000002"),
        ("zhang", "sms", "19900000003"),
        ("ma", "sms", "19900000004"),
        ("chen", "sms", "19900000005"),
        ("zhang", "email", "zhang@example.com"),
        ("chen", "email", "chen@example.com"),
    ),
    "yuxin": (
        ("shen", "sms", "19900000011"),
        ("han", "sms", "19900000012"),
        ("bai", "sms", "19900000013"),
        ("bai", "email", "bai@example.com"),
    ),
    "zhongzhou": (
        ("luo", "sms", "19900000021"),
        ("liang", "sms", "19900000022"),
        ("peng", "sms", "19900000023"),
    ),
}
COMMUNITY_OF = {name: community_id for community_id, points in CONTACT_POINTS.items() for name, *_ in points}
# name, account, message type, days ago, title, location, further fields
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
