"""A PostgreSQL of our own that crashes and comes back on command."""

import os
import signal
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from chassis.embedded import postgres
from tests.patience import eventually


class PrivatePostgres:
    """What is in it survives `crash()` and `start()`."""

    def __init__(self, folder: Path) -> None:
        self._server = postgres.start(folder)

    def url(self, database: str) -> str:
        return postgres.url(self._server, database)

    def crash(self) -> None:
        """An immediate shutdown: every connection breaks, nothing is written back, the log is replayed at the start."""
        server = self._server.get_postmaster_info().process
        os.kill(server.pid, signal.SIGQUIT)
        server.wait(30)

    def start(self) -> None:
        with self._server._lock:
            self._server.ensure_postgres_running()
        eventually(self._answers, seconds=60)

    def _answers(self) -> bool:
        engine = create_engine(self.url("postgres"))
        try:
            with engine.connect() as connection:
                return bool(connection.scalar(text("SELECT 1")))
        except OperationalError:
            return False
        finally:
            engine.dispose()

    def close(self) -> None:
        self._server.cleanup()
