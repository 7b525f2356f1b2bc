"""Sessions that this process has looked up: whoever is signed in asks many times in a row.

A session that is ended, an account that is switched off, a role that is taken away must not live on in here. Triggers on
those tables notify every replica when that is committed (CHANNEL), whoever commits it, and each forgets everything; the
replica that commits it itself does so before it answers. Should the notifications fail, an entry is MAX_AGE old at most;
and nothing is kept before they are first listened to, or once that has ceased.
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


class KnownSessions:
    """By the hash of their token; at most MOST, the least recently used dropped first. Safe to share between threads;
    `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: TTLCache[bytes, KnownSession] = TTLCache(MOST, MAX_AGE, timer=clock)
        self._listened_at = float("-inf")
        self._forgotten = 0
        self._lock = Lock()

    def find(self, token_hash: bytes) -> KnownSession | None:
        with self._lock:
            return self._kept.get(token_hash)

    def begin(self) -> int:
        """Before a session is looked up: what `keep` is given after."""
        return self._forgotten

    def keep(self, token_hash: bytes, known: KnownSession, begun: int) -> None:
        """Unless something was forgotten since `begun`: what was read may be from before the change."""
        now = self._clock()
        with self._lock:
            if self._forgotten != begun or self._listened_at + 2 * MAX_AGE < now:
                return
            self._kept[token_hash] = known

    def forget(self) -> None:
        """Everything: changes are rare, and a session is looked up again soon enough."""
        with self._lock:
            self._forgotten += 1
            self._kept.clear()

    def forget_as_listener(self) -> None:
        """When CHANNEL was heard, and at least every MAX_AGE while it is listened to."""
        self.forget()
        self._listened_at = self._clock()

    def forget_after(self, session: Session) -> None:
        """Once `session` has committed what it changes of accounts or sessions."""
        event.listen(session, "after_commit", lambda _: self.forget(), once=True)


def of_app() -> KnownSessions:
    return cast(KnownSessions, current_app.extensions["linli.known_sessions"])
