"""A cache of sessions, because a signed-in person sends many requests in a row.

The cache must not contain a session that has ended, a disabled account or a role that was removed. When such a change is
committed, triggers on the tables notify every replica (CHANNEL), and each replica clears its cache. The replica that makes the
change clears its cache before it answers. If notifications fail, an entry is at most MAX_AGE old. Caching starts when the
listener is connected and stops when it is lost.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import cast

from cachetools import TTLCache
from flask import current_app
from sqlalchemy import event
from sqlalchemy.orm import Session

from gateway.accounts.sessions import KnownSession

CHANNEL = "gateway_sessions"
MAX_AGE = 10.0  # seconds
MOST = 10_000


class SessionCache:
    """Sessions by the hash of their token. It keeps at most MOST and drops the least recently used ones first. Threads may
    share it. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: TTLCache[bytes, KnownSession] = TTLCache(MOST, MAX_AGE, timer=clock)
        self._listened_at = float("-inf")
        self._changes = 0
        self._lock = Lock()

    def find(self, token_hash: bytes) -> KnownSession | None:
        with self._lock:
            return self._kept.get(token_hash)

    def change_count(self) -> int:
        """How often the cache was cleared. Read it before the session is looked up, and pass it to `put`."""
        return self._changes

    def put(self, token_hash: bytes, known: KnownSession, changes: int) -> None:
        """Store a session, unless the cache was cleared since `changes` was read: the session may have been read before the
        change."""
        now = self._clock()
        with self._lock:
            if self._changes != changes or self._listened_at + 2 * MAX_AGE < now:
                return
            self._kept[token_hash] = known

    def clear(self) -> None:
        """Clear the whole cache. Changes are rare, and looking a session up again is cheap."""
        with self._lock:
            self._changes += 1
            self._kept.clear()

    def clear_on_notification(self) -> None:
        """Called at every notification on CHANNEL, and at least every MAX_AGE seconds while the listener is connected."""
        self.clear()
        self._listened_at = self._clock()

    def clear_after_commit(self, session: Session) -> None:
        """Clear the cache when `session` commits its changes of accounts or sessions."""
        event.listen(session, "after_commit", lambda _: self.clear(), once=True)


def of_app() -> SessionCache:
    return cast(SessionCache, current_app.extensions["linli.session_cache"])
