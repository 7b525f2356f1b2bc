"""Two publishers. Each has its own connection.

`ConfirmedPublisher` sends a batch and then waits for the broker's confirms. That is about ten times as fast as waiting
after each message. The relay uses it. `DirectPublisher` never waits, and many greenlets share it. RPC uses it for requests
and replies: they may be lost, because their sender has a deadline.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import takewhile
from typing import Any, Protocol

from amqp import spec
from amqp.basic_message import Message as AmqpMessage
from amqp.exceptions import NotFound, RecoverableConnectionError

from chassis.config import EMBEDDED, settings
from chassis.messaging import alarm, broker
from chassis.messaging.envelope import Envelope


class NotConfirmed(Exception):
    """The broker did not confirm a batch in time. The batch must be published again."""


class Blocked(NotConfirmed):
    """The broker takes no messages (chassis.messaging.alarm). The batch must be published again, after the alarm."""


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
        no queue took. Raises QueueFull. Raises NotConfirmed, Blocked or a connection error; all messages must be published
        again then."""

    def bind(self, exchange: str, types_of_queue: Mapping[str, Iterable[str]]) -> set[str]:
        """Bind each queue to its message types on the exchange. Returns the queues that do not exist. Raises a connection
        error."""

    def keep_alive(self) -> None:
        """Send heartbeats. Call it every few seconds between batches."""

    def close(self) -> None: ...


def confirmed_publisher() -> ConfirmedPublisher:
    """Return a publisher for the broker of LINLI_AMQP_URI."""
    if not settings().amqp_uri.startswith(EMBEDDED):
        return _AmqpConfirmed()
    from chassis.messaging.publish_embedded import EmbeddedConfirmed

    return EmbeddedConfirmed()


class _AmqpConfirmed:
    """Batches with pipelined confirms over py-amqp. One greenlet at a time."""

    TIMEOUT = 15.0
    TIMEOUT_BLOCKED = 3.0  # a short alarm is waited for; the caller holds locks, and may be asked to stop

    def __init__(self) -> None:
        self._line = alarm.Line()
        self._connection = broker.connected(**self._line.options)
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
            send(self._channel, envelope)
        began = time.monotonic()
        while self._outstanding:
            limit = self.TIMEOUT_BLOCKED if self._line.blocked else self.TIMEOUT
            if (remaining := began + limit - time.monotonic()) <= 0:
                text = f"{len(self._outstanding)} messages not confirmed in {limit:.0f} s"
                raise Blocked(f"{text}: the broker takes no messages") if self._line.blocked else NotConfirmed(text)
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
            # A blocked connection would not answer a polite close.
            self._connection.collect() if self._line.blocked else self._connection.release()
        self._line.clear()


def send(channel: Any, envelope: Envelope) -> None:
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
    if not settings().amqp_uri.startswith(EMBEDDED):
        return _AmqpDirect(on_return)
    from chassis.messaging.publish_embedded import EmbeddedDirect

    return EmbeddedDirect(on_return)


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
        self._line = alarm.Line()

    def publish(self, envelope: Envelope) -> None:
        with self._lock:
            channel = self._channel or self._connect()
            try:
                send(channel, envelope)
            except broker.CONNECTION_LOST:
                # The connection may have died while it was idle. Try once more on a new connection.
                self._drop()
                send(self._connect(), envelope)

    def _connect(self) -> Any:
        # Greenlets that waited for the lock during a failed attempt fail at once. Otherwise each would wait for its own
        # failed attempt, one after the other.
        if time.monotonic() - self._failed_at < self.FAIL_FAST:
            raise RecoverableConnectionError("the broker could not be reached a moment ago")
        line = alarm.Line()
        try:
            connection = broker.connected(**line.options)
            channel = connection.channel()
        except Exception:
            self._failed_at = time.monotonic()
            raise
        channel.events["basic_return"].add(self._returned)
        self._connection, self._channel, self._line = connection, channel, line
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
        self._line.clear()
        if connection is not None:
            with suppress(Exception):
                connection.collect()

    def close(self) -> None:
        self._closed = True
        with self._lock:
            self._drop()
