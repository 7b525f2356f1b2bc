"""Finds a free time, so that the tour can be played repeatedly on the same instance."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tour.client import Client
from tour.narrator import Broken

WEEKS = 4
CENTRE = ZoneInfo("Asia/Shanghai")
Slot = tuple[str, str]  # starts_at, ends_at: RFC 3339 with offset


def first_free(api: Client, space: dict[str, Any], now: datetime, *, minutes: int | None = None) -> Slot:
    """Return the space's first free slot of `minutes` after its minimum notice, with time left to cancel it. The default length
    is the space's shortest booking. Requests one week at a time. Raises Broken if nothing is free for four weeks."""
    length = timedelta(minutes=minutes or space["min_minutes"])
    earliest = now + timedelta(minutes=max(space["min_notice_minutes"], space["cancel_notice_minutes"]) + 5)
    horizon = now + timedelta(days=min(space["horizon_days"], 7 * WEEKS))
    start = earliest
    while start < horizon:
        end = min(start + timedelta(days=7), horizon)
        answer = api.get(f"/spaces/{space['id']}/availability", **{"from": start.isoformat(), "to": end.isoformat()})
        if slot := fitting(answer["free"], length, timedelta(minutes=space["slot_minutes"]), earliest):
            return slot
        start = end
    raise Broken(f"{space['name']['zh-CN']} is full for the next weeks")


def fitting(free: Iterable[dict[str, str]], length: timedelta, step: timedelta, earliest: datetime) -> Slot | None:
    """Return the first free slot of `length` that starts at a multiple of `step` after midnight in the centre's time zone.
    None if no interval is long enough."""
    for interval in free:
        opens, closes = (datetime.fromisoformat(interval[end]).astimezone(CENTRE) for end in ("starts_at", "ends_at"))
        begins = on_grid(max(opens, earliest.astimezone(CENTRE)), step)
        if begins + length <= closes:
            return begins.isoformat(), (begins + length).isoformat()
    return None


def on_grid(moment: datetime, step: timedelta) -> datetime:
    """Return `moment` if it is a multiple of `step` after midnight in its time zone, else the next multiple."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + -((midnight - moment) // step) * step


def clock(moment: str) -> str:
    """Return the time for people, in the centre's time zone: `Mon 23 Nov 09:00`."""
    return datetime.fromisoformat(moment).astimezone(CENTRE).strftime("%a %d %b %H:%M")
