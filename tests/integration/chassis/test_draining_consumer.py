"""A consumer whose connection is cut comes back as a consumer, whoever noticed first."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from kombu import Connection, Queue

from chassis.broker import DrainingConsumer
from chassis.config import settings
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


def _fails(message: Any) -> bool:
    """True once something cannot be written."""
    with suppress(OSError):
        message.channel.connection.send_heartbeat()
        return False
    return True
