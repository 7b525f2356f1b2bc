"""Where the race takes place: few spaces, few days, few people. The spaces of the race are added by their admin."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from bench.bookings import COMMUNITY
from bench.race.linli.line import Line
from chassis.demo import demo_id
from chassis.rpc.identity import Identity

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = 3
MOMENT = 0.5  # seconds
TOGETHER = 0.3  # of the wishes are the same for all attackers at one moment
COURTS = ("badminton-hall", *(f"badminton-court-{n}" for n in (1, 2, 3)), *(f"table-tennis-{n}" for n in (1, 2)))
COURT_IDS = [str(demo_id("space", code)) for code in COURTS]
ALLOWED = 3  # bookings of courts by one resident on one day
ALLOWED_MINUTES = 120  # of the shared rooms, by one household on one day
DOORS, ROOMS, ASKED = 6, 2, 2  # spaces: with check-in now, shared rooms with a limit for households, with approval
WINDOWS = 3
_NAMES = UUID("0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e11")
_ALWAYS = [{"weekday": day, "opens": "00:00", "closes": "24:00"} for day in range(1, 8)]
_HOLIDAYS = [{"opens": "00:00", "closes": "24:00"}]


def _id(name: str) -> str:
    return str(uuid5(_NAMES, name))


def _resident(number: int) -> Identity:
    household = _id(f"household {number // 2}")
    return Identity(account_id=_id(f"racer {number}"), party="resident", community_id=COMMUNITY, household_id=household)


def _staff(name: str, *roles: str) -> Identity:
    return Identity(account_id=_id(name), party="staff", roles=frozenset(roles), community_id=COMMUNITY)


RESIDENTS = [_resident(number) for number in range(24)]
RESIDENT_IDS = [who.account_id or "" for who in RESIDENTS]
ADMIN = _staff("admin", "admin", "clerk")
CLERKS = [_staff(f"clerk {number}", "clerk") for number in range(WINDOWS + 1)]


@dataclass(frozen=True, slots=True)
class Scene:
    """The ids of what the race is about."""

    doors: list[str]
    rooms: list[str]
    asked: list[str]
    queue_id: str
    service_ids: list[str]
    window_ids: list[str]


def of_the_moment() -> Identity:
    """The resident whom most attackers are at this moment, so that they meet each other's bookings at its limits."""
    return RESIDENTS[int(time.monotonic() / MOMENT) % len(RESIDENTS)]


def somebody(chance: Random) -> Identity:
    return chance.choice(RESIDENTS) if chance.random() < 0.3 else of_the_moment()


def wish(chance: Random, space_ids: Sequence[str]) -> dict[str, str]:
    """A space and a time within the next days. Often all attackers have the same wish at the same moment."""
    chosen = Random(int(time.monotonic() / MOMENT)) if chance.random() < TOGETHER else chance
    return {"space_id": chosen.choice(space_ids), **soon(chosen)}


def soon(chance: Random) -> dict[str, str]:
    """A time by day within the next days, on the grid of half an hour."""
    day = datetime.now(ZONE).date() + timedelta(days=1 + chance.randrange(DAYS))
    starts_at = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE) + timedelta(minutes=30 * chance.randrange(20))
    return _times(starts_at, chance.choice([30, 60, 90]))


def now_or_nearly(chance: Random) -> dict[str, str]:
    """One of the next times on the grid of five minutes."""
    step = 300
    first = datetime.fromtimestamp((time.time() // step + 1) * step, UTC)
    return _times(first + timedelta(seconds=step * chance.randrange(6)), chance.choice([5, 10, 15]))


def _times(starts_at: datetime, minutes: int) -> dict[str, str]:
    return {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(minutes=minutes)).isoformat()}


def prepare(line: Line) -> Scene:
    """Add spaces, limits and a ticket queue. Raises RuntimeError if one is refused."""
    doors = [
        _space(line, f"race-door-{n}", "smart", slot_minutes=5, min_minutes=5, max_minutes=30, check_in_grace_minutes=2)
        for n in range(DOORS)
    ]
    rooms = [_space(line, f"race-room-{n}", "elders", max_minutes=240, buffer_after_minutes=10) for n in range(ROOMS)]
    asked = [
        _space(line, f"race-asked-{n}", "neighbour", max_minutes=240, needs_approval=True, answer_notice_minutes=0)
        for n in range(ASKED)
    ]
    counter = _space(line, "race-counter", "convenience", kind="counter")
    limit = {"community_id": COMMUNITY, "period": "day"}
    _must(line, "add_limit", limit | {"subject": "resident", "kind": "court", "measure": "count", "allowed": ALLOWED})
    for space_id in rooms:
        about = {"subject": "household", "space_id": space_id, "measure": "minutes", "allowed": ALLOWED_MINUTES}
        _must(line, "add_limit", limit | about)
    services = [
        {"letter": letter, "name": {"zh-CN": letter, "en": letter}, "default_minutes": 1, "active": True} for letter in "AB"
    ]
    windows = [{"number": n + 1, "letters": ["A", "B"], "active": True} for n in range(WINDOWS)]
    about = {"space_id": counter, "name": {"zh-CN": "竞赛", "en": "Race"}, "services": services, "windows": windows}
    queue_id = _must(line, "add_ticket_queue", about | {"most_waiting": 40})["id"]
    board = _must(line, "get_call_board", {"ticket_queue_id": queue_id})
    return Scene(
        doors, rooms, asked, queue_id, [one["id"] for one in board["services"]], [one["id"] for one in board["windows"]]
    )


def _space(line: Line, code: str, section: str, **over: Any) -> str:
    base = {
        "community_id": COMMUNITY, "code": code, "kind": "room", "section": section, "name": {"zh-CN": code, "en": code},
        "capacity": 10, "opening_hours": _ALWAYS, "holiday_hours": _HOLIDAYS, "slot_minutes": 30, "min_minutes": 30,
        "max_minutes": 120, "horizon_days": 14,
    }  # fmt: skip
    return str(_must(line, "add_space", base | over)["id"])


def _must(line: Line, verb: str, payload: dict[str, Any]) -> dict[str, Any]:
    reply = line.ask(ADMIN, verb, payload)
    if reply is None or reply["error"]:
        raise RuntimeError(f"{verb}: {reply and reply['error']}")
    return dict(reply["result"])
