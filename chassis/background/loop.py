"""Work that goes on beside the calls, in every replica: the relay, the retries, a service's own periodic methods."""

import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine

from chassis.database.listener import Bell, Listener
from chassis.observability import metrics, telemetry

log = telemetry.get_logger(__name__)


class Loop:
    """Calls `step` again and again: at once while it returns True, else after `seconds` or when `wake_on` is notified.
    `seconds` may be a function, which is called after each step.

    `pace` gathers work under steady load: between the starts of two steps that notifications cause are at least `pace`
    seconds. The first notification after a quiet time causes a step at once.

    `rest` leaves the database to others: after a step that returned True, the next one waits `rest` times as long as the step
    took.

    A step that raises is logged and tried again after a growing pause (0.2 s to 5 s). The loop never ends before `stop()`,
    which waits for the step in work.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], bool],
        *,
        seconds: float | Callable[[], float],
        engine: Engine | None = None,
        wake_on: str = "",
        pace: float = 0.0,
        rest: float = 0.0,
    ) -> None:
        self._name, self._step = name, step
        self._seconds = seconds if callable(seconds) else lambda: seconds
        self._engine, self._wake_on, self._pace, self._rest = engine, wake_on, pace, rest
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._ended.set()
        self._bell = Bell()

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
        """Steps until stopped or a step raises."""
        if not self._engine or not self._wake_on:
            self._steps(Bell())
            return
        with Listener(self._engine, self._wake_on) as bell:
            self._steps(bell)

    def _steps(self, bell: Bell) -> None:
        self._bell = bell
        while not self._stop.is_set():
            started = time.monotonic()
            if self._step():
                self._stop.wait(self._rest * (time.monotonic() - started))
                continue
            # `stop` sets the event first and then rings.
            if self._stop.is_set() or not bell.wait(self._seconds()):
                continue
            if (early := started + self._pace - time.monotonic()) > 0:
                self._stop.wait(early)

    def stop(self) -> None:
        self._stop.set()
        self._bell.ring()
        self._ended.wait()
