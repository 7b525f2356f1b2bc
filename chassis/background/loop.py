"""Work that goes on beside the calls, in every replica: the relay, the retries, a service's own periodic methods."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

from sqlalchemy import Engine

from chassis.database.listener import Listener
from chassis.observability import metrics, telemetry

log = telemetry.get_logger(__name__)


class Loop:
    """Calls `step` again and again: at once while it returns True, else after `seconds` or when `wake_on` is notified.

    A step that raises is logged and tried again after a growing pause (0.2 s to 5 s); the loop itself never ends
    before `stop()`, which waits for the step in work.
    """

    def __init__(
        self, name: str, step: Callable[[], bool], *, seconds: float, engine: Engine | None = None, wake_on: str = ""
    ) -> None:
        self._name, self._step, self._seconds = name, step, seconds
        self._engine, self._wake_on = engine, wake_on
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._ended.set()

    def run(self) -> None:
        self._ended.clear()
        pause = 0.2
        try:
            while not self._stop.is_set():
                started = time.monotonic()
                try:
                    self._turn()
                except Exception as error:
                    if time.monotonic() - started > 10:
                        pause = 0.2
                    metrics.loop_failures.labels(self._name).inc()
                    log.warning("loop interrupted", loop=self._name, error=f"{type(error).__name__}: {error}".splitlines()[0])
                    self._stop.wait(pause)
                    pause = min(pause * 2, 5.0)
        finally:
            self._ended.set()

    def _turn(self) -> None:
        """Steps until stopped or a step raises, on one listening connection."""
        with ExitStack() as stack:
            bell = stack.enter_context(Listener(self._engine, self._wake_on)) if self._engine and self._wake_on else None
            while not self._stop.is_set():
                if self._step() or self._stop.is_set():
                    continue
                if bell:
                    self._wait_for(bell)
                else:
                    self._stop.wait(self._seconds)

    def _wait_for(self, bell: Listener) -> None:
        """Half a second at a time, so that `stop()` is soon heard."""
        end = time.monotonic() + self._seconds
        while not self._stop.is_set() and (left := end - time.monotonic()) > 0:
            if bell.wait(min(left, 0.5)):
                return

    def stop(self) -> None:
        self._stop.set()
        self._ended.wait()
