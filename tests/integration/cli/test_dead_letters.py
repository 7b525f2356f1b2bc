"""`linli dead-letters`, `linli topology` and `linli doctor` against a real RabbitMQ."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from click.testing import CliRunner
from kombu import Connection, Consumer, Queue
from sqlalchemy import Engine, create_engine, text

from chassis import service_registry
from chassis.cli.dead_letters import command
from chassis.cli.service_choice import class_of
from chassis.config import settings
from chassis.embedded import postgres
from chassis.messaging import broker, dead_letters
from chassis.messaging.topology import declare, queues_of
from tests.patience import eventually

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def on_broker(vhost_uri: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A virtual host with every queue declared, as the setting of this process."""
    monkeypatch.setenv("LINLI_AMQP_URI", vhost_uri)
    settings.cache_clear()
    declare([class_of("notify")])
    yield vhost_uri
    settings.cache_clear()


@pytest.fixture
def queue() -> Queue:
    return queues_of(class_of("notify"))[0]


def take(connection: Connection, queue: Queue) -> Any:
    """The next message; a queue with a single active consumer cannot be asked for one."""
    taken: list[Any] = []
    with Consumer(connection.channel(), queue, on_message=taken.append, prefetch_count=1, auto_declare=False):
        while not taken:
            connection.drain_events(timeout=20)
    return taken[0]


def bury(uri: str, queue: Queue, body: bytes, event_id: str) -> None:
    """Let the broker put a message into the dead letters, by refusing it for good."""
    with Connection(uri) as connection:
        headers = {"ce-id": event_id, "ce-type": "booking.confirmed.v1"}
        connection.Producer(auto_declare=False).publish(
            body,
            exchange="",
            routing_key=queue.name,
            headers=headers,
            content_type="application/json",
            content_encoding="utf-8",
        )
        take(connection, queue).reject()
    eventually(lambda: any(letter.id == event_id for letter in dead_letters.letters("notify")))


def test_a_dead_letter_is_found_and_stays(on_broker: str, queue: Queue) -> None:
    bury(on_broker, queue, b'{"a": 1}', "one")
    for _ in range(25):  # more often than RabbitMQ 4 lets a message return by default
        letters = dead_letters.letters("notify")
    assert [(letter.id, letter.type, letter.queue, letter.reason) for letter in letters] == [
        ("one", "booking.confirmed.v1", queue.name, "rejected")
    ]
    assert letters[0].body == b'{"a": 1}'
    assert dead_letters.letters("booking") == []


def test_redriven_it_is_back_where_it_came_from(on_broker: str, queue: Queue) -> None:
    bury(on_broker, queue, b'{"a": 1}', "one")
    bury(on_broker, queue, b'{"a": 2}', "two")
    assert dead_letters.redrive("notify", lambda letter: letter.id == "two") == 1
    assert [letter.id for letter in dead_letters.letters("notify")] == ["one"]
    with Connection(on_broker) as connection:
        message = take(connection, queue)
        assert (message.payload, message.headers["ce-id"]) == ({"a": 2}, "two")
        message.ack()


def test_dropped_it_is_gone(on_broker: str, queue: Queue) -> None:
    bury(on_broker, queue, b"{}", "one")
    bury(on_broker, queue, b"{}", "two")
    assert dead_letters.drop("notify", lambda letter: letter.id == "one") == 1
    assert [letter.id for letter in dead_letters.letters("notify")] == ["two"]


def test_where_nothing_was_declared_there_is_nothing(vhost_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_AMQP_URI", vhost_uri)
    settings.cache_clear()
    assert dead_letters.letters("notify") == []
    settings.cache_clear()


@pytest.fixture
def notify(migrated: None, tmp_path: Path) -> Iterator[Engine]:
    """The embedded server that the commands of this test share, and notify's database on it."""
    server = postgres.start(tmp_path / "home" / "postgres")
    engine = create_engine(postgres.url(server, "notify"), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()
    server.cleanup()


def park(engine: Engine, consumer: str = "notify.remember") -> UUID:
    event_id = uuid4()
    values = {
        "consumer": consumer,
        "id": event_id,
        "headers": orjson.dumps({"ce-type": "booking.confirmed.v1"}).decode(),
        "payload": orjson.dumps({"phone": "19900000001", "state": "x"}),
    }
    statement = """
        INSERT INTO inbox (consumer, event_id, state, subject, attempts, reason, headers, payload)
        VALUES (:consumer, :id, 'parked', 's', 8, 'ValueError: call 19900000001', CAST(:headers AS jsonb), :payload)
    """
    with engine.connect() as connection:
        connection.execute(text(statement), values)
    return event_id


def state_of(engine: Engine, event_id: UUID) -> tuple[str, int]:
    with engine.connect() as connection:
        row = connection.execute(text("SELECT state, attempts FROM inbox WHERE event_id = :id"), {"id": event_id}).one()
    return row.state, row.attempts


def test_parked_messages_by_command(linli: Run, notify: Engine) -> None:
    again, never, call = park(notify), park(notify), park(notify, consumer="rpc-notify")

    listed = linli("dead-letters", "list")
    assert listed.returncode == 1
    assert str(again) in listed.stdout and "booking.confirmed.v1" in listed.stdout
    assert "19900000001" not in listed.stdout

    shown = orjson.loads(linli("dead-letters", "show", str(again)).stdout)
    assert shown["data"] == {"phone": "[hidden]", "state": "x"}
    assert orjson.loads(linli("dead-letters", "show", str(again), "--raw").stdout)["data"]["phone"] == "19900000001"
    assert linli("dead-letters", "show", str(uuid4())).returncode == 1

    assert linli("dead-letters", "redrive", str(again)).stdout == "1 redriven\n"
    assert state_of(notify, again) == ("retrying", 0)
    assert linli("dead-letters", "drop", "--yes", str(never)).stdout == "1 dropped\n"
    assert state_of(notify, never)[0] == "dropped"

    refused = linli("dead-letters", "redrive", "--all")
    assert (refused.stdout, state_of(notify, call)[0]) == ("0 redriven\n", "parked")
    assert "not repeated" in refused.stderr
    assert linli("dead-letters", "drop", "--all", "--yes", "--service", "notify").stdout == "1 dropped\n"
    assert linli("dead-letters", "list").returncode == 0
    assert linli("dead-letters", "redrive").returncode == 2


@pytest.fixture
def only_notify_here(notify: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in notify's container: no other service is installed, and the one database that is set is its own."""
    monkeypatch.setattr(service_registry, "installed", lambda: ("notify",))
    monkeypatch.setenv("LINLI_DATABASE_URL", notify.url.render_as_string(hide_password=False))
    settings.cache_clear()


@pytest.mark.usefixtures("only_notify_here")
def test_all_means_all_that_is_here(on_broker: str, queue: Queue, notify: Engine) -> None:
    parked = park(notify)
    bury(on_broker, queue, b"{}", "mine")
    with Connection(on_broker) as connection:
        letter = connection.Producer(auto_declare=False)
        of_booking = broker.dead_letter_queue("booking").name
        letter.publish(b"{}", exchange="", routing_key=of_booking, headers={"ce-id": "theirs"}, content_encoding="utf-8")
    eventually(lambda: dead_letters.letters("booking"))

    done = CliRunner().invoke(command, ["drop", "--all", "--yes"])

    assert done.output == "2 dropped\n"
    assert state_of(notify, parked)[0] == "dropped"
    assert dead_letters.letters("notify") == []
    assert [letter.id for letter in dead_letters.letters("booking")] == ["theirs"]


def test_topology_and_doctor_by_command(linli: Run, notify: Engine, vhost_uri: str) -> None:
    missing = linli("doctor", LINLI_AMQP_URI=vhost_uri)
    assert missing.returncode == 1
    assert "linli topology" in missing.stdout

    declared = linli("topology", LINLI_AMQP_URI=vhost_uri)
    assert declared.returncode == 0, declared.stderr
    assert {queue.name for queue in queues_of(class_of("notify"))} <= set(declared.stdout.split())
    assert linli("topology", LINLI_AMQP_URI=vhost_uri).returncode == 0

    well = linli("doctor", LINLI_AMQP_URI=vhost_uri)
    assert well.returncode == 0, well.stdout
    assert "RabbitMQ" in well.stdout

    park(notify)
    unwell = linli("doctor", LINLI_AMQP_URI=vhost_uri)
    assert unwell.returncode == 1
    assert "1 messages are parked" in unwell.stdout
    assert broker.dead_letter_queue("notify").name not in unwell.stdout
