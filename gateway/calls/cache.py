"""A cache of public reads in this process. Messages about changes clear it.

It contains only what an anonymous visitor may see. The reads are made as a visitor for every caller, so nothing personal can
get into the cache. Answers have a tag. A tag is cleared when a service publishes a change (gateway.service), and when this
gateway changes something through the service. An answer is valid for MAX_AGE at most, in case a message is late.

An answer that is not valid any more is kept, up to KEPT, for readers who come while its service cannot answer
(gateway.calls.public_reads). They are told how old it is.
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
KEPT = 3600.0  # seconds
MAX_BYTES = 16_000_000  # of JSON; the objects in memory take several times as much

SPACES, AVAILABILITY, CLUBS, CLUB_EVENTS, CASE_LISTS = "spaces", "availability", "clubs", "club_events", "case_lists"
DIRECTORY = "directory"  # read from the gateway's own database
# The tag of each cached verb, by the verb's address.
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
# The tags that a change through a service may affect.
TAGS_OF_SERVICE = {"booking": (AVAILABILITY,), "events": (CLUBS, CLUB_EVENTS)}


@dataclass(frozen=True, slots=True)
class _Entry:
    """`changes`: how often the tag had been cleared when the service was called. `asked_at`: in seconds of the cache's clock.
    `size`: in bytes."""

    answer: dict[str, Any]
    tag: str
    changes: int
    asked_at: float
    size: int


@dataclass(frozen=True, slots=True)
class Copy:
    """An answer that may be outdated. `age` in seconds since the service was asked."""

    answer: dict[str, Any]
    age: float


class PublicCache:
    """It keeps answers of at most `size` bytes of JSON together, and drops the least recently used ones first. An answer is
    valid for `max_age` seconds and kept for `kept` seconds. Threads may share it. `clock` returns seconds."""

    def __init__(
        self,
        size: int = MAX_BYTES,
        max_age: float = MAX_AGE,
        kept: float = KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._size, self._max_age, self._clock = size, max_age, clock
        self._entries: TLRUCache[Hashable, _Entry] = TLRUCache(
            size, ttu=lambda key, entry, now: entry.asked_at + kept, timer=clock, getsizeof=lambda entry: entry.size
        )
        self._changes: dict[str, int] = {}
        self._asking: dict[Hashable, Event] = {}
        self._lock = Lock()

    def get(self, key: Hashable) -> dict[str, Any] | None:
        """The cached answer of `key`, if it is still valid."""
        with self._lock:
            entry = self._entries.get(key)
            return entry.answer if entry and self._is_valid(entry) else None

    def _is_valid(self, entry: _Entry) -> bool:
        return entry.changes == self._changes.get(entry.tag, 0) and self._clock() < entry.asked_at + self._max_age

    def copy(self, key: Hashable) -> Copy | None:
        """The last answer of `key`, also if it is not valid any more. None if there is none, or if it is too old."""
        with self._lock:
            entry = self._entries.get(key)
            return Copy(entry.answer, self._clock() - entry.asked_at) if entry else None

    def begin(self, key: Hashable) -> Event | None:
        """Prevents that many requests for the same uncached `key` all call the service. Returns None if no other request is
        calling it: the caller then calls the service, and calls `end` afterwards. Otherwise returns an event to wait for."""
        with self._lock:
            if (asking := self._asking.get(key)) is None:
                self._asking[key] = Event()
            return asking

    def end(self, key: Hashable) -> None:
        with self._lock:
            self._asking.pop(key).set()

    def now(self) -> float:
        """The clock, in seconds. Read it before the service is called, and pass it to `put`."""
        return self._clock()

    def change_count(self, tag: str) -> int:
        """How often the tag was cleared. Read it before the service is called, and pass it to `put`."""
        with self._lock:
            return self._changes.get(tag, 0)

    def put(self, key: Hashable, answer: dict[str, Any], *, tag: str, changes: int, asked_at: float) -> None:
        """Store `answer`, unless its tag was cleared since `changes` was read: the answer may be older than the change. It is
        valid for max_age seconds after `asked_at`, and kept longer (`copy`). An answer that is larger than the whole cache is
        not stored."""
        entry = _Entry(answer, tag, changes, asked_at, len(orjson.dumps(answer)))
        if entry.size > self._size:
            return
        with self._lock:
            if self._changes.get(tag, 0) == changes:
                self._entries[key] = entry

    def clear(self, tags: Iterable[str]) -> None:
        """Invalidate all answers with one of `tags`. They are still copies (`copy`). Their memory is freed when they are
        replaced, when space is needed, or when they are too old."""
        with self._lock:
            for tag in frozenset(tags):
                self._changes[tag] = self._changes.get(tag, 0) + 1

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)


def of_app() -> PublicCache:
    return cast(PublicCache, current_app.extensions["linli.cache"])
