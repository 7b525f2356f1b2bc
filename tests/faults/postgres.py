"""A PostgreSQL of our own that crashes, runs out of disk, and comes back on command."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from chassis.embedded import postgres
from tests.patience import eventually

DISK = 1024  # MiB; what both sides write at full length is less than half of it


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """`folder` is a file system of its own in the block, in memory. Says whether that is possible: only root may mount."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}m,mode=0755", "linli-faults", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


class PrivatePostgres:
    """What is in it survives `crash()` and `start()`. `on_small_disk`: its folder is in a `small_disk`."""

    def __init__(self, folder: Path, on_small_disk: bool = False) -> None:
        self.on_small_disk = on_small_disk
        self._ballast = folder.with_name("ballast")
        self._server = postgres.start(folder)

    def url(self, database: str) -> str:
        return postgres.url(self._server, database)

    def crash(self) -> None:
        """An immediate shutdown: every connection breaks, nothing is written back, the log is replayed at the start."""
        server = self._server.get_postmaster_info().process
        os.kill(server.pid, signal.SIGQUIT)
        server.wait(30)

    def start(self) -> None:
        """Also while it is still about to end, or to recover."""
        eventually(self._started, seconds=90, every=0.2)

    def _started(self) -> bool:
        with self._server._lock, suppress(postgres.NotStarted):
            self._server.ensure_postgres_running()
        return self._answers()

    @contextmanager
    def full_disk(self) -> Iterator[Connection]:
        """Nothing more can be written to its file system in the block. Space that its files have already can be used. Gives a
        connection of before: a new one may need a file."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        connection = engine.connect()
        try:
            with self._ballast.open("wb", buffering=0) as ballast:
                for size in (2**20, 4096):
                    with suppress(OSError):
                        while ballast.write(bytes(size)):
                            pass
            yield connection
        finally:
            self._ballast.unlink(missing_ok=True)
            connection.close()

    @staticmethod
    def use_up_log(connection: Connection) -> bool:
        """Fill a segment of its write-ahead log. True once the server has crashed, because it cannot begin another one."""
        try:
            connection.execute(text("SELECT pg_logical_emit_message(false, 'full', 'x'), pg_switch_wal()"))
        except OperationalError as error:
            return error.connection_invalidated
        return False

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
