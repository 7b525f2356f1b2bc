"""notify and the gateway as they run: what comes into the feed reaches open streams at once, by hints and not by asking."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from chassis.database.engine import transaction
from chassis.messaging.received import Received
from gateway.systems import keys, use_cases
from services.notify.feed import storage
from tests.integration.gateway import process
from tests.integration.gateway.conftest import AccountsOf
from tests.patience import eventually


@pytest.fixture
def key(accounts_of: AccountsOf) -> str:
    """The secret of an API key that may read the messages."""
    with accounts_of("admin").transaction() as call:
        system = use_cases.add(call, name="12345", rights=["messages:read"])
        secret, _ = keys.make(call, system.id, days=3_650)  # the clock of the tests is behind that of the process
    return secret


@pytest.fixture
def gateway(database_of: Callable[..., Engine], database: Engine, vhost_uri: str, tmp_path: Path) -> Iterator[str]:
    """URL of a gateway that runs beside notify, with RabbitMQ between them."""
    with process.running({"notify": database_of("notify"), "gateway": database}, vhost_uri, tmp_path, LINLI_DEMO="true") as url:
        yield url


def append(notify: Engine) -> str:
    one = Received(uuid7(), "case.closed.v1", "cases", str(uuid4()), 1, "liuyi", datetime.now(UTC), {}, {})
    with transaction(notify) as session:
        storage.append(session, [one], datetime.now(UTC))
    return str(one.event_id)


def lines(gateway: str, key: str, after: str) -> Iterator[str]:
    headers = {"X-API-Key": key, "Last-Event-ID": after}

    def connected() -> Any:
        answer = requests.get(f"{gateway}/messages/stream", headers=headers, stream=True, timeout=60)
        return answer if answer.status_code == 200 else None

    answer = eventually(connected, seconds=60)  # until the gateway has said that it has no feed to hand over
    return (line for line in answer.iter_lines(chunk_size=1, decode_unicode=True))


def test_what_comes_reaches_an_open_stream_without_asking(gateway: str, key: str, database_of: Callable[..., Engine]) -> None:
    notify = database_of("notify")
    stream = lines(gateway, key, "0-0")
    for _ in range(30):  # a stream that waited for its heartbeat would take minutes, and the client give up
        sent = append(notify)
        while sent not in next(stream):
            pass
