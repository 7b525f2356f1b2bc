"""Two replicas of the service as processes, on a real broker: what is promised holds when it runs, too."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from kombu import Connection
from sqlalchemy import text

from chassis.database.engine import transaction
from chassis.messaging.broker import events_exchange
from chassis.rpc.call import Call
from services.notify.communities.storage import keep_community
from services.notify.reminders.use_cases import keep_reminder
from tests.integration.notify.conftest import ADMIN, CALLED_OFF, GATEWAY, PHONE, Post, account_id, booking, resident
from tests.patience import eventually

ROOT = Path(__file__).parents[3]
REPLICAS = 2


@pytest.fixture
def replicas(post: Post, vhost_uri: str, tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Killed at the end, if the test has not stopped them."""
    environment = os.environ | {
        "LINLI_DATABASE_URL_NOTIFY": post.engine.url.render_as_string(hide_password=False),
        "LINLI_AMQP_URI": vhost_uri,
        "LINLI_SIDE_PORT": "0",
    }
    linli = [sys.executable, "-m", "chassis.cli.main"]
    subprocess.run([*linli, "topology"], cwd=ROOT, env=environment, capture_output=True, timeout=60, check=True)
    command = [*linli, "run", "notify"]
    logs = [tmp_path / f"replica-{number}.log" for number in range(REPLICAS)]
    processes = []
    for log in logs:
        with log.open("wb") as output:
            processes.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output))
    try:
        for process, log in zip(processes, logs, strict=True):
            eventually(lambda p=process, at=log: b'"serving"' in at.read_bytes() or p.poll() is not None, seconds=60)
            assert process.poll() is None, log.read_text()
        yield processes
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()


def publish(uri: str, type_: str, data: dict[str, Any], event_id: UUID, version: int) -> None:
    """As booking's relay would."""
    body = orjson.dumps({name: str(value) if isinstance(value, UUID) else value for name, value in data.items()})
    headers = {
        "ce-id": str(event_id),
        "ce-type": type_,
        "ce-source": "booking",
        "ce-subject": str(data["booking_id"]),
        "ce-sequence": f"{version:020}",
        "ce-communityid": "liuyi",
        "ce-time": datetime.now(UTC).isoformat(),
    }
    with Connection(uri) as connection:
        connection.Producer().publish(
            body,
            exchange=events_exchange("booking"),
            routing_key=type_,
            headers=headers,
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=2,
        )


def test_people_are_told_once_and_in_order(
    post: Post, demo: None, vhost_uri: str, replicas: list[subprocess.Popen[bytes]]
) -> None:
    post.prove("wang", "sms", PHONE)
    data = booking()
    confirmed, cancelled = uuid4(), uuid4()
    for _ in range(3):
        publish(vhost_uri, "booking.confirmed.v1", data, confirmed, 1)
    publish(vhost_uri, "booking.confirmed.v1", {"booking_id": data["booking_id"]}, uuid4(), 2)  # breaks its contract
    for _ in range(3):
        publish(vhost_uri, "booking.cancelled.v1", data | CALLED_OFF, cancelled, 3)

    eventually(lambda: post.states("sms") == ["delivered"], seconds=30)
    inbox = post.ask(resident("wang"), "list_notifications")
    assert [item["template"] for item in inbox["items"]] == ["booking_called_off", "booking_confirmed"]
    [sms] = post.ask(ADMIN, "list_sink_messages", phone="+8619900000001")["items"]
    assert "中心取消了" in sms["body"]
    told = "SELECT state FROM inbox WHERE consumer NOT LIKE '%.feed_%'"
    eventually(lambda: len(post.rows(told)) == 3)
    assert sorted(row.state for row in post.rows(told)) == ["handled", "handled", "parked"]
    eventually(lambda: post.rows("SELECT count(*) FROM outbox WHERE published_at IS NULL")[0].count == 0)

    for process in replicas:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(30) for process in replicas] == [0, 0]


def test_a_code_reaches_the_phone(post: Post, demo: None, replicas: list[subprocess.Popen[bytes]]) -> None:
    post.ask(GATEWAY, "send_code", datetime.now(UTC), phone=PHONE, code="802461", minutes=5)
    eventually(lambda: post.states("sms") == ["delivered"])
    [sms] = post.ask(ADMIN, "list_sink_messages")["items"]
    assert "802461" in sms["body"]


def test_reminders_are_sent_once_although_a_replica_is_killed(
    post: Post, demo: None, replicas: list[subprocess.Popen[bytes]]
) -> None:
    now, names = datetime.now(UTC), [f"resident-{number}" for number in range(120)]
    with transaction(post.engine) as session:
        # Noon there, because nobody is reminded at night. The signs of Etc/GMT are those of POSIX.
        keep_community(session, community_id="liuyi", version=1, time_zone=f"Etc/GMT{now.hour - 12:+d}")
        for name in names:
            data = booking(name, starts_at=now + timedelta(days=3), ends_at=now + timedelta(days=3, hours=1))
            keep_reminder(Call(session, now), "booking.confirmed.v1", 1, "liuyi", data)
    with transaction(post.engine) as session:
        session.execute(text("UPDATE reminder SET due_at = now()"))
    eventually(lambda: "delivered" in post.states("in_app"), seconds=30)
    replicas[0].kill()
    eventually(lambda: post.rows("SELECT count(*) FROM reminder WHERE state = 'sent'")[0].count == len(names), seconds=60)
    accounts = [row.account_id for row in post.rows("SELECT account_id FROM notification ORDER BY account_id")]
    assert accounts == sorted(account_id(name) for name in names)
