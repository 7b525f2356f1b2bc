"""A small AMQP 0-9-1 broker inside the process: exchanges, queues, consumers and acknowledgements. It does not use kombu.

It pushes messages. As soon as a message is published, it goes to a consumer with free prefetch, and only the connection of
that consumer wakes. Greenlets and threads may call every method. The callbacks of consumers never run under the lock. Nothing
is durable. When the process ends, the outbox of each service still has the messages that were not handled.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from chassis.embedded.queue import Consumer, Queue, Stored
from chassis.embedded.routing import Binding, Exchange, predeclared

MAX_DEATHS = 32  # dead-letter exchanges may form a circle; a message is dropped after this many


class Missing(LookupError):
    """The queue or exchange does not exist."""


class Conflicting(ValueError):
    """The queue or exchange exists with other properties."""


class Locked(PermissionError):
    """The queue belongs to another connection."""


class Broker:
    """One set of exchanges and queues. `chassis.embedded.transport.broker_of(uri)` returns the broker of a URI."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._lock = threading.Lock()
        self._exchanges: dict[str, Exchange] = predeclared()
        self._queues: dict[str, Queue] = {}

    # Topology

    def declare_exchange(self, name: str, type: str, durable: bool, auto_delete: bool, arguments: dict[str, Any]) -> None:
        """Declare an exchange. Raises Conflicting if it exists with other properties. Raises Missing for an unknown type."""
        try:
            wanted = Exchange(name, type, durable, auto_delete, arguments)
        except LookupError as error:
            raise Missing(str(error)) from error
        with self._lock:
            known = self._exchanges.setdefault(name, wanted)
        if known.traits != wanted.traits:
            raise Conflicting(f"exchange {name!r} exists with other properties")

    def has_exchange(self, name: str) -> bool:
        return name in self._exchanges

    def delete_exchange(self, name: str) -> None:
        with self._lock:
            self._exchanges.pop(name, None)
            self._unbind_everywhere(name, to_queue=False)

    def declare_queue(
        self, name: str, *, owner: object, durable: bool, exclusive: bool, auto_delete: bool, arguments: dict[str, Any]
    ) -> tuple[int, int]:
        """Declare a queue. Returns the number of ready messages and of consumers. Raises Conflicting if the queue exists with
        other properties. Raises Locked if it is exclusive to another connection."""
        with self._lock:
            wanted = Queue(name, self._bury, durable, owner if exclusive else None, auto_delete, arguments)
            queue = self._live(name) or self._queues.setdefault(name, wanted)
            _check_owner(queue, owner)
            if queue.traits != wanted.traits:
                raise Conflicting(f"queue {name!r} exists with other properties: {queue.traits}")
            queue.unused_since = time.monotonic()
            return len(queue.messages), len(queue.consumers)

    def inspect_queue(self, name: str, owner: object = None) -> tuple[int, int]:
        """Return the number of ready messages and of consumers. Raises Missing or Locked."""
        with self._lock:
            queue = self._queue(name)
            _check_owner(queue, owner)
            return len(queue.messages), len(queue.consumers)

    def delete_queue(self, name: str, *, if_unused: bool = False, if_empty: bool = False) -> int:
        """Delete a queue. Returns the number of messages that were in it. Raises Conflicting if a condition is not met."""
        with self._lock:
            queue = self._live(name)
            if queue is None:
                return 0
            if (if_unused and queue.consumers) or (if_empty and queue.messages):
                raise Conflicting(f"queue {name!r} is in use or not empty")
            return self._remove(queue)

    def purge_queue(self, name: str) -> int:
        with self._lock:
            queue = self._queue(name)
            count = len(queue.messages)
            queue.messages.clear()
            return count

    def bind(self, source: str, destination: str, routing_key: str, *, to_queue: bool) -> None:
        """Bind a queue or exchange to the exchange `source`. Raises Missing if one of them does not exist."""
        with self._lock:
            exchange = self._exchange(source)
            if to_queue:
                self._queue(destination)
            else:
                self._exchange(destination)
            exchange.bind(Binding(routing_key, destination, to_queue))

    def unbind(self, source: str, destination: str, routing_key: str, *, to_queue: bool) -> None:
        with self._lock:
            if source in self._exchanges:
                self._exchanges[source].unbind(Binding(routing_key, destination, to_queue))

    def forget_owner(self, owner: object) -> None:
        """Delete the exclusive queues of a closed connection."""
        with self._lock:
            for queue in [q for q in self._queues.values() if q.exclusive_to is owner]:
                self._remove(queue)

    def queues(self) -> dict[str, tuple[int, int, int]]:
        """Return the number of ready messages, unacknowledged messages and consumers of each queue."""
        with self._lock:
            return {q.name: (len(q.messages), q.unacknowledged, len(q.consumers)) for q in self._queues.values()}

    # Messages

    def publish(self, message: Stored) -> int:
        """Put `message` once on each queue that its exchange and routing key lead to. Returns the number of queues; 0 means
        that no queue took it. Raises Missing if the exchange does not exist."""
        with self._lock:
            return self._publish(message)

    def take(self, name: str, *, no_ack: bool) -> tuple[Queue, Stored, int] | None:
        """Take the first message of a queue (basic.get). Returns the queue, the message and the number of remaining messages.
        None if the queue is empty."""
        with self._lock:
            queue = self._queue(name)
            message = queue.pop()
            if message is None:
                return None
            if not no_ack:
                queue.unacknowledged += 1
            return queue, message, len(queue.messages)

    def idle(self, ignoring: str | None = None) -> bool:
        """True if no queue has a message and no message is unacknowledged. Queues whose names start with `ignoring` do not
        count. Expired messages and queues are removed first."""
        now = time.monotonic()
        with self._lock:
            for queue in list(self._queues.values()):
                if queue.lapsed(now):
                    self._remove(queue)
                elif queue.messages:
                    queue.sweep(now)
            counted = (q for q in self._queues.values() if ignoring is None or not q.name.startswith(ignoring))
            return not any(queue.busy for queue in counted)

    # Consumers

    def consume(self, consumer_of: Callable[[Queue], Consumer], name: str, *, owner: object, exclusive: bool) -> None:
        """Start to deliver messages to a consumer. Raises Missing. Raises Locked if another consumer or connection has
        exclusive use of the queue."""
        with self._lock:
            queue = self._queue(name)
            _check_owner(queue, owner)
            if exclusive and queue.consumers:
                raise Locked(f"queue {name!r} has a consumer already")
            queue.consumers.append(consumer_of(queue))
            queue.dispatch()

    def cancel(self, consumer: Consumer, reclaim: Callable[[], list[Stored]]) -> None:
        """Stop to deliver messages to a consumer. `reclaim` returns the delivered messages that the consumer has not seen yet,
        in order; they go back to the front of the queue. Messages that the consumer has seen stay with it until they are
        settled. An auto-delete queue is deleted with its last consumer."""
        queue = consumer.queue
        with self._lock:
            unseen = reclaim()
            if consumer not in queue.consumers:
                return
            queue.consumers.remove(consumer)
            if not consumer.no_ack:
                consumer.held -= len(unseen)
                queue.unacknowledged -= len(unseen)
            queue.messages.extendleft(reversed(unseen))
            queue.unused_since = time.monotonic()
            if queue.auto_delete and not queue.consumers:
                self._remove(queue)
            else:
                queue.dispatch()

    def set_credit(self, consumer: Consumer, credit: int) -> None:
        with self._lock:
            consumer.credit = credit
            consumer.queue.dispatch()

    def settle(self, queue: Queue, consumer: Consumer | None) -> None:
        """Count a message as acknowledged, and deliver the next one."""
        with self._lock:
            queue.release(consumer)
            queue.dispatch()

    def requeue(self, queue: Queue, returned: Sequence[tuple[Consumer | None, Stored]]) -> None:
        """Put messages back to the front of the queue, in order. They are marked as redelivered."""
        with self._lock:
            for consumer, message in reversed(returned):
                queue.release(consumer)
                queue.put_back(message)
            queue.dispatch()

    def discard(self, queue: Queue, consumer: Consumer | None, message: Stored, reason: str = "rejected") -> None:
        """Remove a message that will not be handled. It goes to the queue's dead-letter exchange, if the queue has one."""
        with self._lock:
            if consumer is None or not consumer.no_ack:
                queue.release(consumer)
            self._bury(queue, message, reason)
            queue.dispatch()

    # Under the lock

    def _exchange(self, name: str) -> Exchange:
        if (exchange := self._exchanges.get(name)) is None:
            raise Missing(f"no exchange {name!r}")
        return exchange

    def _live(self, name: str) -> Queue | None:
        queue = self._queues.get(name)
        if queue is not None and queue.lapsed(time.monotonic()):
            self._remove(queue)
            return None
        return queue

    def _queue(self, name: str) -> Queue:
        if (queue := self._live(name)) is None:
            raise Missing(f"no queue {name!r}")
        return queue

    def _publish(self, message: Stored) -> int:
        queues = self._route(message.exchange, message.routing_key)
        for queue in queues:
            queue.put(message)
        return len(queues)

    def _route(self, exchange: str, routing_key: str) -> list[Queue]:
        if not exchange:  # the default exchange: the routing key is the queue's name
            queue = self._live(routing_key)
            return [queue] if queue else []
        names: dict[str, None] = {}
        seen = {exchange}
        waiting = [self._exchange(exchange)]
        while waiting:
            for binding in waiting.pop().matching(routing_key):
                if binding.to_queue:
                    names[binding.destination] = None
                elif binding.destination not in seen and binding.destination in self._exchanges:
                    seen.add(binding.destination)
                    waiting.append(self._exchanges[binding.destination])
        return [queue for name in names if (queue := self._live(name)) is not None]

    def _bury(self, queue: Queue, message: Stored, reason: str) -> None:
        exchange = queue.arguments.get("x-dead-letter-exchange")
        deaths = list(message.headers.get("x-death", ()))
        if exchange is None or (exchange and exchange not in self._exchanges) or len(deaths) >= MAX_DEATHS:
            return
        key = queue.arguments.get("x-dead-letter-routing-key", message.routing_key)
        death = {"queue": queue.name, "reason": reason, "exchange": message.exchange, "routing-keys": [message.routing_key]}
        headers = message.headers | {"x-death": [death, *deaths]}
        self._publish(replace(message, exchange=exchange, routing_key=key, headers=headers, expires_at=0.0, returns=0))

    def _remove(self, queue: Queue) -> int:
        self._queues.pop(queue.name, None)
        self._unbind_everywhere(queue.name, to_queue=True)
        count = len(queue.messages)
        queue.messages.clear()
        queue.consumers.clear()
        return count

    def _unbind_everywhere(self, destination: str, *, to_queue: bool) -> None:
        for exchange in self._exchanges.values():
            exchange.drop(destination, to_queue=to_queue)


def _check_owner(queue: Queue, owner: object) -> None:
    if queue.exclusive_to is not None and queue.exclusive_to is not owner:
        raise Locked(f"queue {queue.name!r} is exclusive to another connection")
