"""Records the events that the outside system receives, and checks that each published event came once and in order."""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """One received event. `subject` is the id of the thing that the event is about, `version` its version after the
    change. `source` is the service that counts these versions."""

    event_id: str
    type: str
    subject: str
    version: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """An event that the services must have published."""

    type: str
    subject: str


class Ledger:
    """Events in the order of arrival. The listener's thread writes them, the tour's thread reads them."""

    def __init__(self) -> None:
        self._heard: list[Heard] = []
        self._news = threading.Condition()

    def hear(self, event: Heard) -> None:
        with self._news:
            self._heard.append(event)
            self._news.notify_all()

    @property
    def heard(self) -> tuple[Heard, ...]:
        with self._news:
            return tuple(self._heard)

    def wait_for(self, expected: Iterable[Expected], seconds: float) -> bool:
        """Wait until all expected events have arrived at least once. Returns False if they have not after `seconds`."""
        wanted = Counter(expected)
        deadline = time.monotonic() + seconds
        with self._news:
            while wanted - self._arrived():
                if (left := deadline - time.monotonic()) <= 0:
                    return False
                self._news.wait(left)
        return True

    def complaints(self, expected: Iterable[Expected]) -> list[str]:
        """Return one sentence for each error. Empty if each event came once and in order, and all expected events came."""
        return [*self._twice(), *self._out_of_order(), *self._missing(Counter(expected))]

    def _arrived(self) -> Counter[Expected]:
        return Counter(Expected(event.type, event.subject) for event in self._heard)

    def _twice(self) -> list[str]:
        times = Counter(event.event_id for event in self.heard)
        return [f"event {event_id} came {count} times" for event_id, count in times.items() if count > 1]

    def _out_of_order(self) -> list[str]:
        """Versions of one subject must increase. Each service counts its own. `_twice` reports repeated events."""
        latest: dict[tuple[str, str], Heard] = {}
        found = []
        for event in self.heard:
            before = latest.get((event.source, event.subject))
            if before and before.event_id != event.event_id and event.version <= before.version:
                found.append(f"{event.type} v{event.version} of {event.subject} came after {before.type} v{before.version}")
            latest[event.source, event.subject] = event
        return found

    def _missing(self, wanted: Counter[Expected]) -> list[str]:
        """Each expected event must come exactly as often as expected. More is also an error, because only the tour changes
        the subjects that it has created."""
        arrived = Counter({Expected(e.type, e.subject): 0 for e in self.heard})
        for event in {event.event_id: event for event in self.heard}.values():
            arrived[Expected(event.type, event.subject)] += 1
        return [
            f"{one.type} of {one.subject}: expected {count}, came {arrived[one]}"
            for one, count in wanted.items()
            if arrived[one] != count
        ]
