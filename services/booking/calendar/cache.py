"""A cache, in this process, of what was computed from the calendar of a community. It may be outdated: the statement that
relies on an entry compares the calendar's revision (see `revision`), and the community's entries are dropped if it differs."""

from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

MOST = 1_000  # entries for one database


class CalendarCache:
    """One cache for one database. It keeps at most `most` entries, MOST if that is None."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._entries: dict[UUID, tuple[str, Any]] = {}

    def find(self, key: UUID) -> Any | None:
        return self._entries.get(key, (None, None))[1]

    def keep(self, key: UUID, community_id: str, value: Any) -> None:
        self._entries.pop(key, None)
        if len(self._entries) >= (self._most or MOST):
            del self._entries[next(iter(self._entries))]  # the oldest entry
        self._entries[key] = community_id, value

    def forget(self, community_id: str) -> None:
        self._entries = {key: entry for key, entry in self._entries.items() if entry[0] != community_id}


_caches: WeakKeyDictionary[Engine, dict[str, CalendarCache]] = WeakKeyDictionary()


def cache_of(session: Session, of: str = "spaces", most: int | None = None) -> CalendarCache:
    """The cache `of` something, for the database of the session."""
    return _caches.setdefault(session.get_bind().engine, {}).setdefault(of, CalendarCache(most))
