"""Rooms and counters of the 中州社区 centre, and bookings of them. It is in another sub-district than the other two."""

from typing import Any

from services.booking.demo.kinds import COUNTER, COURT, ROOM, Booked, equipment, space

SPACES: list[dict[str, Any]] = [
    space(
        "zhongzhou-dance-room", ROOM, "中州舞蹈室 | Zhongzhou dance room", "三楼 | Second floor",
        "广场舞和少儿舞蹈，全区居民可约。 | Square dance and children's dance, for the whole district.",
        section="neighbour", capacity=30, equipment=equipment("音响 | Sound system", "镜墙 | Mirrors"),
    ),
    space(
        "zhongzhou-study", ROOM, "共享书房 | Shared study", "二楼 | First floor",
        "自习和读书会，本街道居民可约。 | Study and reading circles, for the sub-district.",
        section="neighbour", capacity=24, open_to="sub_district",
    ),
    space(
        "zhongzhou-table-tennis", COURT, "中州乒乓球台 | Zhongzhou table-tennis table", "一楼 | Ground floor",
        "室内球台。 | An indoor table.",
        max_minutes=90, open_to="community", equipment=equipment("球拍 | Bats"),
    ),
    space(
        "zhongzhou-counter", COUNTER, "便民窗口 | Service counter", "一楼大厅 | Ground floor hall",
        "养老、社保和居住证明。 | Elder care, social security, proofs of residence.",
        open_to="community",
    ),
]  # fmt: skip

BOOKINGS: list[Booked] = [
    ("zhongzhou-dance-room", "luo", 0, "08:30", 90, 16, "广场舞排练"),
    ("zhongzhou-table-tennis", "liang", 0, "19:00", 60, 2, None),
    ("zhongzhou-study", "peng", 1, "09:00", 120, 10, "读书会"),
    ("zhongzhou-counter", "luo", 1, "09:00", 15, 1, "养老认证"),
    ("zhongzhou-dance-room", "luo", 3, "08:30", 90, 16, None),
]
