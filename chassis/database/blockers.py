"""Who holds the locks that a connection waits for."""

import threading
from typing import Any

from sqlalchemy import Engine, text

_EVERY = 0.25  # seconds

_BLOCKING = text(
    """
    SELECT pid, coalesce(nullif(application_name, ''), backend_type, 'unknown') AS application, usename,
           coalesce(state, 'unknown') AS state, date_trunc('second', clock_timestamp() - xact_start) AS age
    FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(:pid)) ORDER BY pid
    """
)


class Blockers:
    """While it is entered, a thread asks PostgreSQL which processes block the backend `pid`. PostgreSQL can answer only while
    the backend waits, so `last` keeps the answer of the last wait. It has no text of statements, which may hold names."""

    def __init__(self, engine: Engine, pid: int) -> None:
        self.last: list[str] = []
        self._engine = engine
        self._pid = pid
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="blockers", daemon=True)

    def __enter__(self) -> "Blockers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not self._stopping.wait(_EVERY):
                if blocking := connection.execute(_BLOCKING, {"pid": self._pid}).all():
                    self.last = [_described(row) for row in blocking]


def _described(row: Any) -> str:
    return f"process {row.pid} ({row.application}, user {row.usename}, {row.state}, in a transaction for {row.age})"
