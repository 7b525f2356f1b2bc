"""What an outside system has heard, and whether it is what was published: each event once, and in order."""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as it arrived. `subject` is the id of what it is about, `version` the subject's after the change."""

    event_id: str
    type: str
    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Expected:
    """An event that the day must have published."""

    type: str
    subject: str


class Ledger:
    """Events in the order of their arrival. Written by a listener's thread, read by the tour's."""

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
        """Until everything expected has arrived at least once; False if it has not within `seconds`."""
        wanted = Counter(expected)
        deadline = time.monotonic() + seconds
        with self._news:
            while wanted - self._arrived():
                if (left := deadline - time.monotonic()) <= 0:
                    return False
                self._news.wait(left)
        return True

    def complaints(self, expected: Iterable[Expected]) -> list[str]:
        """What is wrong, in words; empty when every event came once, in order, and all that was expected came."""
        return [*self._twice(), *self._out_of_order(), *self._missing(Counter(expected))]

    def _arrived(self) -> Counter[Expected]:
        return Counter(Expected(event.type, event.subject) for event in self._heard)

    def _twice(self) -> list[str]:
        times = Counter(event.event_id for event in self.heard)
        return [f"event {event_id} came {count} times" for event_id, count in times.items() if count > 1]

    def _out_of_order(self) -> list[str]:
        """Versions of one subject must rise; a repeated event is a complaint of its own."""
        latest: dict[str, Heard] = {}
        found = []
        for event in self.heard:
            before = latest.get(event.subject)
            if before and before.event_id != event.event_id and event.version <= before.version:
                found.append(f"{event.type} v{event.version} of {event.subject} came after {before.type} v{before.version}")
            latest[event.subject] = event
        return found

    def _missing(self, wanted: Counter[Expected]) -> list[str]:
        """Each expected event exactly as often as expected: the day's subjects are its own, so more is wrong, too."""
        arrived = Counter({Expected(e.type, e.subject): 0 for e in self.heard})
        for event in {event.event_id: event for event in self.heard}.values():
            arrived[Expected(event.type, event.subject)] += 1
        return [
            f"{one.type} of {one.subject}: expected {count}, came {arrived[one]}"
            for one, count in wanted.items()
            if arrived[one] != count
        ]
