"""Wakes up when a transaction was committed: PostgreSQL's NOTIFY, with a timeout as the fallback.

All listeners on an engine share one connection.

A listener wakes one background loop. Without sharing, each loop would have its own connection and its own process in the
server. A thread of this module owns the connection, because only one greenlet may wait for a socket.
"""

import select
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import Engine

from chassis.database.engine import NOTICE_A_DEAD_LINK

LISTEN_TIMEOUT = 10.0  # seconds


class Bell:
    """Wakes the greenlet that waits for it. `lost` is the error that ended the connection."""

    def __init__(self, *channels: str) -> None:
        self.channels = frozenset(channels)
        self.lost: Exception | None = None
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """Return True as soon as `ring` was called since the last call, and False after `seconds`. Raises OperationalError if
        the connection is lost."""
        rung = self._rung.wait(seconds)
        if self.lost is not None:
            raise psycopg.OperationalError(f"the listening connection is lost: {self.lost}")
        if rung:
            self._rung.clear()
        return rung


class _Connection:
    """A connection to PostgreSQL and the thread that waits for it. The thread ends with the last bell."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._postgres = psycopg.connect(**parameters, autocommit=True, application_name="linli-listener")
        self._bells: list[Bell] = []
        self._new: list[tuple[Bell, threading.Event]] = []
        self._lock = threading.Lock()
        self._woken, self._wake = socket.socketpair()
        self.ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, bell: Bell) -> bool:
        """Ring `bell` for its channels from now on. Returns False if this connection has ended. Raises OperationalError."""
        listening = threading.Event()
        with self._lock:
            if self.ended:
                return False
            self._new.append((bell, listening))
            self._wake.send(b"!")
        if not listening.wait(LISTEN_TIMEOUT) or bell.lost is not None:
            self.remove(bell)
            raise psycopg.OperationalError(f"cannot listen: {bell.lost or 'no answer'}")
        return True

    def remove(self, bell: Bell) -> None:
        """Forget `bell`. The last one closes the connection."""
        with self._lock:
            self._new = [(one, listening) for one, listening in self._new if one is not bell]
            self._bells = [one for one in self._bells if one is not bell]
            last = not self._bells and not self._new and not self.ended
            if last:
                self.ended = True
                self._wake.send(b"!")
        if last:
            self._thread.join(LISTEN_TIMEOUT)

    def _run(self) -> None:
        try:
            while True:
                self._listen()
                if self.ended:
                    break
                ready, _, _ = select.select([self._postgres.fileno(), self._woken.fileno()], [], [])
                if self._woken.fileno() in ready:
                    self._woken.recv(4096)
                else:
                    self._receive()
        except Exception as error:
            self._lose(error)
        finally:
            with suppress(Exception):
                self._postgres.close()
            self._woken.close()
            self._wake.close()

    def _listen(self) -> None:
        """Listen on the channels of the new bells."""
        while self._new:
            bell, listening = self._new[0]
            for channel in sorted(bell.channels):
                self._postgres.execute(f'LISTEN "{channel}"')
            with self._lock:
                if self._new and self._new[0][0] is bell:
                    del self._new[0]
                    self._bells.append(bell)
            listening.set()
            self._receive()  # what came together with the answers does not make the socket ready again

    def _receive(self) -> None:
        channels = {notify.channel for notify in self._postgres.notifies(timeout=0)}
        if channels:
            with self._lock:
                bells = [bell for bell in self._bells if bell.channels & channels]
            for bell in bells:
                bell.ring()

    def _lose(self, error: Exception) -> None:
        with self._lock:
            self.ended = True
            new, self._new = self._new, []
            bells, self._bells = self._bells, []
        for bell in (*bells, *(bell for bell, _ in new)):
            bell.lost = error
            bell.ring()
        for _, listening in new:
            listening.set()


class _Shared:
    """The connection for the listeners on one engine. It is opened by the first listener."""

    def __init__(self, engine: Engine) -> None:
        self._parameters = {**NOTICE_A_DEAD_LINK, **engine.dialect.create_connect_args(engine.url)[1]}
        self._lock = threading.Lock()
        self._connection: _Connection | None = None

    def add(self, bell: Bell) -> _Connection:
        """Raises OperationalError."""
        while True:
            with self._lock:
                if self._connection is None or self._connection.ended:
                    self._connection = _Connection(self._parameters)
                connection = self._connection
            if connection.add(bell):
                return connection


_shared: WeakKeyDictionary[Engine, _Shared] = WeakKeyDictionary()
_shared_lock = threading.Lock()


class Listener(Bell):
    """Listens on `channels`. Only one greenlet may wait for it. Raises OperationalError if PostgreSQL cannot be reached."""

    def __init__(self, engine: Engine, *channels: str) -> None:
        super().__init__(*channels)
        with _shared_lock:
            shared = _shared.setdefault(engine, _Shared(engine))
        self._connection = shared.add(self)

    def close(self) -> None:
        self._connection.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
