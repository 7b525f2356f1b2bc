"""Try again what a handler could not do, when it is due (see chassis.messaging.inbox)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from eventlet.event import Event
from nameko.extensions import DependencyProvider

from chassis.background.loop import Loop
from chassis.config import settings
from chassis.database.engine import engine_of
from chassis.messaging import inbox
from chassis.messaging.subscribe import Subscription

POLL = 1.0  # seconds
POLL_IDLE = 30.0


class Retries(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Runs in every replica of a service that subscribes; rows are shared out by SKIP LOCKED."""

    def setup(self) -> None:
        # Not a property: nameko reads every attribute of an extension while it binds, before there are entrypoints.
        self.subscriptions = [e for e in self.container.entrypoints if isinstance(e, Subscription)]

    def start(self) -> None:
        service = self.container.service_name
        engine = engine_of(service) if settings().embedded_broker else None
        self._loop = Loop(f"{service}.retries", self.run_due, seconds=self._pause, engine=engine, wake_on=inbox.CHANNEL)
        if self.subscriptions:
            self.container.spawn_managed_thread(self._loop.run)

    def stop(self) -> None:
        self._loop.stop()

    def _pause(self) -> float:
        """Seconds until the next look. On the embedded default a failed message notifies, so that an idle process need not
        look every second."""
        if not settings().embedded_broker or inbox.has_unsettled(engine_of(self.container.service_name)):
            return POLL
        return POLL_IDLE

    def get_dependency(self, worker_ctx: Any) -> "Retries":
        return self

    def run_due(self) -> bool:
        """One round. True if anything moved, so that what was held behind it is looked at next."""
        by_consumer = {subscription.consumer_name: subscription for subscription in self.subscriptions}
        outcomes = [
            _start(partial(by_consumer[consumer].try_again, event_id))
            for consumer, event_id in inbox.due(engine_of(self.container.service_name), list(by_consumer))
        ]
        return any(outcome.wait() == "handled" for outcome in outcomes)


def _start(work: Callable[[Callable[[Any], None]], None]) -> Event:
    outcome = Event()
    work(outcome.send)
    return outcome
