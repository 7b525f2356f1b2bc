"""The words of limits, and a limit as a sentence in both languages."""

from collections.abc import Mapping

from chassis.rpc.interface import Words
from services.booking.interface.spaces import KINDS, SECTIONS

MOST_DAYS = 366
SUBJECTS = Words({"resident": ("每位居民", "Each resident"), "household": ("每个家庭", "Each household")})
MEASURES = Words({"count": ("次数", "Number of bookings"), "minutes": ("分钟", "Minutes")})
# `day`, `week` (from Monday) and `month` are those of the calendar, by the start of a booking. `trailing` is any number of days
# in a row. `future` are the bookings that have not started. `at_once` are those at the same time.
PERIODS = Words(
    {
        "day": ("每天", "A day"),
        "week": ("每周", "A week"),
        "month": ("每月", "A month"),
        "trailing": ("任意连续若干天", "Any days in a row"),
        "future": ("尚未开始的预约", "Bookings to come"),
        "at_once": ("同一时间", "At the same time"),
    }
)
UNITS = Words({"count": ("次", "bookings"), "minutes": ("分钟", "minutes")})
_ZH = {
    "day": "每天最多预约 {amount}",
    "week": "每周最多预约 {amount}",
    "month": "每月最多预约 {amount}",
    "trailing": "任意连续 {days} 天内最多预约 {amount}",
    "future": "尚未开始的预约最多 {amount}",
    "at_once": "同一时间最多预约 {amount}",
}
_EN = {
    "day": "at most {amount} a day",
    "week": "at most {amount} a week",
    "month": "at most {amount} a month",
    "trailing": "at most {amount} in any {days} days",
    "future": "at most {amount} to come",
    "at_once": "at most {amount} at the same time",
}
_KINDS_EN = {"room": "rooms", "court": "courts", "counter": "counters"}
Names = Mapping[str, str]


def limit_sentence(
    *,
    subject: str,
    measure: str,
    period: str,
    days: int | None,
    allowed: int,
    kind: str | None,
    section: str | None,
    space_name: Names | None,
) -> dict[str, str]:
    """每位居民每周最多预约 2 次（球场） / Each resident: at most 2 bookings a week (courts)."""
    who = SUBJECTS.labels[subject]
    zh = _ZH[period].format(amount=_amount(measure, allowed, "zh-CN"), days=days)
    en = _EN[period].format(amount=_amount(measure, allowed, "en"), days=days)
    where_zh, where_en = _where(kind, section, space_name)
    return {"zh-CN": f"{who['zh-CN']}{zh}{where_zh}", "en": f"{who['en']}: {en}{where_en}"}


def _amount(measure: str, count: int, language: str) -> str:
    """2 次, 90 分钟, 2 小时 / 1 booking, 90 minutes, 2 hours."""
    chinese = language == "zh-CN"
    if measure == "minutes" and count % 60 == 0:
        return f"{count // 60} 小时" if chinese else _counted(count // 60, "hour")
    if chinese:
        return f"{count} {UNITS.labels[measure]['zh-CN']}"
    return _counted(count, "booking" if measure == "count" else "minute")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _where(kind: str | None, section: str | None, space_name: Names | None) -> tuple[str, str]:
    if space_name is not None:
        return f"（{space_name['zh-CN']}）", f" ({space_name.get('en') or space_name['zh-CN']})"
    if section is not None:
        return f"（{SECTIONS.labels[section]['zh-CN']}）", f" ({SECTIONS.labels[section]['en']})"
    if kind is not None:
        return f"（{KINDS.labels[kind]['zh-CN']}）", f" ({_KINDS_EN[kind]})"
    return "", ""
