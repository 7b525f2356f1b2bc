"""kombu's way to the broker inside the process: URI `embedded://`, or `embedded://name` for a broker of its own.

Importing this module makes the URI known to kombu. nameko runs on it unchanged: delivered messages carry their
content type among their properties, and a mandatory message that no queue takes raises NO_ROUTE. A waiting consumer
is woken by the message itself; nothing polls.
"""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import amqp
import kombu.transport
from amqp.exceptions import RecoverableConnectionError
from kombu.transport import base
from kombu.utils.url import url_to_parts

from chassis.embedded.broker import Broker
from chassis.embedded.channel import Channel
from chassis.embedded.queue import Consumer, Stored

_brokers: dict[str, Broker] = {}
_brokers_lock = threading.Lock()


def broker_of(uri: str) -> Broker:
    """The broker behind `uri`, made on first use. For what kombu has no words for: `publish` without a connection,
    `idle`, `queues`."""
    parts = url_to_parts(uri)
    return _named(parts.hostname, parts.path)


def drop_broker(uri: str) -> None:
    """Forget the broker behind `uri` with all it holds: the next use of the URI finds an empty one."""
    name = broker_of(uri).name
    with _brokers_lock:
        del _brokers[name]


def _named(hostname: str | None, virtual_host: str | None) -> Broker:
    name = "/".join((hostname or "", (virtual_host or "").strip("/"))).rstrip("/")
    with _brokers_lock:
        return _brokers.setdefault(name, Broker(name))


class Delivery(NamedTuple):
    channel: Channel
    consumer: Consumer
    message: Stored
    callback: Callable[[Any], Any] | None


class Connection:
    """One client of the broker: its channels, and the deliveries it has not looked at yet."""

    def __init__(self, broker: Broker, client: Any) -> None:
        self.broker = broker
        self.client = client  # kombu keeps its cache of declared entities there
        self.channels: set[Channel] = set()
        self.connected = True
        self._channel_ids = itertools.count(1)
        self._deliveries: deque[Delivery] = deque()
        self._bell = threading.Condition(threading.Lock())

    def channel(self) -> Channel:
        if not self.connected:
            raise RecoverableConnectionError("connection is closed")
        channel = Channel(self, next(self._channel_ids))
        self.channels.add(channel)
        return channel

    def push(self, channel: Channel, consumer: Consumer, message: Stored, callback: Callable[[Any], Any] | None) -> None:
        with self._bell:
            self._deliveries.append(Delivery(channel, consumer, message, callback))
            self._bell.notify()

    def reclaim(self, consumer: Consumer) -> list[Stored]:
        """Take back what was pushed for `consumer` and not drained."""
        with self._bell:
            mine = [delivery.message for delivery in self._deliveries if delivery.consumer is consumer]
            self._deliveries = deque(delivery for delivery in self._deliveries if delivery.consumer is not consumer)
        return mine

    def drain_events(self, timeout: float | None = None) -> None:
        """Wait for one delivery and run its callback. Raises TimeoutError after `timeout` seconds (None: never) and
        RecoverableConnectionError when the connection is closed."""
        with self._bell:
            waited = not self._deliveries
            if waited and not self._bell.wait_for(lambda: self._deliveries or not self.connected, timeout):
                raise TimeoutError("nothing was delivered")
            if not self._deliveries:
                raise RecoverableConnectionError("connection is closed")
            delivery = self._deliveries.popleft()
        if not waited:
            # Whoever drains a full queue in a loop must still let other greenlets run.
            time.sleep(0)
        delivery.channel.hand_over(delivery.consumer, delivery.message, delivery.callback)

    def close(self) -> None:
        if not self.connected:
            return
        self.connected = False
        for channel in list(self.channels):
            channel.close()
        self.broker.forget_owner(self)
        with self._bell:
            self._bell.notify_all()


class Transport(base.Transport):
    """Registered as `embedded`."""

    driver_type = "embedded"
    driver_name = "linli"
    implements = base.Transport.implements.extend(exchange_type=frozenset(["direct", "topic", "fanout"]))

    # py-amqp's, so that whoever expects RabbitMQ catches the same things.
    connection_errors = amqp.Connection.connection_errors  # type: ignore[assignment]
    channel_errors = amqp.Connection.channel_errors
    recoverable_connection_errors = amqp.Connection.recoverable_connection_errors
    recoverable_channel_errors = amqp.Connection.recoverable_channel_errors

    def __init__(self, client: Any, **_: Any) -> None:
        self.client: Any = client

    def establish_connection(self) -> Connection:
        return Connection(_named(self.client.hostname, self.client.virtual_host), self.client)

    def create_channel(self, connection: Connection) -> Channel:
        return connection.channel()

    def close_connection(self, connection: Connection) -> None:
        connection.close()

    def verify_connection(self, connection: Connection) -> bool:
        return connection.connected

    def drain_events(self, connection: Connection, timeout: float | None = None, **_: Any) -> None:
        connection.drain_events(timeout)


kombu.transport.TRANSPORT_ALIASES["embedded"] = f"{__name__}:Transport"
