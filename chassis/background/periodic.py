"""A service's own work that no message or call starts: sending what is queued, letting holds lapse.

    @periodic(seconds=1.0, wake_on="notify_outgoing")
    def send_outgoing(self) -> bool: ...

It runs in every replica, one at a time in each, so what it takes it must lock. Returning True means that there may
be more to do at once. If the database or another service cannot be reached, it is tried again soon (chassis.background.loop).
"""

from collections.abc import Callable
from typing import Any

from eventlet.event import Event
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint

from chassis.background.loop import Loop
from chassis.database.engine import DATABASE_AWAY, engine_of
from chassis.rpc.call import Unavailable

_AWAY = (*DATABASE_AWAY, Unavailable)


class Periodic(Entrypoint):  # type: ignore[misc]  # nameko is untyped
    """The entrypoint behind `@periodic`."""

    def __init__(self, seconds: float, wake_on: str = "", rest: float = 0.0, **options: Any) -> None:
        self.seconds, self.wake_on, self.rest = seconds, wake_on, rest
        super().__init__(**options)

    def start(self) -> None:
        service = self.container.service_name
        self._loop = Loop(
            f"{service}.{self.method_name}",
            self._run_once,
            seconds=self.seconds,
            engine=engine_of(service),
            wake_on=self.wake_on,
            rest=self.rest,
        )
        self.container.spawn_managed_thread(self._loop.run)

    def stop(self) -> None:
        self._loop.stop()

    def _run_once(self) -> bool:
        outcome = Event()

        def settle(worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            if exc_info and isinstance(exc_info[1], _AWAY):
                outcome.send_exception(exc_info[1])
            else:
                outcome.send(bool(result) and exc_info is None)
            return result, exc_info

        try:
            self.container.spawn_worker(self, (), {}, handle_result=settle)
        except ContainerBeingKilled:
            return False
        return bool(outcome.wait())


def periodic(seconds: float, wake_on: str = "", rest: float = 0.0) -> Callable[[Callable[[Any], bool | None]], Any]:
    """`seconds` between runs; `wake_on` is a NOTIFY channel of the service's own database that cuts the wait short. `rest` is
    that of chassis.background.loop.Loop."""
    options = {"wake_on": wake_on, "rest": rest, "expected_exceptions": _AWAY}
    return Periodic.decorator(seconds, **options)  # type: ignore[no-any-return]
