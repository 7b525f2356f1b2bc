"""What kombu calls a channel, on the embedded broker: publishing, consuming, settling."""

import itertools
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple
from uuid import uuid4

from amqp.exceptions import ChannelError, PreconditionFailed
from kombu.message import Message
from nameko.amqp.publish import UndeliverableMessage

from chassis.embedded.connection import Connection
from chassis.embedded.queue import Consumer, Queue, Stored
from chassis.embedded.topology import Topology, as_amqp

Callback = Callable[[Message], Any]


class Unroutable(ChannelError, UndeliverableMessage):  # type: ignore[misc]  # nameko is untyped
    """No queue took a mandatory message: what py-amqp raises for it, and what nameko makes of that."""


class Held(NamedTuple):
    """A message that a consumer (None: basic.get) has seen and not settled."""

    queue: Queue
    consumer: Consumer | None
    message: Stored


class Channel(Topology):
    """Keeps what was delivered and not settled; closing puts it back on its queues."""

    def __init__(self, connection: Connection, channel_id: int) -> None:
        super().__init__(connection)
        self.channel_id = channel_id
        self.events: dict[str, set[Callable[..., None]]] = defaultdict(set)
        self.no_ack_consumers: set[str] = set()  # type: ignore[assignment]  # None only in the base class
        self._consumers: dict[str, Consumer] = {}
        self._held: dict[int, Held] = {}
        self._tags = itertools.count(1)
        self._prefetch = 0

    # Publishing

    def prepare_message(
        self,
        body: Any,
        priority: int | None = None,
        content_type: str | None = None,
        content_encoding: str | None = None,
        headers: dict[str, Any] | None = None,
        properties: dict[str, Any] | None = None,
    ) -> Stored:
        if isinstance(body, str):
            content_encoding = content_encoding or "utf-8"
            body = body.encode(content_encoding)
        properties = {key: value for key, value in (properties or {}).items() if value is not None}
        if priority:
            properties["priority"] = priority
        return Stored(body, "", "", content_type, content_encoding, dict(headers or {}), properties)

    def basic_publish(
        self, message: Stored, exchange: str = "", routing_key: str = "", mandatory: bool = False, **_: Any
    ) -> None:
        """Done when it returns: there is nothing to confirm. A mandatory message that no queue takes goes to the
        `basic_return` handlers; without any it raises ChannelError with NO_ROUTE."""
        self.opened()
        expires_at = 0.0
        if (expiration := message.properties.get("expiration")) is not None:
            expires_at = time.monotonic() + int(expiration) / 1000
        addressed = replace(message, exchange=exchange, routing_key=routing_key, expires_at=expires_at)
        with as_amqp():
            reached = self._broker.publish(addressed)
        if mandatory and not reached:
            self._return(addressed)

    def _return(self, message: Stored) -> None:
        error = Unroutable("NO_ROUTE", (60, 50), reply_code=312)  # type: ignore[no-untyped-call]
        if not (handlers := self.events["basic_return"]):
            raise error
        for handle in list(handlers):
            handle(error, message.exchange, message.routing_key, message)

    # Consuming

    def basic_qos(self, prefetch_size: int = 0, prefetch_count: int = 0, apply_global: bool = False, **_: Any) -> None:
        """`prefetch_count` counts per consumer: those made from now on, with `apply_global` the present ones too."""
        self._prefetch = prefetch_count
        if apply_global:
            for consumer in list(self._consumers.values()):
                self._broker.set_credit(consumer, prefetch_count)

    def basic_consume(
        self,
        queue: str,
        consumer_tag: str = "",
        no_ack: bool = False,
        exclusive: bool = False,
        callback: Callback | None = None,
        **_: Any,
    ) -> str:
        connection = self.opened()
        tag = consumer_tag or f"ctag-{uuid4().hex}"

        hand_over = partial(self._hand_over, callback)

        def deliver(consumer: Consumer, message: Stored) -> None:
            connection.push(consumer, message, hand_over)

        def consumer_of(found: Queue) -> Consumer:
            # Known to the channel before the first delivery can be drained.
            made = self._consumers[tag] = Consumer(tag, found, deliver, bool(no_ack), self._prefetch)
            if no_ack:
                self.no_ack_consumers.add(tag)
            return made

        with as_amqp():
            self._broker.consume(consumer_of, queue, owner=connection, exclusive=exclusive)
        return tag

    def basic_cancel(self, consumer_tag: str, nowait: bool = False) -> None:
        consumer = self._consumers.pop(consumer_tag, None)
        connection = self.connection
        if consumer is not None and connection is not None:
            self._broker.cancel(consumer, lambda: connection.reclaim(consumer))

    def basic_get(self, queue: str, no_ack: bool = False) -> Message | None:
        self.opened()
        with as_amqp():
            taken = self._broker.take(queue, no_ack=bool(no_ack))
        if taken is None:
            return None
        found, message, left = taken
        return self._seen(Held(found, None, message), acknowledged=bool(no_ack), message_count=left)

    def _hand_over(self, callback: Callback | None, consumer: Consumer, message: Stored) -> None:
        """Let the consumer see a message, unless it has expired on the way."""
        if message.expired(time.monotonic()):
            self._broker.discard(consumer.queue, consumer, message, "expired")
            return
        seen = self._seen(Held(consumer.queue, consumer, message), acknowledged=consumer.no_ack, consumer_tag=consumer.tag)
        if callback is not None:
            callback(seen)

    def _seen(self, held: Held, *, acknowledged: bool, **delivery_info: Any) -> Message:
        tag = next(self._tags)
        if not acknowledged:
            self._held[tag] = held
        stored = held.message
        delivery_info |= {
            "delivery_tag": tag,
            "redelivered": stored.returns > 0,
            "exchange": stored.exchange,
            "routing_key": stored.routing_key,
        }
        return Message(
            body=stored.body,
            channel=self,
            delivery_tag=tag,
            content_type=stored.content_type,
            content_encoding=stored.content_encoding,
            delivery_info=delivery_info,
            # nameko's Responder answers in the content type it finds here.
            properties=stored.properties | {"content_type": stored.content_type, "content_encoding": stored.content_encoding},
            headers=stored.headers | ({"x-delivery-count": stored.returns} if stored.returns else {}),
        )

    # Settling

    def basic_ack(self, delivery_tag: int, multiple: bool = False) -> None:
        for held in self._settled(delivery_tag, multiple):
            self._broker.settle(held.queue, held.consumer)

    def basic_reject(self, delivery_tag: int, requeue: bool) -> None:
        self.basic_nack(delivery_tag, requeue=requeue)

    def basic_nack(self, delivery_tag: int, multiple: bool = False, requeue: bool = True) -> None:
        settled = self._settled(delivery_tag, multiple)
        if requeue:
            self._requeue(settled)
        else:
            for held in settled:
                self._broker.discard(held.queue, held.consumer, held.message)

    def basic_recover(self, requeue: bool = False) -> None:
        """Put back whatever is not settled."""
        self.opened()
        held, self._held = self._held, {}
        self._requeue(list(held.values()))

    def _settled(self, delivery_tag: int, multiple: bool) -> list[Held]:
        self.opened()
        if multiple:
            return [self._held.pop(tag) for tag in list(self._held) if not delivery_tag or tag <= delivery_tag]
        if (held := self._held.pop(delivery_tag, None)) is None:
            raise PreconditionFailed(f"PRECONDITION_FAILED - unknown delivery tag {delivery_tag}")
        return [held]

    def _requeue(self, settled: list[Held]) -> None:
        by_queue: dict[Queue, list[tuple[Consumer | None, Stored]]] = defaultdict(list)
        for held in settled:
            by_queue[held.queue].append((held.consumer, held.message))
        for queue, returned in by_queue.items():
            self._broker.requeue(queue, returned)

    def close(self) -> None:
        connection = self.connection
        if connection is None:
            return
        for tag in list(self._consumers):
            self.basic_cancel(tag)
        held, self._held = self._held, {}
        self._requeue(list(held.values()))
        self.connection = None
        connection.channels.discard(self)
