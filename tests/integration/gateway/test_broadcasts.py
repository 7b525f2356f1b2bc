"""The gateway as it runs, on a real broker: what a service publishes changes what visitors read."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from sqlalchemy import Engine

from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from gateway import demo as gateway_demo
from gateway.accounts.models import Account
from gateway.accounts.sessions import end_all, open_session
from gateway.calls.cache import MAX_AGE
from gateway.http import session_cache
from services.events import demo
from services.events.registrations.use_cases.register import register
from tests.integration.gateway import process
from tests.patience import eventually


@pytest.fixture
def events(database_of: Callable[[str], Engine]) -> Engine:
    """The database of events, with the demo's programme."""
    engine = database_of("events")
    with transaction(engine) as session:
        demo.seed(Call(session, datetime.now(UTC)))
    return engine


@pytest.fixture
def gateway(database_of: Callable[[str], Engine], events: Engine, vhost_uri: str, tmp_path: Path) -> Iterator[str]:
    """URL of a gateway that runs beside events; what they say to each other goes through RabbitMQ."""
    with process.running({"events": events, "gateway": database_of("gateway")}, vhost_uri, tmp_path) as url:
        yield url


def read(url: str) -> dict[str, Any]:
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def takes_one(event: dict[str, Any], now: datetime) -> bool:
    """Whether the first session has a seat for somebody who registers now."""
    first = event["sessions"][0]
    return first["seats_left"] > 0 and not first["waiting"] and datetime.fromisoformat(first["registration_closes_at"]) > now


def test_a_change_made_elsewhere_is_not_hidden_by_the_cache(gateway: str, events: Engine) -> None:
    """The registration is events' own; this gateway had no hand in it and hears of it from the broker only."""
    now = datetime.now(UTC)
    event = next(item for item in read(f"{gateway}/club-events?state=published&limit=100")["items"] if takes_one(item, now))
    session_id = UUID(event["sessions"][0]["id"])

    def taken() -> int:
        return int(read(f"{gateway}/club-events/{event['id']}")["sessions"][0]["taken"])

    before = taken()
    with transaction(events) as session:
        call = replace(Call(session, now), acting=Identity(str(uuid4()), "resident", frozenset(), "liuyi"))
        register(call, session_id=session_id)
    eventually(lambda: taken() == before + 1, seconds=MAX_AGE / 3)  # by itself the answer would be kept for three times that


def test_a_session_ended_elsewhere_is_not_remembered(gateway: str, database_of: Callable[[str], Engine]) -> None:
    database, now = database_of("gateway"), datetime.now(UTC)
    with transaction(database) as session:
        gateway_demo.seed(Call(session, now))
        session.flush()
        account = session.get_one(Account, demo_id("account", "wang"))
        account.sample = False
        token, _ = open_session(session, account, now)

    def asked() -> int:
        return requests.get(f"{gateway}/sections", headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code

    assert asked() == asked() == 200
    with transaction(database) as session:
        end_all(session, account.id)
    eventually(lambda: asked() == 401, seconds=session_cache.MAX_AGE / 3)
