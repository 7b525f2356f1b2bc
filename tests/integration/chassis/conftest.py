"""The toy service: its database, itself as a process, and a client to call it with."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from kombu import Connection, Consumer, Queue
from sqlalchemy import Engine, text

from chassis.config import settings
from chassis.database.engine import connect
from chassis.database.migrate import CHASSIS, apply
from chassis.rpc import signed_calls, signing
from chassis.rpc.context import CallContext
from chassis.rpc.signed_calls import Request
from chassis.rpc.signing import SigningKey
from tests.conftest import CopyOf
from tests.patience import eventually

ROOT = Path(__file__).parents[3]


def _tables_of_the_toy(engine: Engine) -> None:
    from tests.toy.service import TABLES

    apply([CHASSIS], engine)
    with engine.begin() as connection:
        connection.execute(text(TABLES))


@pytest.fixture
def toy_engine(copy_of: CopyOf) -> Iterator[Engine]:
    """A database with the chassis's tables and the toy's."""
    engine = connect(copy_of("toy", _tables_of_the_toy), application="test", pool_size=20, statement_timeout=30)
    yield engine
    engine.dispose()


@pytest.fixture
def broker_uri(vhost_uri: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """This test's virtual host, as the setting of this process."""
    monkeypatch.setenv("LINLI_AMQP_URI", vhost_uri)
    settings.cache_clear()
    yield vhost_uri
    settings.cache_clear()


class Toy:
    """One of the toy's services as processes."""

    def __init__(self, engine: Engine, amqp_uri: str, folder: Path, service: str = "toy") -> None:
        self._service = service
        self._environment = os.environ | {
            f"LINLI_DATABASE_URL_{service.upper()}": engine.url.render_as_string(hide_password=False),
            "LINLI_AMQP_URI": amqp_uri,
            "LINLI_SIDE_PORT": "0",
        }
        self._folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        log = self._folder / f"toy-{len(self.processes)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.toy.run", self._service],
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=output,
            )
        self.processes.append(process)
        eventually(lambda: b"SERVING" in log.read_bytes() or process.poll() is not None, seconds=30)
        assert process.poll() is None, log.read_text()
        return process

    def logs(self) -> str:
        return "".join(path.read_text() for path in sorted(self._folder.glob("toy-*.log")))

    def kill_all(self) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()


@pytest.fixture
def toy(toy_engine: Engine, broker_uri: str, tmp_path: Path) -> Iterator[Toy]:
    toy = Toy(toy_engine, broker_uri, tmp_path)
    yield toy
    toy.kill_all()


@pytest.fixture
def ledger(toy_engine: Engine, broker_uri: str, tmp_path: Path) -> Iterator[Toy]:
    """Listens to the toy, in the toy's database."""
    ledger = Toy(toy_engine, broker_uri, tmp_path, "ledger")
    yield ledger
    ledger.kill_all()


@dataclass(frozen=True, slots=True)
class Reply:
    result: Any
    error: Any


def signed(
    method: str, payload: dict[str, Any], context: CallContext, key: SigningKey | None = None, **request: Any
) -> tuple[bytes, dict[str, Any], dict[str, Any]]:
    """Body, headers and properties of a call to the toy, signed as the gateway does. `request`: what is signed instead."""
    body = orjson.dumps({"args": [payload], "kwargs": {}})
    call = Request(**({"method": f"toy.{method}", "body": body, "call_id": uuid4().hex, "reply_to": uuid4().hex} | request))
    token = signed_calls.sign(context, call, key or signing.signing_key())
    json = {"content_type": "application/json", "content_encoding": "utf-8"}
    return body, {signed_calls.HEADER: token}, {"correlation_id": call.call_id, "reply_to": call.reply_to, **json}


class Caller:
    """A client on the wire, so that what the service really answers can be looked at."""

    def __init__(self, uri: str) -> None:
        self.connection = Connection(uri)
        self._lock = threading.Lock()

    def send(
        self,
        method: str,
        body: Any,
        headers: dict[str, Any] | None = None,
        properties: dict[str, Any] | None = None,
        expiration: float | None = None,
        **options: Any,
    ) -> Callable[[float], Reply | None]:
        """Publish a request; the function returned waits for its reply."""
        channel = self.connection.clone().channel()
        options = (properties or {}) | options
        reply_to = options.get("reply_to") or uuid4().hex
        # Not auto-deleted: it must stay between two waits, or a reply that comes between them is lost.
        queue = Queue(f"test.reply-{reply_to}", routing_key=reply_to, exchange=_rpc(), expires=120)
        queue.bind(channel).declare()
        producer = channel.connection.client.Producer(channel)
        options = {"reply_to": reply_to, "correlation_id": uuid4().hex} | options
        options = {key: value for key, value in options.items() if value is not None}
        producer.publish(
            body, exchange=_rpc(), routing_key=f"toy.{method}", headers=headers or {}, expiration=expiration, **options
        )

        def wait(seconds: float) -> Reply | None:
            replies: list[Any] = []
            with Consumer(channel, [queue], callbacks=[lambda body, message: replies.append(body)], no_ack=True):
                end = time.monotonic() + seconds
                while not replies and time.monotonic() < end:
                    with suppress(TimeoutError):
                        channel.connection.client.drain_events(timeout=0.2)
            return Reply(**replies[0]) if replies else None

        return wait

    def call(self, method: str, payload: dict[str, Any], context: CallContext | None = None) -> Reply:
        context = (context or CallContext(correlation_id=uuid4().hex)).with_deadline(10)
        reply = self.send(method, *signed(method, payload, context))(10)
        assert reply is not None, f"no reply from {method}"
        return reply


def _rpc() -> Any:
    from chassis.messaging.broker import RPC

    return RPC


@pytest.fixture
def caller(broker_uri: str) -> Caller:
    return Caller(broker_uri)
