"""A cache of public reads in this process. Messages about changes clear it.

It contains only what an anonymous visitor may see. The reads are made as a visitor for every caller, so nothing personal can
get into the cache. Each answer belongs to a tag and to the communities that it is about. A tag is cleared for the community of
a message when a service publishes a change (gateway.service), and when this gateway changes something through the service. A
busy community therefore does not empty the cache of the others. An answer is valid for MAX_AGE at most, in case a message is
late.

An answer that is not valid any more is kept, up to KEPT, for readers who come while its service cannot answer
(gateway.calls.public_reads). They are told how old it is.
"""

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any, NamedTuple, cast

import orjson
from cachetools import TLRUCache
from flask import current_app

from chassis.rpc.communities import Communities

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
    "booking.list_closed_times": AVAILABILITY,
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
# Further ones, by the verb's address.
TAGS_OF_VERB = {"booking.add_space": (SPACES,), "booking.change_space": (SPACES,)}


_EVERY = ""  # stands for a community, when a tag is cleared for all of them


class Basis(NamedTuple):
    """What a cached answer depends on. It is valid until `tag` is cleared for one of `communities`. `cleared` is the number of
    clearings (PublicCache.clearings) before the data was asked for."""

    tag: str
    communities: Communities
    cleared: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """`asked_at`: in seconds of the cache's clock. `size`: in bytes."""

    answer: dict[str, Any]
    basis: Basis
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
        self._clearings = 0
        # The number of the last clearing: of a tag for a community, for _EVERY community, and (None) for any of them.
        self._last: dict[tuple[str, str | None], int] = {}
        self._asking: dict[Hashable, Event] = {}
        self._lock = Lock()

    def get(self, key: Hashable) -> tuple[dict[str, Any], Basis] | None:
        """The cached answer of `key` and its basis, if it is still valid."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or self._clock() >= entry.asked_at + self._max_age or not self._is_current(entry.basis):
                return None
            return entry.answer, entry.basis

    def is_current(self, basis: Basis) -> bool:
        """Whether nothing on which an answer is based was cleared since."""
        with self._lock:
            return self._is_current(basis)

    def _is_current(self, basis: Basis) -> bool:
        ids = basis.communities.ids
        names = (None,) if ids is None else (_EVERY, *ids)
        return all(self._last.get((basis.tag, name), 0) <= basis.cleared for name in names)

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

    def clearings(self) -> int:
        """How often something was cleared. Read it before the service is called, and pass it to `put` in the basis."""
        with self._lock:
            return self._clearings

    def put(self, key: Hashable, answer: dict[str, Any], basis: Basis, *, asked_at: float) -> None:
        """Store `answer`. It is valid for max_age seconds after `asked_at`, and kept longer (`copy`). If its basis was cleared
        meanwhile, the answer may be older than the change: it is only a copy. A later answer is not replaced. An answer that is
        larger than the whole cache is not stored."""
        entry = _Entry(answer, basis, asked_at, len(orjson.dumps(answer)))
        if entry.size > self._size:
            return
        with self._lock:
            stored = self._entries.get(key)
            if stored is None or stored.asked_at <= asked_at:
                self._entries[key] = entry

    def clear(self, tags: Iterable[str], community_id: str | None = None) -> None:
        """Invalidate all answers with one of `tags` that are about the community, or about any if none is given. They are still
        copies (`copy`). Their memory is freed when they are replaced, when space is needed, or when they are too old."""
        with self._lock:
            self._clearings += 1
            for tag in frozenset(tags):
                self._last[tag, None] = self._last[tag, community_id or _EVERY] = self._clearings

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)


def of_app() -> PublicCache:
    return cast(PublicCache, current_app.extensions["linli.cache"])
