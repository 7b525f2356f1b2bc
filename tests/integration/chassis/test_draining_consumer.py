"""A consumer whose connection is cut consumes again, whichever thread noticed first."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from kombu import Connection, Queue

from chassis.config import settings
from chassis.messaging import broker
from chassis.messaging.broker import DrainingConsumer
from tests.faults.proxy import Proxy
from tests.patience import eventually


@pytest.fixture
def proxy(vhost_uri: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """Between this process and the broker."""
    parts = urlsplit(vhost_uri)
    assert parts.port
    proxy = Proxy(parts.port)
    monkeypatch.setenv("LINLI_AMQP_URI", vhost_uri.replace(f":{parts.port}/", f":{proxy.port}/"))
    settings.cache_clear()
    yield proxy
    proxy.close()
    settings.cache_clear()


def test_a_cut_that_an_acknowledgement_notices_first(vhost_uri: str, proxy: Proxy) -> None:
    """kombu connects again by itself where a write has failed; on that connection nobody consumes."""
    name, heard = f"drain-{uuid4().hex[:8]}", []

    def hear(body: Any, message: Any) -> None:
        heard.append(body)
        if len(heard) > 1:
            consumer.ack_message(message)
            return
        proxy.cut()
        transport = message.channel.connection.transport
        eventually(lambda: _fails(message) and not transport.connected)
        consumer.ack_message(message)  # skipped, as the broker has taken the message back

    consumer = DrainingConsumer(queues=[Queue(name)], callbacks=[hear], accept=["json"], on_undecodable=print)
    thread = threading.Thread(target=consumer.run_until_stopped, daemon=True)
    thread.start()
    with Connection(vhost_uri) as connection:
        connection.SimpleQueue(name).put({"number": 1})
    eventually(lambda: len(heard) == 2, seconds=20)
    consumer.stop()
    thread.join(20)
    assert not thread.is_alive()
    assert heard == [{"number": 1}, {"number": 1}]


def test_a_busy_consumer_that_acknowledges_nothing_is_still_heard_by_the_broker(
    broker_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RabbitMQ closes a connection on which it hears nothing for some heartbeats; kombu sends them when it is idle."""
    monkeypatch.setattr(broker, "HEARTBEAT", 1)
    name, heard, connections = f"drain-{uuid4().hex[:8]}", [], []

    class Counting(DrainingConsumer):
        def on_connection_revived(self) -> None:
            connections.append(time.monotonic())
            super().on_connection_revived()

    consumer = Counting(
        queues=[Queue(name)], callbacks=[lambda body, _: heard.append(body)], accept=["json"], on_undecodable=print, no_ack=True
    )
    thread = threading.Thread(target=consumer.run_until_stopped, daemon=True)
    thread.start()
    with Connection(broker_uri) as connection:
        queue = connection.SimpleQueue(name)
        eventually(lambda: queue.put({}) or heard)
        began = time.monotonic()
        eventually(lambda: queue.put({}) or time.monotonic() > began + 6, seconds=10, every=0.1)  # six heartbeats long
    consumer.stop()
    thread.join(20)
    assert len(connections) == 1


def _fails(message: Any) -> bool:
    """True once something cannot be written."""
    with suppress(OSError):
        message.channel.connection.send_heartbeat()
        return False
    return True


def test_what_is_acknowledged_together_takes_nothing_else_along(broker_uri: str) -> None:
    """One frame settles everything before the last of a batch: not so while something before it is unsettled."""
    name, heard = f"drain-{uuid4().hex[:8]}", []

    def hear(body: Any, message: Any) -> None:
        heard.append(message)
        if len(heard) == 3:
            consumer.ack_messages(heard[1:])
        elif len(heard) == 5:
            consumer.ack_messages(heard[3:])
            consumer.requeue_message(heard[0])
            consumer.stop()

    with Connection(broker_uri) as connection:
        queue = connection.SimpleQueue(name)
        for number in range(5):
            queue.put({"number": number})
        consumer = DrainingConsumer(
            queues=[Queue(name)], callbacks=[hear], accept=["json"], on_undecodable=print, keep_order=True
        )
        thread = threading.Thread(target=consumer.run_until_stopped, daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
        assert queue.get(timeout=10).payload == {"number": 0}
        with pytest.raises(Empty):
            queue.get(timeout=0.5)


def test_a_batch_is_acknowledged_with_one_frame(broker_uri: str) -> None:
    name, heard, frames = f"drain-{uuid4().hex[:8]}", [], []

    def hear(body: Any, message: Any) -> None:
        heard.append(message)
        if len(heard) == 3:
            basic_ack = message.channel.basic_ack
            message.channel.basic_ack = lambda *arguments, **options: frames.append(options) or basic_ack(*arguments, **options)
            consumer.ack_messages(heard)
            consumer.stop()

    with Connection(broker_uri) as connection:
        queue = connection.SimpleQueue(name)
        for number in range(3):
            queue.put({"number": number})
        consumer = DrainingConsumer(queues=[Queue(name)], callbacks=[hear], accept=["json"], on_undecodable=print)
        thread = threading.Thread(target=consumer.run_until_stopped, daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
        assert frames == [{"multiple": True}]
        with pytest.raises(Empty):
            queue.get(timeout=0.5)
