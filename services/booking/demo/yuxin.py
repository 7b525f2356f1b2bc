"""Rooms and counters of the 育新社区 centre, and bookings of them. It is in the same sub-district as 六一社区."""

from typing import Any

from services.booking.demo.kinds import COUNTER, COURT, EVERY_DAY, ROOM, Booked, equipment, hours, space

SPACES: list[dict[str, Any]] = [
    space(
        "yuxin-meeting-room", ROOM, "育新议事厅 | Yuxin council room", "二楼 | First floor",
        "居民议事和宣讲，本街道居民可约。 | Residents' councils and talks, for the whole sub-district.",
        section="neighbour", capacity=40, open_to="sub_district", equipment=equipment("投影仪 | Projector"),
    ),
    space(
        "yuxin-elders-room", ROOM, "长者活动室 | Elders' room", "一楼南侧 | Ground floor, south",
        "棋牌、书画和午间休息。 | Chess, painting, and a rest at noon.",
        section="elders", capacity=20, open_to="community", opening_hours=hours((EVERY_DAY, "08:00-18:00")),
    ),
    space(
        "yuxin-basketball-court", COURT, "育新篮球场 | Yuxin basketball court", "院内 | In the yard",
        "半场，自带篮球。 | Half a court; bring your own ball.",
        capacity=12,
    ),
    space(
        "yuxin-counter", COUNTER, "综合窗口 | General counter", "一楼大厅 | Ground floor hall",
        "民政、社保一窗受理。 | Civil affairs and social security at one counter.",
        open_to="community",
    ),
]  # fmt: skip

BOOKINGS: list[Booked] = [
    ("yuxin-elders-room", "shen", 0, "14:00", 120, 8, "书画练习"),
    ("yuxin-basketball-court", "han", 0, "18:30", 90, 8, None),
    ("yuxin-counter", "bai", 1, "10:00", 15, 1, "医保咨询"),
    ("yuxin-meeting-room", "bai", 2, "19:00", 90, 20, "楼栋议事会"),
    ("yuxin-basketball-court", "han", 4, "18:30", 90, 10, None),
]
