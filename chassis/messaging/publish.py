"""Two publishers. Each has its own connection.

`ConfirmedPublisher` sends a batch and then waits for the broker's confirms. That is about ten times as fast as waiting
after each message. The relay uses it. `DirectPublisher` never waits, and many greenlets share it. RPC uses it for requests
and replies: they may be lost, because their sender has a deadline.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Protocol

from amqp import spec
from amqp.basic_message import Message as AmqpMessage
from amqp.exceptions import NotFound, RecoverableConnectionError
from nameko.amqp.publish import UndeliverableMessage

from chassis.config import EMBEDDED, settings
from chassis.messaging import broker


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message in the form in which it is sent. `properties` are AMQP's basic properties."""

    exchange: str
    routing_key: str
    body: bytes
    headers: dict[str, Any]
    properties: dict[str, Any] = field(default_factory=dict)
    mandatory: bool = True


class NotConfirmed(Exception):
    """The broker did not confirm a batch in time. The batch must be published again."""


class QueueFull(Exception):
    """A full queue refused the messages with the ids in `refused`. No queue exists for the messages with the ids in
    `returned`. The broker has confirmed all other messages."""

    def __init__(self, refused: set[str], returned: set[str]) -> None:
        super().__init__(f"{len(refused)} messages refused")
        self.refused, self.returned = refused, returned


class ConfirmedPublisher(Protocol):
    """Publishes batches and waits for the broker's confirms."""

    def publish(self, envelopes: Iterable[Envelope]) -> set[str]:
        """Publish all messages in order and wait until the broker has confirmed them. Returns the ids of the messages that
        no queue took. Raises QueueFull. Raises NotConfirmed or a connection error; all messages must be published again
        then."""

    def bind(self, exchange: str, types_of_queue: Mapping[str, Iterable[str]]) -> set[str]:
        """Bind each queue to its message types on the exchange. Returns the queues that do not exist. Raises a connection
        error."""

    def keep_alive(self) -> None:
        """Send heartbeats. Call it every few seconds between batches."""

    def close(self) -> None: ...


def confirmed_publisher() -> ConfirmedPublisher:
    """Return a publisher for the broker of LINLI_AMQP_URI."""
    return _EmbeddedConfirmed() if settings().amqp_uri.startswith(EMBEDDED) else _AmqpConfirmed()


class _AmqpConfirmed:
    """Batches with pipelined confirms over py-amqp. One greenlet at a time."""

    TIMEOUT = 15.0

    def __init__(self) -> None:
        self._connection = broker.connected()
        self._channel = self._connection.channel()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._on_ack)
        self._channel.events["basic_nack"].add(self._on_nack)
        self._channel.events["basic_return"].add(self._on_return)
        self._sent = 0
        self._outstanding: dict[int, str] = {}  # message ids by delivery tag, in the order of sending
        self._returned: set[str] = set()
        self._refused: set[str] = set()

    def _settle(self, delivery_tag: int, multiple: bool) -> list[str]:
        """Return the ids of the messages that this confirm covers."""
        if not multiple:
            return [self._outstanding.pop(delivery_tag)] if delivery_tag in self._outstanding else []
        tags = list(takewhile(lambda tag: tag <= delivery_tag, self._outstanding))
        return [self._outstanding.pop(tag) for tag in tags]

    def _on_ack(self, delivery_tag: int, multiple: bool) -> None:
        self._settle(delivery_tag, multiple)

    def _on_nack(self, delivery_tag: int, multiple: bool) -> None:
        self._refused.update(self._settle(delivery_tag, multiple))

    def _on_return(self, _exc: Any, _exchange: str, _routing_key: str, message: Any) -> None:
        self._returned.add(message.properties["message_id"])

    def publish(self, envelopes: Iterable[Envelope]) -> set[str]:
        self._returned, self._refused = set(), set()
        for envelope in envelopes:
            self._sent += 1
            self._outstanding[self._sent] = str(envelope.properties["message_id"])
            _send(self._channel, envelope)
        deadline = time.monotonic() + self.TIMEOUT
        while self._outstanding:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise NotConfirmed(f"{len(self._outstanding)} messages not confirmed in {self.TIMEOUT:.0f} s")
            with suppress(TimeoutError):
                self._connection.drain_events(timeout=min(remaining, 1.0))
            self._connection.heartbeat_check()
        if self._refused:
            raise QueueFull(self._refused, self._returned)
        return self._returned

    def bind(self, exchange: str, types_of_queue: Mapping[str, Iterable[str]]) -> set[str]:
        return {queue for queue, types in types_of_queue.items() if not self._bind_queue(exchange, queue, types)}

    def _bind_queue(self, exchange: str, queue: str, types: Iterable[str]) -> bool:
        channel = self._connection.channel()
        try:
            channel.queue_declare(queue, passive=True)
        except NotFound:  # the broker closed the channel, and py-amqp has opened it again
            channel.close()
            return False
        for type_ in types:  # binding again is harmless
            channel.queue_bind(queue, exchange, type_)
        channel.close()
        return True

    def keep_alive(self) -> None:
        with suppress(TimeoutError):
            self._connection.drain_events(timeout=0.001)
        self._connection.heartbeat_check()

    def close(self) -> None:
        with suppress(Exception):
            self._connection.release()


def _send(channel: Any, envelope: Envelope) -> None:
    """Send the frames of one message. `Channel.basic_publish` would read from the socket first, but only one greenlet may
    read from it."""
    message = AmqpMessage(envelope.body, application_headers=envelope.headers, **envelope.properties)
    arguments = (0, envelope.exchange, envelope.routing_key, envelope.mandatory, False)
    channel.send_method(spec.Basic.Publish, "Bssbb", arguments, message)


class DirectPublisher(Protocol):
    """Publishes single messages without waiting for confirms. Greenlets may share it."""

    def publish(self, envelope: Envelope) -> None:
        """Send one message to the broker and do not wait for a confirm. Raises a connection error if the broker cannot be
        reached."""

    def close(self) -> None: ...


def direct_publisher(on_return: Callable[[str], None]) -> DirectPublisher:
    """Return a publisher for the broker of LINLI_AMQP_URI. It calls `on_return(correlation_id)` for a mandatory message
    that no queue took."""
    return _EmbeddedDirect(on_return) if settings().amqp_uri.startswith(EMBEDDED) else _AmqpDirect(on_return)


class _AmqpDirect:
    """One connection for all greenlets. A lock protects writes. A thread reads returned messages and sends heartbeats."""

    FAIL_FAST = 0.5  # seconds without a new attempt after a failed attempt to connect

    def __init__(self, on_return: Callable[[str], None]) -> None:
        self._on_return = on_return
        self._lock = threading.Lock()
        self._connection: Any = None
        self._channel: Any = None
        self._closed = False
        self._failed_at = -self.FAIL_FAST

    def publish(self, envelope: Envelope) -> None:
        with self._lock:
            channel = self._channel or self._connect()
            try:
                _send(channel, envelope)
            except broker.CONNECTION_LOST:
                # The connection may have died while it was idle. Try once more on a new connection.
                self._drop()
                _send(self._connect(), envelope)

    def _connect(self) -> Any:
        # Greenlets that waited for the lock during a failed attempt fail at once. Otherwise each would wait for its own
        # failed attempt, one after the other.
        if time.monotonic() - self._failed_at < self.FAIL_FAST:
            raise RecoverableConnectionError("the broker could not be reached a moment ago")
        try:
            connection = broker.connected()
            channel = connection.channel()
        except Exception:
            self._failed_at = time.monotonic()
            raise
        channel.events["basic_return"].add(self._returned)
        self._connection, self._channel = connection, channel
        threading.Thread(target=self._read, args=(connection,), daemon=True).start()
        return channel

    def _returned(self, _exc: Any, _exchange: str, _routing_key: str, message: Any) -> None:
        self._on_return(message.properties.get("correlation_id", ""))

    def _read(self, connection: Any) -> None:
        try:
            while not self._closed and connection is self._connection:
                try:
                    connection.drain_events(timeout=1.0)
                except TimeoutError:
                    with self._lock:
                        if connection is self._connection:  # kombu would reconnect a connection that was dropped meanwhile
                            connection.heartbeat_check()
        except Exception:
            with self._lock:
                if connection is self._connection:
                    self._drop()

    def _drop(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            with suppress(Exception):
                connection.collect()

    def close(self) -> None:
        self._closed = True
        with self._lock:
            self._drop()


class _EmbeddedProducer:
    """Publishes to the broker inside the process. The broker has the message when the call returns."""

    def __init__(self) -> None:
        self._connection = broker.connection()
        self._channel = self._connection.channel()

    def send(self, envelope: Envelope) -> bool:
        """Publish the message. Returns False if no queue took it."""
        properties = dict(envelope.properties)
        content_type = properties.pop("content_type", "application/json")
        encoding = properties.pop("content_encoding", "utf-8")
        message = self._channel.prepare_message(
            envelope.body.decode() if encoding == "utf-8" else envelope.body,
            content_type=content_type,
            content_encoding=encoding,
            headers=envelope.headers,
            properties=properties,
        )
        try:
            self._channel.basic_publish(message, envelope.exchange, envelope.routing_key, mandatory=envelope.mandatory)
        except UndeliverableMessage:
            return False
        return True

    def close(self) -> None:
        self._connection.release()


class _EmbeddedConfirmed(_EmbeddedProducer):
    def publish(self, envelopes: Iterable[Envelope]) -> set[str]:
        return {envelope.properties["message_id"] for envelope in envelopes if not self.send(envelope)}

    def bind(self, exchange: str, types_of_queue: Mapping[str, Iterable[str]]) -> set[str]:
        """No queue is missing: they are declared at start, and nothing deletes them inside the process."""
        return set()

    def keep_alive(self) -> None:
        return None


class _EmbeddedDirect(_EmbeddedProducer):
    def __init__(self, on_return: Callable[[str], None]) -> None:
        super().__init__()
        self._on_return = on_return

    def publish(self, envelope: Envelope) -> None:
        if not self.send(envelope) and envelope.mandatory:
            self._on_return(envelope.properties.get("correlation_id", ""))
