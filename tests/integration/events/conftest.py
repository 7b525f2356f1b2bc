"""A centre with one club, driven through the RPC methods as the gateway would, with time and identity given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.identity import ANONYMOUS, Identity
from services.events.clubs.models import Club
from services.events.service import EventsService

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, nine in the morning in Shanghai
QUERIES = ("list_", "get_")


def account_id(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, name)


def resident(name: str) -> Identity:
    return Identity(account_id=str(account_id(name)), party="resident", community_id="liuyi")


def staff(role: str, community_id: str | None = "liuyi") -> Identity:
    name = f"{role}@{community_id}"
    return Identity(account_id=str(account_id(name)), party="staff", roles=frozenset({role}), community_id=community_id)


VISITOR = ANONYMOUS
ORGANISER = staff("organiser")


def sitting(starts_in: timedelta = timedelta(days=2), *, capacity: int = 8, hours: float = 2, **more: Any) -> dict[str, Any]:
    starts_at = NOW + starts_in
    ends_at = starts_at + timedelta(hours=hours)
    return {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(), "capacity": capacity, **more}


@dataclass
class Centre:
    engine: Engine
    club_id: str

    def ask(self, who: Identity, method: str, now: datetime = NOW, **payload: Any) -> dict[str, Any]:
        """Call an RPC method in a session of the kind the chassis gives it."""
        session_of = reading if method.startswith(QUERIES) else transaction
        with session_of(self.engine) as session:
            return self.within(session, who, method, now, **payload)

    def within(self, session: Session, who: Identity, method: str, now: datetime = NOW, **payload: Any) -> dict[str, Any]:
        """The same in a transaction of the test's."""
        entry: Callable[..., dict[str, Any]] = getattr(EventsService, method).__wrapped__
        return entry(None, Call(session, now, who, communities=Communities.only(who.community_id or "liuyi")), payload)

    def add_club(self, code: str, **more: Any) -> str:
        given = {"community_id": "liuyi", "name": {"zh-CN": code}, "description": {"zh-CN": "每周三活动"}, **more}
        club = Club(code=code, section="neighbour", kind="sports", members_count=0, **given)
        with transaction(self.engine) as session:
            session.add(club)
        return str(club.id)

    def draft(self, *sessions: dict[str, Any], **more: Any) -> dict[str, Any]:
        content = {
            "club_id": self.club_id,
            "section": "neighbour",
            "title": {"zh-CN": "乒乓球趣味赛", "en": "Table tennis for fun"},
            "description": {"zh-CN": "人人可来"},
            "location": "一楼乒乓球室",
            "sessions": list(sessions or [sitting()]),
        }
        return self.ask(ORGANISER, "draft_club_event", **{**content, **more})

    def publish(self, *sessions: dict[str, Any], **more: Any) -> dict[str, Any]:
        drafted = self.draft(*sessions, **more)
        return self.ask(ORGANISER, "publish_club_event", club_event_id=drafted["id"])

    def session_of(self, capacity: int = 8) -> str:
        """Id of the one session of a new published club event."""
        return str(self.publish(sitting(capacity=capacity))["sessions"][0]["id"])

    def register(self, name: str, session_id: str, seats: int = 1, **more: Any) -> dict[str, Any]:
        return self.ask(resident(name), "register", session_id=session_id, seats=seats, **more)

    def cancel(self, registration: dict[str, Any], who: Identity = ORGANISER, **more: Any) -> dict[str, Any]:
        return self.ask(who, "cancel_registration", registration_id=registration["id"], **more)

    def look_up(self, registration: dict[str, Any]) -> dict[str, Any]:
        return self.ask(ORGANISER, "get_registration", registration_id=registration["id"])

    def session(self, session_id: str) -> dict[str, Any]:
        return self.rows("SELECT * FROM club_session WHERE id = :id", id=session_id)[0]

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(statement), parameters).mappings()]

    def published(self, about: str | None = None) -> list[tuple[str, int]]:
        """(type, version) of what waits in the outbox, oldest first."""
        rows = self.rows("SELECT type, version, aggregate_id FROM outbox ORDER BY seq")
        return [(row["type"], row["version"]) for row in rows if about is None or str(row["aggregate_id"]) == about]


@pytest.fixture
def centre(database_of: Callable[[str], Engine]) -> Centre:
    engine = database_of("events")
    centre = Centre(engine, club_id="")
    centre.club_id = centre.add_club("table-tennis", name={"zh-CN": "乒乓球社", "en": "Table tennis club"})
    return centre
