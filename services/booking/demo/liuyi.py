"""Rooms, courts and counters of the 六一社区 centre, and bookings of them. Capacities are plausible guesses."""

from typing import Any

from chassis.demo import demo_id
from services.booking.demo.kinds import (
    COUNTER,
    COUNTER_HOURS,
    COURT,
    EVERY_DAY,
    ROOM,
    WEEKEND,
    WORKDAYS,
    Booked,
    equipment,
    hours,
    space,
    told,
)

PLATE_HOURS = hours(((3,), "09:00-12:00 15:00-18:00"), ((6,), "09:00-12:00"))
GROUND, FIRST, SECOND = "一楼大厅 | Ground floor hall", "二楼 | First floor", "三楼 | Second floor"
OUTDOORS = "后院球场 | Courts behind the building"

# Each Friday the next week opens: first for elders and for households that have not played lately.
EACH_FRIDAY = {
    "weekday": 5, "at": "10:00", "weeks_ahead": 1, "first": ["elders", "rested"], "head_start_hours": 24, "rested_days": 30,
}  # fmt: skip
SPACES: list[dict[str, Any]] = [
    space(
        "activity-room", ROOM, "汇星党员活动室 | Huixing activity room", "二楼东侧 | First floor, east",
        "党员活动、宣讲和居民议事，可分为东西两间。 | Party meetings, talks and residents' councils; can be parted in two.",
        section="neighbour", capacity=80, divisible=True, staff_told=told("clerk"), list_at="18:00",
        equipment=equipment("投影仪 | Projector", "音响 | Sound system"),
    ),
    space(
        "activity-room-east", ROOM, "汇星党员活动室（东） | Huixing activity room, east half", "二楼东侧 | First floor, east",
        "隔断后的东半间，有投影。 | The eastern half, with the projector.",
        section="neighbour", capacity=40, parent="activity-room", equipment=equipment("投影仪 | Projector"),
    ),
    space(
        "activity-room-west", ROOM, "汇星党员活动室（西） | Huixing activity room, west half", "二楼东侧 | First floor, east",
        "隔断后的西半间。 | The western half.",
        section="neighbour", capacity=40, parent="activity-room",
    ),
    space(
        "reading-room", ROOM, "图书阅览室 | Reading room", "二楼西侧 | First floor, west",
        "读书会、小课堂和自习，可整间预约。 | Reading circles, the children's class and study; booked as a whole.",
        section="neighbour", capacity=40, buffer_after_minutes=0, open_to="sub_district",
        equipment=equipment("书架 | Bookshelves", "白板 | Whiteboard"),
    ),
    space(
        "maker-centre", ROOM, "汇新公益创客中心 | Huixin maker centre", SECOND,
        "公益项目孵化、手工和创客课。 | Where public-good projects start; crafts and maker lessons.",
        section="neighbour", capacity=30, buffer_before_minutes=15, staff_told=told("clerk"), list_at="18:00",
        lock_id=demo_id("door_lock", "porter"),
        equipment=equipment("3D打印机 | 3D printer", "工具台 | Workbench"),
    ),
    space(
        "vr-hall", ROOM, "VR智慧生活馆 | VR smart-living hall", "一楼西侧 | Ground floor, west",
        "VR科普、安全体验。 | Science and safety in virtual reality.",
        section="smart", capacity=12, max_minutes=120,
        equipment=equipment("VR头显 | VR headsets", "体感平台 | Motion platform"),
    ),
    space(
        "livestream-room", ROOM, "数智化直播间 | Livestream room", SECOND,
        "助农直播、线上宣讲和短视频录制。 | Streams for local farmers, online talks, short films.",
        section="smart", capacity=8, buffer_before_minutes=30, buffer_after_minutes=15, needs_approval=True,
        check_in_grace_minutes=15, has_door=True,
        equipment=equipment("摄像机 | Camera", "补光灯 | Lights", "调音台 | Mixer"),
    ),
    space(
        "day-care-room", ROOM, "日间照料室 | Day-care room", "一楼南侧 | Ground floor, south",
        "老年人日间休息，配有按摩椅。 | A place for elders to rest by day, with massage chairs.",
        section="elders", capacity=12, open_to="community", opening_hours=hours((EVERY_DAY, "08:00-18:00")),
        equipment=equipment("按摩椅 | Massage chairs", "血压计 | Blood-pressure monitor"),
    ),
    space(
        "mediation-room", ROOM, "调解室 | Mediation room", "一楼东侧 | Ground floor, east",
        "邻里纠纷调解，义务调解员在场。 | Disputes among neighbours, with volunteer mediators.",
        section="convenience", capacity=10, opening_hours=COUNTER_HOURS, holiday_hours=[], cancel_notice_minutes=120,
    ),
    space(
        "micro-court", ROOM, "微法庭 | Micro-court", "一楼东侧 | Ground floor, east",
        "巡回审判、司法确认和法律咨询。 | Circuit hearings, judicial confirmation, legal advice.",
        section="convenience", capacity=20, opening_hours=hours((WORKDAYS, "09:00-12:00 14:30-17:30")), holiday_hours=[],
        equipment=equipment("视频庭审设备 | Video hearing set"),
    ),
    space(
        "badminton-hall", COURT, "羽毛球馆（整馆） | Badminton hall, whole", OUTDOORS,
        "三片场地一起预约，用于比赛和社团活动。 | All three courts at once, for matches and clubs.",
        capacity=30, divisible=True, max_minutes=240, horizon_days=30, buffer_after_minutes=30, has_door=True, shares=[
            {"kept_for": "elders", "hours": hours(((2, 4), "06:30-08:00")), "until_hours": 48},
            {"kept_for": "counter", "hours": hours((WEEKEND, "20:30-22:00")), "until_hours": 24},
        ],
    ),
    *(
        space(
            f"badminton-court-{number}", COURT, f"羽毛球{number}号场 | Badminton court {number}", OUTDOORS,
            "标准双打场地，球拍可借。 | A doubles court; rackets can be borrowed.",
            parent="badminton-hall", has_door=True, takes_walk_ins=True, equipment=equipment("球网 | Net", "球拍 | Rackets"),
        )
        for number in (1, 2, 3)
    ),
    *(
        space(
            f"table-tennis-{number}", COURT, f"乒乓球{number}号台 | Table-tennis table {number}",
            "一楼北侧 | Ground floor, north",
            "室内球台，球拍可借。 | An indoor table; bats can be borrowed.",
            max_minutes=90, ask_from_dates=6, has_door=True, takes_walk_ins=True, door_check_in="poster",
            equipment=equipment("球拍 | Bats"),
            opening=EACH_FRIDAY if number == 4 else None,
        )
        for number in (1, 2, 3, 4)
    ),
    space(
        "counter-party", COUNTER, "党建窗口 | Party affairs counter", GROUND,
        "组织关系转接、党员服务。 | Membership transfers and services for party members.",
    ),
    space(
        "counter-civil", COUNTER, "民政窗口 | Civil affairs counter", GROUND,
        "低保、救助、婚姻登记咨询。 | Subsistence allowance, relief, advice on marriage registration.",
    ),
    space(
        "counter-elder-care", COUNTER, "养老窗口 | Elder care counter", GROUND,
        "高龄津贴、养老服务申请。 | Old-age allowance and care services.",
        section="elders",
    ),
    space(
        "counter-social-security", COUNTER, "社保窗口 | Social security counter", GROUND,
        "医保、养老保险、社保卡。 | Medical and pension insurance, social-security cards.",
    ),
    space(
        "counter-e-bike", COUNTER, "电动车上牌点 | E-bike plates", "前院 | Front yard",
        "周三、周六在社区上牌，请带发票和合格证。 | Wednesdays and Saturdays; bring invoice and certificate.",
        opening_hours=PLATE_HOURS, max_minutes=15,
    ),
]  # fmt: skip

# Generous enough for whoever tries the demo.
LIMITS: dict[str, dict[str, Any]] = {
    "counters": {"subject": "resident", "kind": "counter", "measure": "count", "period": "day", "allowed": 3},
    "vr-hall": {"subject": "household", "space": "vr-hall", "measure": "minutes", "period": "week", "allowed": 240},
}

# Who waits for a time of BOOKINGS: the space, who waits, the day, start and length in minutes.
WAITS = [("table-tennis-1", "li", 1, "08:00", 60), ("maker-centre", "wang", 1, "10:00", 120)]

# Requests that wait, two of them for the same time. The space needs approval.
REQUESTS: list[Booked] = [
    ("livestream-room", "zhang", 4, "19:00", 90, 3, "诵读录制"),
    ("livestream-room", "ma", 4, "19:30", 60, 2, "手工直播"),
    ("livestream-room", "li", 6, "10:00", 60, 2, None),
]

BOOKINGS: list[Booked] = [
    ("day-care-room", "wang", 0, "09:00", 120, 1, "休息、按摩椅"),
    ("reading-room", "zhang", 0, "10:00", 90, 15, "石榴籽小课堂"),
    ("activity-room-east", "chen", 0, "10:00", 120, 30, "主题教育宣讲"),
    ("badminton-court-1", "li", 0, "19:00", 60, 4, None),
    ("table-tennis-2", "ma", 0, "20:00", 60, 2, None),
    ("table-tennis-1", "wang", 1, "08:00", 60, 2, None),
    ("counter-social-security", "li", 1, "09:30", 15, 1, "医保报销咨询"),
    ("maker-centre", "ma", 1, "10:00", 120, 12, "妇女微家手工课"),
    ("livestream-room", "chen", 2, "19:00", 90, 4, "助农直播"),  # accepted
    ("counter-e-bike", "zhang", 3, "09:30", 15, 1, None),
    ("vr-hall", "zhang", 3, "19:00", 60, 8, "VR安全体验"),
    ("badminton-hall", "li", 5, "14:00", 180, 24, "趣味竞技赛"),
    ("activity-room", "chen", 6, "18:00", 180, 60, "居民议事会"),
]
