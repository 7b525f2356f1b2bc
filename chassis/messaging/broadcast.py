"""Deliver a message to every replica, without receipt and without retry. Use it for caches and live pages, which may miss a
message.

    @broadcast("booking", "booking.#")
    def forget_availability(self, message: Received) -> None: ...
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any
from uuid import uuid4

from kombu import Exchange, Queue, binding
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint

from chassis.messaging import broker
from chassis.messaging.received import Received, Unreadable, raw, read, working_on
from chassis.observability import telemetry

log = telemetry.get_logger(__name__)


class Broadcast(Entrypoint):  # type: ignore[misc]  # nameko is untyped
    """The nameko entrypoint of `@broadcast`. It has an exclusive queue, which the broker deletes when this replica stops."""

    def __init__(self, source: str, *types: str, **options: Any) -> None:
        self.source, self.types = source, types
        super().__init__(**options)

    def setup(self) -> None:
        exchange = self.exchange()
        name = f"evt-{self.source}--{self.container.service_name}.{self.method_name}-{uuid4().hex}"
        queue = Queue(
            name,
            bindings=[binding(exchange, routing_key=t) for t in self.types],
            durable=False,
            exclusive=True,
            auto_delete=True,
        )
        self.consumer = broker.DrainingConsumer(
            queues=[queue], callbacks=[self.on_delivery], accept=["json"], on_undecodable=self.ignore, no_ack=True
        )

    def exchange(self) -> Exchange:
        return broker.events_exchange(self.source)

    def start(self) -> None:
        self._thread = self.container.spawn_managed_thread(self.consumer.run_until_stopped)
        self.consumer.wait_until_consumer_ready()

    def stop(self) -> None:
        self.consumer.stop()
        self._thread.wait()

    def on_delivery(self, _body: Any, message: Any) -> None:
        try:
            received = read(message.headers, raw(message), None)
        except Unreadable as error:
            self.ignore(message, error)
            return
        self.container.spawn_managed_thread(partial(self._run, received))

    def _run(self, received: Any) -> None:
        try:
            self.container.spawn_worker(self, (received,), {})
        except ContainerBeingKilled:
            log.info("broadcast not handled: stopping", source=self.source)

    def ignore(self, message: Any, error: Exception) -> None:
        log.warning("broadcast cannot be read", error=str(error))


def broadcast(source: str, *types: str) -> Callable[[Callable[[Any, Received], None]], Any]:
    """Make a method `def forget(self, message: Received) -> None` the handler of messages that every replica gets. A failure
    is logged. The message is not delivered again."""

    def register(method: Callable[[Any, Received], None]) -> Any:
        @wraps(method)
        def run(self: Any, message: Received) -> None:
            with working_on(message, f"{self.name}.{method.__name__}"):
                method(self, message)

        return Broadcast.decorator(source, *types)(run)

    return register
