"""The centre as the fake services know it: a handful of real spaces, clubs, events and cases around one moment."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.demo import demo_id
from gateway.directory.known import Known

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 11, 9, 40, tzinfo=ZONE).astimezone(UTC)  # a Wednesday morning
Json = dict[str, Any]


def community(id_: str, zh: str, en: str, **more: Any) -> Known:
    """A community as the directory knows it."""
    values = {"sub_district_id": "chenzhou", "sub_district": {"zh-CN": "陈州街回族街道"}, "time_zone": "Asia/Shanghai"}
    empty = dict.fromkeys(("address", "phone", "hours", "location", "icp_filing", "police_filing"))
    return Known(
        id=id_,
        name={"zh-CN": zh, "en": en},
        **values | empty | {"hosts": (), "privacy_version": 0, "notice_version": 0, "notice_since": None} | more,
    )


LIUYI = community("liuyi", "六一社区", "Liuyi community", phone="0394-0000001", address={"zh-CN": "六一路18号"})

# code, section, kind, 中文, English, people, slot, least, most
SPACES = (
    ("party-room", "convenience", "room", "汇星党员活动室", "Huixing party members' room", 40, 30, 60, 240),
    ("civil", "convenience", "counter", "民政窗口", "Civil affairs counter", 1, 15, 15, 30),
    ("social-security", "convenience", "counter", "社保窗口", "Social security counter", 1, 15, 15, 30),
    ("plates", "convenience", "counter", "电动车上牌", "E-bike plates", 1, 30, 30, 30),
    ("reading", "neighbour", "room", "图书阅览室", "Reading room", 30, 30, 30, 180),
    ("mediation", "neighbour", "room", "调解室", "Mediation room", 8, 30, 60, 120),
    ("micro-court", "neighbour", "room", "微法庭", "Micro-court", 12, 30, 60, 180),
    ("vr", "smart", "room", "VR智慧生活馆", "VR smart living hall", 10, 30, 30, 60),
    ("maker", "smart", "room", "汇新公益创客中心", "Huixin maker centre", 20, 60, 60, 240),
    ("live", "smart", "room", "数智化直播间", "Livestream room", 6, 60, 60, 180),
    ("day-care", "elders", "room", "日间照料室", "Day-care room", 12, 30, 60, 240),
    ("badminton-1", "elders", "court", "羽毛球场一号", "Badminton court 1", 6, 30, 60, 120),
    ("badminton-2", "elders", "court", "羽毛球场二号", "Badminton court 2", 6, 30, 60, 120),
    ("table-tennis", "elders", "court", "乒乓球台", "Table-tennis table", 4, 30, 30, 120),
)


def both(zh: str, en: str) -> Json:
    return {"zh-CN": zh, "en": en}


def at(clock: str, days: int = 0) -> datetime:
    """That wall-clock time, `days` from the fake today."""
    return datetime.combine(NOW.astimezone(ZONE).date() + timedelta(days=days), time.fromisoformat(clock), tzinfo=ZONE)


def uid(kind: str, name: str) -> str:
    return str(demo_id(kind, name))


def spaces() -> list[Json]:
    hours = [{"weekday": day, "opens": "08:00", "closes": "20:00" if day < 6 else "18:00"} for day in range(1, 8)]
    return [
        {
            "id": uid("space", code),
            "version": 1,
            "community_id": "liuyi",
            "code": code,
            "kind": kind,
            "section": section,
            "name": both(zh, en),
            "description": both(f"{zh}，居民可免费预约使用。", f"{en}, free for residents."),
            "parent_id": None,
            "divisible": False,
            "capacity": people,
            "location": both("一楼东侧", "Ground floor, east"),
            "equipment": [{"name": both("投影仪", "Projector")}] if kind == "room" else [],
            "opening_hours": hours,
            "slot_minutes": slot,
            "min_minutes": least,
            "max_minutes": most,
            "min_notice_minutes": 0,
            "cancel_notice_minutes": 0,
            "horizon_days": 14,
            "opening": None,
            "shares": [],
            "elder_age": 60,
            "ask_from_dates": 0,
            "buffer_before_minutes": 0,
            "buffer_after_minutes": 0,
            "holiday_hours": [],
            "seasons": [],
            "active": True,
            "open_to": "district",
            "open_to_communities": None,
            "staff_told": {},
            "list_at": None,
            "list_if_none": False,
            "lock_id": None,
            "code_minutes_before": 10,
            "code_minutes_after": 10,
        }
        for code, section, kind, zh, en, people, slot, least, most in SPACES
    ]


def clubs() -> list[Json]:
    rows = (
        ("badminton", "elders", "sports", "羽毛球社", "Badminton club", 46),
        ("table-tennis", "elders", "sports", "乒乓球社", "Table-tennis club", 38),
        ("song", "elders", "culture", "石榴花歌舞队", "Pomegranate song and dance", 52),
        ("seeds", "neighbour", "learning", "石榴籽小课堂", "Pomegranate seeds class", 24),
        ("volunteers", "neighbour", "volunteer", "党员志愿者", "Party member volunteers", 117),
        ("makers", "smart", "learning", "创客小组", "Makers' group", 15),
    )
    return [
        {
            "id": uid("club", code),
            "version": 1,
            "community_id": "liuyi",
            "code": code,
            "name": both(zh, en),
            "description": both(f"{zh}每周活动，欢迎新邻居。", f"{en} meets every week; new neighbours are welcome."),
            "section": section,
            "kind": kind,
            "members_count": members,
            "joined": False,
        }
        for code, section, kind, zh, en, members in rows
    ]


def session(code: str, start: datetime, minutes: int, capacity: int, taken: int, waiting: int = 0) -> Json:
    return {
        "id": uid("session", code),
        "starts_at": start,
        "ends_at": start + timedelta(minutes=minutes),
        "capacity": capacity,
        "taken": taken,
        "seats_left": capacity - taken,
        "waiting": waiting,
        "registration_opens_at": NOW - timedelta(days=7),
        "registration_closes_at": start,
        "location": "二楼多功能厅",
        "space_id": None,
        "cancelled_at": None,
    }


def club_events() -> list[Json]:
    rows = (
        ("tt-fun", "table-tennis", "乒乓球趣味赛", "Fun table-tennis match", session("tt-fun", at("14:30"), 120, 16, 14)),
        ("song-night", "song", "春日歌舞排练", "Spring song rehearsal", session("song", at("19:00"), 90, 30, 12)),
        ("seeds-wed", "seeds", "石榴籽小课堂：剪纸", "Paper cutting", session("seeds", at("16:30"), 60, 20, 20, 3)),
        ("vr-try", "makers", "VR 看家乡体验日", "VR tour of our home town", session("vr", at("10:00", 2), 90, 12, 5)),
        ("law-talk", "volunteers", "社保政策宣讲", "Social security talk", session("law", at("09:30", 1), 60, 40, 9)),
    )
    by_code = {club["code"]: club for club in clubs()}
    return [
        {
            "id": uid("club_event", code),
            "version": 2,
            "community_id": "liuyi",
            "club_id": by_code[club]["id"],
            "club_name": by_code[club]["name"],
            "section": "convenience" if code == "law-talk" else by_code[club]["section"],
            "title": both(zh, en),
            "description": both(
                "老少皆宜，自带水杯即可。\n活动免费，名额有限。", "For young and old. Free; seats are limited."
            ),
            "location": "二楼多功能厅",
            "space_id": None,
            "audience": "everyone",
            "state": "published",
            "organiser_id": uid("account", "organiser"),
            "published_at": NOW - timedelta(days=6),
            "sessions": [one],
        }
        for code, club, zh, en, one in rows
    ]


def case(number: int, state: str, text: str, category: tuple[str, str, str], **more: Any) -> Json:
    moment = NOW - timedelta(days=number, hours=number)
    return {
        "id": uid("case", str(number)),
        "version": 1,
        "community_id": "liuyi",
        "number": f"LY-20260311-{number:04d}",
        "channel": "photo",
        "channel_name": both("随手拍", "Photo report"),
        "category": category[0],
        "category_name": both(*category[1:]),
        "grid_id": "liuyi-1",
        "text": text,
        "address": "六一路西段 12 号院",
        "location": None,
        "photo_ids": [],
        "anonymous": False,
        "reporter_id": uid("account", "wang"),
        "state": state,
        "department_id": None,
        "department_name": None,
        "handler_id": None,
        "settlement": None,
        "satisfied": None,
        "reported_at": moment,
        "accepted_at": None,
        "dispatched_at": None,
        "settled_at": None,
        "closed_at": None,
        "declined_at": None,
        "mine": True,
        "allowed_actions": [],
    } | more


CATEGORIES = (
    ("environment", None, "环境卫生", "Environment and cleanliness"),
    ("environment-waste", "environment", "垃圾清运", "Waste collection"),
    ("facilities", None, "市政设施", "Public facilities"),
    ("facilities-light", "facilities", "路灯照明", "Street lighting"),
    ("other", None, "其他", "Other"),
)


def cases() -> list[Json]:
    light = ("facilities-light", "路灯照明", "Street lighting")
    waste = ("environment-waste", "垃圾清运", "Waste collection")
    return [
        case(1, "reported", "小区东门路灯不亮，晚上老人出行不便。", light, allowed_actions=["accept", "decline"]),
        case(2, "accepted", "垃圾清运不及时，桶满外溢。", waste, allowed_actions=["dispatch", "decline"]),
        case(3, "settled", "楼道感应灯坏了三天。", light, settlement="已更换灯具，请查看。", allowed_actions=["close"]),
    ]


def notifications() -> list[Json]:
    rows = (
        ("n1", "预约成功", "您已订好羽毛球场一号，今天 15:00–16:00。", "booking", uid("booking", "wang-1"), None),
        ("n2", "事项已受理", "编号 LY-20260311-0002 已受理。", "case", uid("case", "2"), NOW - timedelta(hours=3)),
    )
    return [
        {
            "id": uid("notification", code),
            "version": 1,
            "community_id": "liuyi",
            "language": "zh-CN",
            "template": "x",
            "channel": "in_app",
            "title": title,
            "body": body,
            "subject_type": kind,
            "subject_id": subject,
            "state": "sent",
            "created_at": NOW - timedelta(hours=2),
            "read_at": read_at,
        }
        for code, title, body, kind, subject, read_at in rows
    ]


def day_of(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


WANG = UUID(uid("account", "wang"))


def limit() -> Json:
    """Each resident books two courts a week."""
    return {
        "id": uid("limit", "courts"),
        "version": 1,
        "community_id": "liuyi",
        "subject": "resident",
        "kind": "court",
        "section": None,
        "space_id": None,
        "measure": "count",
        "period": "week",
        "days": None,
        "allowed": 2,
        "sentence": both("每位居民每周最多预约 2 次（球场）", "Each resident: at most 2 bookings a week (courts)"),
        "created_at": NOW,
        "ended_at": None,
        "can": ["change", "end"],
    }


def door_lock(**over: Any) -> Json:
    about = {"id": uid("lock", "front"), "version": 1, "community_id": "liuyi", "name": both("大门", "Front door")}
    reached = {"kind": "http", "bridge": "hall", "device": "front-1", "active": True}
    return about | reached | {"failing_since": None, "problem": None, "told_at": NOW} | over


def door_code(booking: Json, over: Json) -> Json:
    """The code of a booking. Without `over`, its space is behind no lock."""
    shown = ("resident_id", "space_id", "space_name", "starts_at", "ends_at")
    about = {name: booking[name] for name in shown} | {"booking_id": booking["id"], "number": "6C1B9E4F", "attendees": 4}
    none = {"state": "none", "valid_from": None, "valid_until": None, "doors": [], "door_code": None}
    doors = [{"lock_id": uid("lock", "front"), "name": both("大门", "Front door"), "kind": "http", "on_lock": True}]
    times = {"valid_from": booking["starts_at"], "valid_until": booking["ends_at"], "doors": doors}
    return about | none | (times | over if over else {})
