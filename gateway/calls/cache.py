"""Public reads kept in this process until an event says that they changed.

Only what an anonymous visitor may see is kept: the reads are made as a visitor, whoever asks, so nothing personal can
get in. An answer is dropped by tag when the services publish a change (gateway.service), when this gateway itself
has changed something, and after MAX_AGE at the latest, should an event be late.
"""

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any, cast

import orjson
from cachetools import TLRUCache
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
    """`changes`: how often the tag had been cleared when the answer was asked for. `size` in bytes."""

    answer: dict[str, Any]
    tag: str
    changes: int
    expires: float
    size: int


class PublicCache:
    """Answers of at most `size` bytes (as JSON) together, the least recently used dropped first; safe to share between
    threads. `clock` gives seconds."""

    def __init__(self, size: int = MAX_BYTES, max_age: float = MAX_AGE, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._max_age, self._clock = size, max_age, clock
        self._entries: TLRUCache[Hashable, _Entry] = TLRUCache(
            size, ttu=lambda key, entry, now: entry.expires, timer=clock, getsizeof=lambda entry: entry.size
        )
        self._changes: dict[str, int] = {}
        self._asking: dict[Hashable, Event] = {}
        self._lock = Lock()

    def get(self, key: Hashable) -> dict[str, Any] | None:
        """The answer kept under `key` if it is still good."""
        with self._lock:
            entry = self._entries.get(key)
            return entry.answer if entry and entry.changes == self._changes.get(entry.tag, 0) else None

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

    def now(self) -> float:
        """Seconds: read before asking, handed to `put` after."""
        return self._clock()

    def change_count(self, tag: str) -> int:
        """How often the tag was cleared: read before asking, handed to `put` after."""
        with self._lock:
            return self._changes.get(tag, 0)

    def put(self, key: Hashable, answer: dict[str, Any], *, tag: str, changes: int, asked_at: float) -> None:
        """Keep `answer`, unless its tag was cleared since `changes` were counted: it may have been read before the change.
        It is good for max_age after `asked_at`. One larger than the whole cache is not kept."""
        entry = _Entry(answer, tag, changes, asked_at + self._max_age, len(orjson.dumps(answer)))
        if entry.size > self._size:
            return
        with self._lock:
            if self._changes.get(tag, 0) == changes:
                self._entries[key] = entry

    def clear(self, tags: Iterable[str]) -> None:
        """From now on nothing that is kept under any of `tags` is given. It leaves the memory when it is replaced, when
        room is needed, or when it is too old."""
        with self._lock:
            for tag in frozenset(tags):
                self._changes[tag] = self._changes.get(tag, 0) + 1

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)


def of_app() -> PublicCache:
    return cast(PublicCache, current_app.extensions["linli.cache"])
