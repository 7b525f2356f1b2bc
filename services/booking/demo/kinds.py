"""How the demo describes spaces: what rooms, courts and counters have in common. Hours and turnovers are plausible guesses."""

from collections.abc import Iterable
from typing import Any

from chassis.demo import demo_id
from services.booking.interface.staff_told import TOLD

EVERY_DAY, WORKDAYS, WEEKEND = range(1, 8), range(1, 6), (6, 7)


def hours(*shifts: tuple[Iterable[int], str]) -> list[dict[str, Any]]:
    """(weekdays, "08:00-12:00 14:00-18:00"), …"""
    return [
        {"weekday": day, "opens": span[:5], "closes": span[6:]}
        for weekdays, spans in shifts
        for day in weekdays
        for span in spans.split()
    ]


def both(texts: str) -> dict[str, str]:
    """A text in both languages from "中文 | English"."""
    zh, _, en = texts.partition(" | ")
    return {"zh-CN": zh, "en": en}


def equipment(*names: str) -> list[dict[str, Any]]:
    return [{"name": both(name)} for name in names]


# 延时: longer than the eight office hours. 错时: at noon, in the evening and at weekends, when people have time.
ROOM_HOURS = hours((EVERY_DAY, "08:00-21:30"))
COUNTER_HOURS = hours((WORKDAYS, "08:30-12:00 12:00-13:30 14:30-18:00"), ((3,), "18:30-20:30"), ((6,), "09:00-12:00"))
COURT_HOURS = hours((WORKDAYS, "06:30-22:00"), (WEEKEND, "06:30-22:30"))
HOLIDAY_HOURS = [{"opens": "09:00", "closes": "17:00"}]

ROOM = {
    "kind": "room", "opening_hours": ROOM_HOURS, "holiday_hours": HOLIDAY_HOURS, "slot_minutes": 30, "min_minutes": 30,
    "max_minutes": 240, "min_notice_minutes": 30, "horizon_days": 30, "buffer_after_minutes": 15,
}  # fmt: skip
COURT = {
    "kind": "court", "section": "neighbour", "opening_hours": COURT_HOURS, "holiday_hours": HOLIDAY_HOURS, "slot_minutes": 30,
    "min_minutes": 30, "max_minutes": 120, "horizon_days": 14, "capacity": 4,
}  # fmt: skip
COUNTER = {
    "kind": "counter", "section": "convenience", "opening_hours": COUNTER_HOURS, "slot_minutes": 15, "min_minutes": 15,
    "max_minutes": 30, "min_notice_minutes": 15, "horizon_days": 14, "capacity": 3,
}  # fmt: skip


def space(code: str, base: dict[str, Any], name: str, location: str, description: str, **over: Any) -> dict[str, Any]:
    """The columns of a space. `code` is different from those of the other communities, because the id is made from it."""
    texts = {"name": both(name), "location": both(location), "description": both(description)}
    return base | {"code": code} | texts | over


# (space, resident, days from today, start, minutes, attendees, purpose). Bookings in closed hours are left out. None is at the
# time of a club event of events' demo in the same space, whatever the weekday.
Booked = tuple[str, str, int, str, int, int, str | None]


def told(name: str) -> dict[str, list[str]]:
    """This member of staff hears of everything in a space, and gets the list of the next day."""
    return {about: [str(demo_id("account", name))] for about in TOLD}
