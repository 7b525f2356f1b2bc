"""Serves nameko services in this process until a signal or a failure.

SIGTERM and SIGINT drain the process: /readyz fails, no new work is taken, and work in flight gets LINLI_DRAIN_TIMEOUT
seconds. Both signals work at any time, also while the process starts and waits for the broker. A second signal ends the
process at once.
"""

import gc
import resource
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import eventlet
import nameko
from eventlet.hubs import trampoline
from eventlet.patcher import original
from nameko.runners import ServiceRunner

from chassis.config import settings
from chassis.database.engine import engine_of
from chassis.messaging import broker
from chassis.messaging.alarm_watch import Watch
from chassis.observability import checks, gauges, health, side_port, telemetry

log = telemetry.get_logger(__name__)
_os = original("os")  # a signal handler must not switch greenlets
MAX_OPEN_FILES = 65_536
GRACE = 5.0  # seconds beyond LINLI_DRAIN_TIMEOUT for closing connections


class Signals:
    """Lets a greenlet wait for a signal. The handler only writes to a pipe, because it may interrupt the event loop."""

    def __init__(self) -> None:
        self._reader, self._writer = _os.pipe()
        _os.set_blocking(self._writer, False)
        self._previous_handlers = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}

    def _on_signal(self, _number: int, _frame: Any) -> None:
        with suppress(BlockingIOError):
            _os.write(self._writer, b"!")

    def wait(self) -> None:
        trampoline(self._reader, read=True)
        _os.read(self._reader, 1)

    def close(self) -> None:
        for number, handler in self._previous_handlers.items():
            signal.signal(number, handler)
        _os.close(self._reader)
        _os.close(self._writer)


def serve(service_classes: Sequence[Any], *, on_ready: Callable[[], None], on_stopping: Callable[[], None]) -> int:
    """Run the services. Returns the exit code: 0 if a signal ended the process and all work was finished, else 1. Raises the
    errors of a service that fails to start."""
    _configure_nameko()
    _raise_open_file_limit()
    names = [service.name for service in service_classes]
    for name in names:
        checks.register_standard(name, engine_of(name), settings().amqp_uri)
    if settings().side_port:
        side_port.serve(settings().side_bind, settings().side_port)
    watch = Watch()
    if not settings().embedded_broker:
        watch.start()
    signals = Signals()
    run = _Run(service_classes, signals, on_ready, on_stopping)
    for container in run.containers:
        gauges.register(container.service_cls, engine_of(container.service_name), container)
    try:
        return run.exit_code()
    except BaseException:
        run.kill()
        raise
    finally:
        watch.stop()
        signals.close()


def _freeze_garbage_collector() -> None:
    """Exclude all objects that exist now from garbage collection. They live as long as the process, and scanning them would
    delay requests."""
    gc.collect()
    gc.freeze()


def _raise_open_file_limit() -> None:
    """Raise the limit of open files. The usual limit of 1024 is too low for many streams and idle browsers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _configure_nameko() -> None:
    config = settings()
    broker.connection()  # registers embedded://
    nameko.config.setup(
        {
            "AMQP_URI": config.amqp_uri,
            "HEARTBEAT": broker.HEARTBEAT,
            "PREFETCH_COUNT": config.workers,
            "max_workers": config.workers,
            "serializer": "json",
            "ACCEPT": ["json"],
            "parent_calls_tracked": 0,
        }
    )


class _Run:
    """Runs the services and waits for the first of these events: started, ended, or a signal."""

    def __init__(
        self, service_classes: Sequence[Any], signals: Signals, on_ready: Callable[[], None], on_stopping: Callable[[], None]
    ) -> None:
        self._runner = ServiceRunner()
        for service_class in service_classes:
            self._runner.add_service(service_class)
        self._signals = signals
        self._on_ready, self._on_stopping = on_ready, on_stopping
        self._events: Any = eventlet.Queue()

    @property
    def containers(self) -> Sequence[Any]:
        return list(self._runner.containers)

    def exit_code(self) -> int:
        listening = eventlet.spawn(self._listen)
        starting = eventlet.spawn(self._report, "started", self._runner.start)
        try:
            what, error = self._events.get()
            if what == "started" and error is None:
                _freeze_garbage_collector()
                self._on_ready()
                eventlet.spawn(self._report, "ended", self._runner.wait)
                what, error = self._events.get()
            if what == "signal":
                return self._stop(starting)
            if what == "started":
                raise error
            self.kill()
            log.error("a service died", error=f"{type(error).__name__}: {error}", exc_info=error)
            return 1
        finally:
            listening.kill()

    def _listen(self) -> None:
        while True:
            self._signals.wait()
            self._events.put(("signal", None))

    def _report(self, what: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self._events.put((what, error))
        else:
            self._events.put((what, None))

    def _stop(self, starting: Any) -> int:
        health.drain()
        self._on_stopping()
        was_serving = bool(starting.dead)
        timeout = settings().drain_timeout + GRACE if was_serving else GRACE
        stopping = eventlet.spawn(self._report, "stopped", self._runner.stop)
        stopped = False
        with eventlet.Timeout(timeout, False):
            stopped = self._stopped_before_a_second_signal()
        starting.kill()
        stopping.kill()
        self.kill()
        if was_serving and not stopped:
            log.error("work was cut off at shutdown", seconds=timeout)
        # If no service had started yet, no work was cut off.
        return 0 if stopped or not was_serving else 1

    def _stopped_before_a_second_signal(self) -> bool:
        while True:
            what, error = self._events.get()
            if what == "signal":
                return False
            if what == "stopped":
                if error is not None:
                    log.error("not stopped cleanly", error=f"{type(error).__name__}: {error}", exc_info=error)
                return error is None

    def kill(self) -> None:
        """Kill all containers at once."""
        with suppress(Exception), eventlet.Timeout(GRACE, False):
            self._runner.kill()
