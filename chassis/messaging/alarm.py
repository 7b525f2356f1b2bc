"""Whether the broker takes messages now.

RabbitMQ raises an alarm when it is short of memory or disk. It then stops reading from every connection that publishes. It
tells such a connection (`connection.blocked`), but only after it has published during the alarm. It goes on delivering, and
it takes new connections. When the alarm ends it tells the connection again (`connection.unblocked`), and reads what was sent.

Each connection that publishes has a Line. A process that serves also has a watch (chassis.messaging.alarm_watch), so that it
knows of an alarm without any traffic. The embedded broker has no alarms.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from chassis.observability import telemetry

log = telemetry.get_logger(__name__)


class _Alarm:
    """What all lines of this process say together."""

    def __init__(self) -> None:
        self._blocked: set[Line] = set()
        self._listeners: list[Callable[[], None]] = []
        self._since = 0.0

    def add(self, line: "Line") -> None:
        was_raised = bool(self._blocked)
        self._blocked.add(line)
        if not was_raised:
            self._since = time.monotonic()
            log.error("the broker takes no messages", reason="it is short of memory or disk")
        for listener in list(self._listeners):
            listener()

    def discard(self, line: "Line") -> None:
        if line in self._blocked:
            self._blocked.discard(line)
            if not self._blocked:
                log.warning("the broker takes messages again", seconds=round(time.monotonic() - self._since, 1))

    def raised(self) -> bool:
        return bool(self._blocked)

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def forget(self, listener: Callable[[], None]) -> None:
        with suppress(ValueError):
            self._listeners.remove(listener)


_alarm = _Alarm()


def raised() -> bool:
    """True while the broker takes no messages, as far as this process has been told."""
    return _alarm.raised()


def listen(listener: Callable[[], None]) -> None:
    """Call `listener` each time a connection of this process is told of an alarm. It must not block."""
    _alarm.listen(listener)


def forget(listener: Callable[[], None]) -> None:
    """Undo `listen`."""
    _alarm.forget(listener)


class Line:
    """What the broker has told one connection. Pass `options` to chassis.messaging.broker.connected. Call `clear` when the
    connection is closed or lost: what it was told says nothing about the broker any more."""

    def __init__(self) -> None:
        self.blocked = False

    @property
    def options(self) -> dict[str, Any]:
        return {"transport_options": {"on_blocked": self._on_blocked, "on_unblocked": self.clear}}

    def _on_blocked(self, _reason: str) -> None:
        self.blocked = True
        _alarm.add(self)

    def clear(self) -> None:
        self.blocked = False
        _alarm.discard(self)
