"""An outside system with a durable queue of its own. It comes back by itself when the broker was away."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from kombu import Connection, Consumer, Exchange, Queue, binding
from kombu.mixins import ConsumerMixin

from tour.ledger import Heard
from tour.outside import EXCHANGE, from_headers


class OutsideSystem(ConsumerMixin):  # type: ignore[misc]  # kombu is untyped
    """`heard` in the order of arrival; what was heard and not acknowledged before a crash comes twice."""

    def __init__(self, uri: str) -> None:
        self.heard: list[Heard] = []
        self.connection = Connection(uri, heartbeat=10)
        self._queue = Queue(
            f"sub.org1.proof-{uuid4().hex[:8]}",
            bindings=[binding(Exchange(EXCHANGE, type="topic", passive=True, no_declare=True), routing_key="booking.#")],
            durable=True,
            queue_arguments={"x-queue-type": "quorum"},
        )
        self._ready = threading.Event()

    def get_consumers(self, consumer: type[Consumer], channel: Any) -> list[Consumer]:
        return [consumer([self._queue], on_message=self._hear, prefetch_count=50)]

    def on_consume_ready(self, *_: Any, **__: Any) -> None:
        self._ready.set()

    def _hear(self, message: Any) -> None:
        self.heard.append(from_headers(message.headers))
        message.ack()

    def of(self, subjects: set[str]) -> Counter[tuple[str, str]]:
        """How often each (subject, type) of `subjects` came, the same message counted once."""
        return Counter((one.subject, one.type) for one in set(self.heard) if one.subject in subjects)

    def out_of_order(self) -> list[Heard]:
        """Messages that came for the first time after a later one of their subject."""
        latest: dict[str, int] = {}
        seen: set[str] = set()
        late = []
        for one in self.heard:
            if one.event_id not in seen and one.version < latest.get(one.subject, 0):
                late.append(one)
            seen.add(one.event_id)
            latest[one.subject] = max(one.version, latest.get(one.subject, 0))
        return late

    def wait_until_it_listens(self) -> None:
        assert self._ready.wait(60), "the outside system cannot subscribe"


@contextmanager
def outside_system(uri: str) -> Iterator[OutsideSystem]:
    system = OutsideSystem(uri)
    thread = threading.Thread(target=system.run, name="outside system", daemon=True)
    thread.start()
    try:
        system.wait_until_it_listens()
        yield system
    finally:
        system.should_stop = True
        thread.join(30)
        with Connection(uri) as connection:
            connection.channel().queue_delete(system._queue.name)
