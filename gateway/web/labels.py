"""Labels for codes in the page's language. Source strings are Chinese. The English ones are in
`gateway/web/translations/en`."""

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from gateway.http import current

Labels = Mapping[str, LazyString]

SECTIONS: Labels = {
    "convenience": _l("便民服务中心"),
    "neighbour": _l("邻里生活中心"),
    "smart": _l("智慧服务中心"),
    "elders": _l("老年康乐中心"),
}
SECTION_LINES: Labels = {
    "convenience": _l("党建、民政、养老、社保，家门口办成事"),
    "neighbour": _l("阅览、调解、社团，邻里常来常往"),
    "smart": _l("VR 体验、创客、直播，新本领大家学"),
    "elders": _l("日间照料、球场、歌舞，老有所乐"),
}
SPACE_KINDS: Labels = {"room": _l("房间"), "court": _l("球场"), "counter": _l("窗口")}
BUSY_REASONS: Labels = {
    "booked": _l("已有预约"),
    "buffer": _l("整理准备"),
    "closed": _l("不开放"),
    "holiday": _l("节假日休息"),
    "blocked": _l("暂停开放"),
    "past": _l("时间已过"),
}
BOOKING_STATES: Labels = {"confirmed": _l("已预约"), "cancelled": _l("已取消")}
CASE_STATES: Labels = {
    "reported": _l("已提交"),
    "accepted": _l("已受理"),
    "dispatched": _l("办理中"),
    "settled": _l("已办结"),
    "closed": _l("已结案"),
    "declined": _l("不予受理"),
}
CASE_ACTIONS: Labels = {
    "accept": _l("受理"),
    "decline": _l("不受理"),
    "dispatch": _l("派单"),
    "return": _l("退单"),
    "settle": _l("办结"),
    "close": _l("结案"),
    "reopen": _l("重新办理"),
}
CASE_STEPS_TAKEN: Labels = {
    "report": _l("已提交"),
    "accept": _l("已受理"),
    "decline": _l("不予受理"),
    "dispatch": _l("已派单"),
    "return": _l("已退单"),
    "settle": _l("已办结"),
    "close": _l("已结案"),
    "reopen": _l("已重新办理"),
}
EVENT_STATES: Labels = {"draft": _l("草稿"), "published": _l("已发布"), "cancelled": _l("已取消")}
REGISTRATION_STATES: Labels = {"confirmed": _l("报名成功"), "waitlisted": _l("候补中"), "cancelled": _l("已取消")}
CLUB_KINDS: Labels = {"sports": _l("体育"), "culture": _l("文艺"), "volunteer": _l("志愿"), "learning": _l("学习")}
AUDIENCES: Labels = {
    "everyone": _l("所有居民"),
    "elders": _l("老年人"),
    "children": _l("儿童"),
    "families": _l("家庭"),
    "volunteers": _l("志愿者"),
    "women": _l("妇女"),
}
PARTIES: Labels = {
    "resident": _l("居民"),
    "staff": _l("工作人员"),
    "system": _l("系统"),
    "anonymous": _l("未署名居民"),
}
TONES = {
    "confirmed": "good",
    "cancelled": "",
    "waitlisted": "warn",
    "reported": "warn",
    "accepted": "calm",
    "dispatched": "calm",
    "settled": "good",
    "closed": "good",
    "declined": "",
    "draft": "warn",
    "published": "good",
}


def label(labels: Labels, code: str | None) -> str:
    """The label of `code`. The code itself if it is unknown, which happens with a newer service."""
    return str(labels[code]) if code and code in labels else (code or "")


def localized(text: Mapping[str, Any] | str | None) -> str:
    """A bilingual text (`{"zh-CN": …, "en": …}`) in the page's language. The Chinese text if there is no translation."""
    if not isinstance(text, Mapping):
        return text or ""
    return str(text.get(current.language()) or text.get("zh-CN") or next(iter(text.values()), ""))
