"""A notify service on its own database, driven through its RPC methods and handlers, with time and identity given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from chassis.config import settings
from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.identity import ANONYMOUS, Identity
from services.notify.notifications.models import Notification
from services.notify.routing.use_cases import notify_recipients
from services.notify.service import NotifyService

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, nine in the morning in Shanghai
PHONE = "19900000001"
GATEWAY = Identity(party="system", scopes=frozenset({"gateway"}), community_id="liuyi")
QUERIES = ("list_", "get_")


def account_id(name: str) -> UUID:
    return demo_id("account", name)


def resident(name: str) -> Identity:
    return Identity(account_id=str(account_id(name)), party="resident", community_id="liuyi")


ADMIN = Identity(account_id=str(account_id("admin")), party="staff", roles=frozenset({"admin"}), community_id="liuyi")
VISITOR = ANONYMOUS


def booking(name: str = "wang", **more: Any) -> dict[str, Any]:
    """A booking's message as its reader gives it."""
    return {
        "booking_id": uuid4(),
        "resident_id": account_id(name),
        "space_name": {"zh-CN": "羽毛球1号场", "en": "Badminton court 1"},
        "starts_at": datetime(2026, 3, 7, 1, tzinfo=UTC),
        "ends_at": datetime(2026, 3, 7, 3, tzinfo=UTC),
        **more,
    }


def case(**more: Any) -> dict[str, Any]:
    """A case's message as its reader gives it."""
    name = {"zh-CN": "路灯照明", "en": "Street lighting"}
    return {"case_id": uuid4(), "number": "LY-20260302-0007", "category_name": name, "reporter_id": None, **more}


CALLED_OFF = {"cancelled_by": "staff"}


@dataclass
class Post:
    """The service under test."""

    engine: Engine

    def ask(self, who: Identity, method: str, now: datetime = NOW, reads: str = "zh-CN", **payload: Any) -> dict[str, Any]:
        """The JSON answer of an RPC method, in a session of the kind that the chassis gives it."""
        session_of = reading if method.startswith(QUERIES) else transaction
        entry: Callable[..., dict[str, Any]] = getattr(NotifyService, method).__wrapped__
        with session_of(self.engine) as session:
            answer = entry(None, Call(session, now, who, reads, Communities.only(who.community_id or "liuyi")), payload)
            json: dict[str, Any] = orjson.loads(orjson.dumps(answer))
            return json

    def hear(self, type_: str, data: dict[str, Any], event_id: UUID | None = None, now: datetime = NOW) -> list[Notification]:
        with transaction(self.engine) as session:
            return notify_recipients(Call(session, now), type_, event_id or uuid4(), "liuyi", data)

    def prove(self, name: str, channel: str, address: str, **more: Any) -> dict[str, Any]:
        """The gateway says that an account has shown an address to be its own."""
        payload = {"account_id": str(account_id(name)), "channel": channel, "address": address, "verified": True, **more}
        return self.ask(GATEWAY, "put_contact_point", **payload)

    def rows(self, query: str, **parameters: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), parameters))

    def states(self, channel: str) -> list[str]:
        found = self.rows("SELECT state FROM notification WHERE channel = :channel ORDER BY seq", channel=channel)
        return [row.state for row in found]

    def published(self) -> list[tuple[str, dict[str, Any]]]:
        return [(row.type, row.data) for row in self.rows("SELECT type, data FROM outbox ORDER BY seq")]

    def notification(self, notification_id: UUID) -> Notification:
        with Session(self.engine) as session:
            return session.get_one(Notification, notification_id)


@pytest.fixture
def post(database_of: Callable[[str], Engine]) -> Post:
    return Post(database_of("notify"))


@pytest.fixture
def email_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if LINLI_SMTP_URL were set; nothing in these tests connects there."""
    monkeypatch.setenv("LINLI_SMTP_URL", "smtp://127.0.0.1:2525")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With LINLI_DEMO: only then somebody may read the text messages of the sink."""
    monkeypatch.setenv("LINLI_DEMO", "true")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()
