"""The queues and consumers of the embedded broker. The broker calls all methods under its lock."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Stored:
    """A message in a queue. `expires_at` is in `time.monotonic()` seconds; 0 means never. `returns` counts how often the
    message was delivered and put back."""

    body: Any
    exchange: str
    routing_key: str
    content_type: str | None = None
    content_encoding: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    expires_at: float = 0.0
    returns: int = 0

    def expired(self, now: float) -> bool:
        return 0.0 < self.expires_at <= now


@dataclass(eq=False, slots=True)
class Consumer:
    """A consumer of a queue. `deliver` hands a message to the consumer's connection. `held` is the number of unacknowledged
    messages of the consumer. `credit` is the limit of that number; 0 means no limit."""

    tag: str
    queue: "Queue"
    deliver: Callable[["Consumer", Stored], None]
    no_ack: bool
    credit: int
    held: int = 0

    @property
    def ready(self) -> bool:
        return not self.credit or self.held < self.credit


@dataclass(eq=False, slots=True)
class Queue:
    """A queue. It calls `bury(queue, message, reason)` for messages that are removed without being handled. It supports these
    arguments of RabbitMQ: x-expires, x-message-ttl, x-delivery-limit, x-single-active-consumer, x-dead-letter-exchange and
    x-dead-letter-routing-key."""

    name: str
    bury: Callable[["Queue", Stored, str], None]
    durable: bool = False
    exclusive_to: object | None = None
    auto_delete: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)
    messages: deque[Stored] = field(default_factory=deque)
    consumers: deque[Consumer] = field(default_factory=deque)  # the first gets the next message
    unacknowledged: int = 0
    unused_since: float = field(default_factory=time.monotonic)

    @property
    def traits(self) -> tuple[Any, ...]:
        return (self.durable, self.exclusive_to is not None, self.auto_delete, self.arguments)

    @property
    def busy(self) -> bool:
        return bool(self.messages) or self.unacknowledged > 0

    def lapsed(self, now: float) -> bool:
        """True if the queue was unused for longer than its `x-expires` (milliseconds)."""
        lease = self.arguments.get("x-expires")
        return lease is not None and not self.consumers and now - self.unused_since > lease / 1000

    def put(self, message: Stored) -> None:
        if (ttl := self.arguments.get("x-message-ttl")) is not None:
            limit = time.monotonic() + ttl / 1000
            if not message.expires_at or limit < message.expires_at:
                message = replace(message, expires_at=limit)
        self.messages.append(message)
        self.dispatch()

    def put_back(self, message: Stored) -> None:
        """Put a message back to the front. If its delivery limit is exceeded, bury it."""
        returned = replace(message, returns=message.returns + 1)
        limit = self.arguments.get("x-delivery-limit")
        if limit is not None and returned.returns > limit:
            self.bury(self, returned, "delivery_limit")
        else:
            self.messages.appendleft(returned)

    def pop(self) -> Stored | None:
        """Remove and return the first message that has not expired. None if there is none."""
        now = time.monotonic()
        while self.messages:
            message = self.messages.popleft()
            if not message.expired(now):
                return message
            self.bury(self, message, "expired")
        return None

    def sweep(self, now: float) -> None:
        """Remove all expired messages, at every position."""
        expired = [message for message in self.messages if message.expired(now)]
        if expired:
            self.messages = deque(message for message in self.messages if not message.expired(now))
            for message in expired:
                self.bury(self, message, "expired")

    def dispatch(self) -> None:
        """Deliver messages to consumers with free credit, in turn. With x-single-active-consumer, only the oldest consumer
        gets messages."""
        in_turn = not self.arguments.get("x-single-active-consumer")
        waiting = len(self.consumers) if in_turn else min(1, len(self.consumers))
        while waiting and self.messages:
            consumer = self.consumers[0]
            if in_turn:
                self.consumers.rotate(-1)
            if not consumer.ready:
                waiting -= 1
                continue
            if (message := self.pop()) is None:
                return
            if not consumer.no_ack:
                consumer.held += 1
                self.unacknowledged += 1
            consumer.deliver(consumer, message)
            waiting = len(self.consumers) if in_turn else 1

    def release(self, consumer: Consumer | None) -> None:
        """Count one unacknowledged message less."""
        self.unacknowledged -= 1
        self.unused_since = time.monotonic()
        if consumer is not None:
            consumer.held -= 1
