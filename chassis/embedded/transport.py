"""kombu's way to the broker inside the process: URI `embedded://`, or `embedded://name` for a broker of its own.

Importing this module makes the URI known to kombu. nameko runs on it unchanged: delivered messages carry their
content type among their properties, and a mandatory message that no queue takes raises NO_ROUTE. A waiting consumer
is woken by the message itself; nothing polls.
"""

import threading
from typing import Any

import amqp
import kombu.transport
from kombu.transport import base
from kombu.utils.url import url_to_parts

from chassis.embedded.broker import Broker
from chassis.embedded.channel import Channel
from chassis.embedded.connection import Connection

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


class Transport(base.Transport):
    """Registered as `embedded`."""

    driver_type = "embedded"
    driver_name = "linli"
    implements = base.Transport.implements.extend(exchange_type=frozenset(["direct", "topic", "fanout"]))

    # py-amqp's, so that callers that expect RabbitMQ catch the same errors.
    connection_errors = amqp.Connection.connection_errors  # type: ignore[assignment]
    channel_errors = amqp.Connection.channel_errors
    recoverable_connection_errors = amqp.Connection.recoverable_connection_errors
    recoverable_channel_errors = amqp.Connection.recoverable_channel_errors

    def __init__(self, client: Any, **_: Any) -> None:
        self.client: Any = client

    def establish_connection(self) -> Connection:
        return Connection(_named(self.client.hostname, self.client.virtual_host), self.client)

    def create_channel(self, connection: Connection) -> Channel:
        channel = Channel(connection, connection.next_channel_id())
        connection.channels.add(channel)
        return channel

    def close_connection(self, connection: Connection) -> None:
        connection.close()

    def verify_connection(self, connection: Connection) -> bool:
        return connection.connected

    def drain_events(self, connection: Connection, timeout: float | None = None, **_: Any) -> None:
        connection.drain_events(timeout)


kombu.transport.TRANSPORT_ALIASES["embedded"] = f"{__name__}:Transport"
