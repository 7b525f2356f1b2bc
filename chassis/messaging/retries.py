"""Try again what a handler could not do, when it is due (see chassis.messaging.inbox)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from eventlet.event import Event
from nameko.extensions import DependencyProvider

from chassis.background.loop import Loop
from chassis.database.engine import engine_of
from chassis.messaging import inbox
from chassis.messaging.subscribe import Subscription


class Retries(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Runs in every replica of a service that subscribes; rows are shared out by SKIP LOCKED."""

    def setup(self) -> None:
        # Not a property: nameko reads every attribute of an extension while it binds, before there are entrypoints.
        self.subscriptions = [e for e in self.container.entrypoints if isinstance(e, Subscription)]

    def start(self) -> None:
        self._loop = Loop(f"{self.container.service_name}.retries", self.run_due, seconds=1.0)
        if self.subscriptions:
            self.container.spawn_managed_thread(self._loop.run)

    def stop(self) -> None:
        self._loop.stop()

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
