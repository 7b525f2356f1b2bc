"""Hints: short notes to every replica of a service that listens. They are kept nowhere, and may be lost or come twice.

    class NotifyService(Service):
        hints = Hints()
        …
        self.hints.send("feed_grew", {"end": "1-7311-42"})

    class GatewayService(Service):
        @hint("notify", "feed_grew")
        def wake_systems(self, data: dict[str, Any]) -> None: ...

A hint is no message about a change: it is in no contract and no outbox, and does not reach `district.events`. Use it to wake
a loop that would otherwise ask again and again.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Any

import orjson
from kombu import Exchange
from nameko.extensions import DependencyProvider

from chassis.messaging import broker
from chassis.messaging.broadcast import Broadcast
from chassis.messaging.envelope import Envelope
from chassis.messaging.publish import DirectPublisher, direct_publisher
from chassis.messaging.received import raw


class Hints(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Injects itself. It sends the hints of its service."""

    def setup(self) -> None:
        self._exchange = broker.hints_exchange(self.container.service_name)
        self._declared = False
        self._lock = Lock()
        self._publisher: DirectPublisher = direct_publisher(on_return=lambda correlation_id: None)

    def stop(self) -> None:
        self._publisher.close()

    def get_dependency(self, worker_ctx: Any) -> "Hints":
        return self

    def send(self, topic: str, data: dict[str, Any]) -> None:
        """Send `data` to everybody who listens to `topic`. Raises a connection error if the broker cannot be reached."""
        self._declare()
        properties = {"content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 1}
        self._publisher.publish(Envelope(self._exchange.name, topic, orjson.dumps(data), {}, properties, mandatory=False))

    def _declare(self) -> None:
        with self._lock:
            if not self._declared:
                with broker.connected() as connection:
                    self._exchange.bind(connection.channel()).declare()
                self._declared = True


class Hint(Broadcast):
    """The nameko entrypoint of `@hint`."""

    def exchange(self) -> Exchange:
        return broker.hints_exchange(self.source)

    def on_delivery(self, _body: Any, message: Any) -> None:
        with suppress(orjson.JSONDecodeError):
            self.container.spawn_managed_thread(partial(self._run, orjson.loads(raw(message))))


def hint(source: str, *topics: str) -> Callable[[Callable[[Any, dict[str, Any]], None]], Any]:
    """Make a method `def wake(self, data: dict[str, Any]) -> None` the handler of hints that `source` sends about `topics`. A
    failure is logged."""
    return Hint.decorator(source, *topics)  # type: ignore[no-any-return]
