"""Data for booking requests: spaces that are always open, tokens of people, and requests that never conflict."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid5

from sqlalchemy import Engine, select, text

from bench.contenders import Linli, Request
from bench.world import World
from chassis.database.engine import transaction
from gateway.accounts.models import Account
from gateway.accounts.sessions import open_session

COMMUNITY = "liuyi"
SPACES = 200
SLOT = timedelta(minutes=15)
HORIZON_DAYS = 365
_NAMES = UUID("0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e10")
SPACE_IDS = [uuid5(_NAMES, f"space {number}") for number in range(SPACES)]
RESIDENT_IDS = [uuid5(_NAMES, f"resident {number}") for number in range(32)]
_HOURS = [{"weekday": day, "opens": "00:00", "closes": "24:00"} for day in range(1, 8)]


class Databases(Protocol):
    """Returns an engine for a database of the installation."""

    def engine(self, database: str) -> Engine: ...


class Named(Protocol):
    """An installation. Its databases are `<name>_<service>`."""

    @property
    def name(self) -> str: ...


def _spaces() -> list[dict[str, object]]:
    name = json.dumps({"zh-CN": "测试活动室", "en": "Measured room"})
    return [
        {"id": space_id, "code": f"zz-bench-{number:03}", "name": name, "hours": json.dumps(_HOURS), "horizon": HORIZON_DAYS}
        for number, space_id in enumerate(SPACE_IDS)
    ]


_LINLI_SPACE = """
    INSERT INTO space (id, community_id, version, code, kind, section, name, divisible, capacity, equipment, opening_hours,
        holiday_hours, slot_minutes, min_minutes, max_minutes, min_notice_minutes, horizon_days, buffer_before_minutes,
        buffer_after_minutes)
    VALUES (:id, 'liuyi', 1, :code, 'room', 'neighbour', CAST(:name AS jsonb), false, 20, '[]', CAST(:hours AS jsonb),
        '[{"opens": "00:00", "closes": "24:00"}]', 15, 15, 240, 0, :horizon, 0, 0)
"""
_PEER_SPACE = """
    INSERT INTO space (id, code, kind, section, name, capacity, equipment, opening_hours)
    VALUES (:id, :code, 'room', 'neighbour', CAST(:name AS jsonb), 20, '[]', CAST(:hours AS jsonb))
"""


def put_spaces(world: Databases, database: str, *, peer: bool) -> None:
    """Insert the spaces to book. They are open day and night, so that every slot can be booked."""
    with world.engine(database).begin() as connection:
        connection.execute(text(_PEER_SPACE if peer else _LINLI_SPACE), _spaces())


def copy_demo(world: World, linli: Linli) -> None:
    """Copy the demo's spaces and club events of one community to the peers, so that their public reads return the same data.
    Linli ends events that are over, so these are left out. It lists an event with several sessions once, so only the
    next of them is copied."""
    with world.engine(f"{linli.name}_booking").connect() as source:
        spaces = [dict(row._mapping) for row in source.execute(text(_DEMO_SPACES))]
    with world.engine(f"{linli.name}_events").connect() as source:
        events = [dict(row._mapping) for row in source.execute(text(_DEMO_EVENTS))]
    with world.engine("peers").begin() as target:
        target.execute(text(_insert("space", spaces[0])), spaces)
        target.execute(text(_insert("club_event", events[0])), events)


_DEMO_SPACES = """
    SELECT id, code, kind, section, name::text, description::text, capacity, location::text, equipment::text,
        opening_hours::text FROM space WHERE code NOT LIKE 'zz-bench-%' AND community_id = 'liuyi'
"""
_DEMO_EVENTS = """
    SELECT DISTINCT ON (e.id) s.id, e.section, e.title::text, e.description::text, e.location, s.starts_at, s.ends_at,
        s.capacity, s.taken
    FROM club_event e JOIN club_session s ON s.club_event_id = e.id
    WHERE e.state = 'published' AND e.community_id = 'liuyi' AND s.ends_at > now() ORDER BY e.id, s.starts_at
"""
_JSON = {"name", "description", "location", "equipment", "opening_hours", "title"}


def _insert(table: str, row: dict[str, object]) -> str:
    json_columns = _JSON - {"location"} if table == "club_event" else _JSON
    values = ", ".join(f"CAST(:{column} AS jsonb)" if column in json_columns else f":{column}" for column in row)
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})"  # noqa: S608  names from this file


def tokens(world: Databases, linli: Named, *, count: int, username: str | None = None) -> list[str]:
    """Bearer tokens of signed-in residents of the community that is measured, or of its member of staff with `username`."""
    engine = world.engine(f"{linli.name}_gateway")
    now = datetime.now(UTC)
    with transaction(engine) as session:
        who = Account.username == username if username else Account.party == "resident"
        here = Account.community_id == COMMUNITY
        accounts = session.scalars(select(Account).where(who, here).order_by(Account.id)).all()
        found = [open_session(session, accounts[number % len(accounts)], now)[0] for number in range(count)]
    engine.dispose()
    return found


class Slots:
    """Free slots, starting `first_day` days from now. Each slot is returned once."""

    def __init__(self, first_day: int = 1) -> None:
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=first_day)
        self._slots: Iterator[tuple[UUID, datetime, datetime]] = (
            (space_id, at, at + SLOT)
            for at in (start + SLOT * number for number in range((HORIZON_DAYS - 2 - first_day) * 96))
            for space_id in SPACE_IDS
        )

    def take(self, count: int) -> list[dict[str, str]]:
        taken = [next(self._slots) for _ in range(count)]
        return [{"space_id": str(s), "starts_at": _text(a), "ends_at": _text(b)} for s, a, b in taken]


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def to_linli(slots: list[dict[str, str]], bearers: list[str]) -> list[Request]:
    """Return a booking request for each slot. The requests use the tokens in turn."""
    return [
        {
            "method": "POST",
            "path": "/api/v1/bookings",
            "headers": {"Authorization": f"Bearer {bearers[number % len(bearers)]}"},
            "body": {**slot, "attendees": 2},
        }
        for number, slot in enumerate(slots)
    ]


def to_peer(slots: list[dict[str, str]]) -> list[Request]:
    """Return a booking request for each slot. The peers have no sign-in, so the body contains the resident."""
    return [
        {
            "method": "POST",
            "path": "/bookings",
            "body": {**slot, "attendees": 2, "resident_id": str(RESIDENT_IDS[number % len(RESIDENT_IDS)])},
        }
        for number, slot in enumerate(slots)
    ]
