"""Public reads kept in this process until an event says that they changed.

Only what an anonymous visitor may see is kept: the reads are made as a visitor, whoever asks, so nothing personal can
get in. An answer is dropped by tag when the services publish a change (gateway.service), when this gateway itself
has changed something, and after MAX_AGE at the latest, should an event be late.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any, cast

import orjson
from flask import current_app

MAX_AGE = 30.0  # seconds
MAX_BYTES = 16_000_000  # as JSON; in memory several times that

SPACES, AVAILABILITY, CLUBS, CLUB_EVENTS, CASE_LISTS = "spaces", "availability", "clubs", "club_events", "case_lists"
# What is cached, by the verb's address.
TAGS = {
    "booking.list_spaces": SPACES,
    "booking.get_space": SPACES,
    "booking.get_availability": AVAILABILITY,
    "booking.get_centre_availability": AVAILABILITY,
    "events.list_clubs": CLUBS,
    "events.get_club": CLUBS,
    "events.list_club_events": CLUB_EVENTS,
    "events.get_club_event": CLUB_EVENTS,
    "cases.list_channels": CASE_LISTS,
    "cases.list_categories": CASE_LISTS,
    "cases.list_grids": CASE_LISTS,
}
# What a change made through a service may touch.
TAGS_OF_SERVICE = {"booking": (AVAILABILITY,), "events": (CLUBS, CLUB_EVENTS)}


@dataclass(frozen=True, slots=True)
class _Entry:
    answer: dict[str, Any]
    tag: str
    kept_until: float
    size: int


class PublicCache:
    """Answers of at most `size` bytes (as JSON) together, the least recently used dropped first; safe to share between
    threads."""

    def __init__(self, size: int = MAX_BYTES, max_age: float = MAX_AGE) -> None:
        self._size, self._max_age, self._used = size, max_age, 0
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._changes: dict[str, int] = {}
        self._asking: dict[Hashable, Event] = {}
        self._lock = Lock()

    def get(self, key: Hashable, now: float) -> dict[str, Any] | None:
        """The answer kept under `key` if it is still good at `now` (seconds)."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.kept_until <= now:
                return None
            self._entries.move_to_end(key)
            return entry.answer

    def begin(self, key: Hashable) -> Event | None:
        """None if nobody else is asking for `key`: the caller does, and tells by `end`. Else what to wait for, so that a
        crowd that finds nothing kept asks once."""
        with self._lock:
            if (asking := self._asking.get(key)) is None:
                self._asking[key] = Event()
            return asking

    def end(self, key: Hashable) -> None:
        with self._lock:
            self._asking.pop(key).set()

    def change_count(self, tag: str) -> int:
        """How often the tag was cleared: read before asking, handed to `put` after."""
        with self._lock:
            return self._changes.get(tag, 0)

    def put(self, key: Hashable, answer: dict[str, Any], *, tag: str, asked_at: int, now: float) -> None:
        """Keep `answer`, unless its tag was cleared since `asked_at`: it may have been read before the change."""
        entry = _Entry(answer, tag, now + self._max_age, len(orjson.dumps(answer)))
        with self._lock:
            if self._changes.get(tag, 0) != asked_at:
                return
            self._drop(key)
            self._entries[key] = entry
            self._used += entry.size
            while self._entries and (self._used > self._size or self._oldest.kept_until <= now):
                self._drop(next(iter(self._entries)))

    def clear(self, tags: Iterable[str]) -> None:
        """Drop everything kept under any of `tags`."""
        gone = frozenset(tags)
        with self._lock:
            for tag in gone:
                self._changes[tag] = self._changes.get(tag, 0) + 1
            for key in [key for key, entry in self._entries.items() if entry.tag in gone]:
                self._drop(key)

    @property
    def _oldest(self) -> _Entry:
        return next(iter(self._entries.values()))

    def _drop(self, key: Hashable) -> None:
        if (entry := self._entries.pop(key, None)) is not None:
            self._used -= entry.size

    def __len__(self) -> int:
        return len(self._entries)


def of_app() -> PublicCache:
    return cast(PublicCache, current_app.extensions["linli.cache"])
