"""Migrates the database of a service: first the chassis's tables, then the tables of the service.

Alembic is imported only if a migration is missing. Without the import, a start takes 0.1 s of CPU and 8 MB less (ADR 0034).
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from chassis import service_registry
from chassis.database.blockers import Blockers
from chassis.observability import telemetry

_LOCK = 7_301_955  # an advisory lock: one migration at a time per database
_POLL = 0.2  # seconds
_LONGEST_PAUSE = 5.0  # seconds
_LOCKED = ("55P03", "40P01")  # lock_not_available, deadlock_detected

log = telemetry.get_logger(__name__)

CHASSIS = (str(files("chassis") / "database" / "migrations"), "alembic_version_chassis")


def locations(service: str) -> list[tuple[str, str]]:
    """Return the Alembic script folders with their version tables, in the order in which they are applied."""
    return [CHASSIS, (str(files(service_registry.package_of(service)) / "migrations"), "alembic_version")]


def migrate(service: str, engine: Engine) -> None:
    """Apply the missing migrations. Several processes may call it at once."""
    apply(locations(service), engine)


@dataclass(frozen=True)
class Patience:
    """How long a migration waits for a lock on a table (seconds), and how often it tries. Between two tries, all statements
    that queued behind it run; the pause grows by `pause` seconds with each try, up to 5 s."""

    lock_timeout: float = 3.0
    tries: int = 10
    pause: float = 1.0


class MigrationBlocked(Exception):
    """Another transaction kept a lock that a migration needs."""


def apply(folders: list[tuple[str, str]], engine: Engine, patience: Patience = Patience()) -> None:
    """Apply the missing migrations of `folders` (see `locations`), each in its own transaction. Several processes may call it
    at once; one of them migrates. Raises MigrationBlocked if a lock was not free at any try; migrations that were applied
    before stay applied."""
    with _alone(engine) as connection:
        connection.execute(text("SELECT set_config('lock_timeout', :ms, false)"), {"ms": _milliseconds(patience.lock_timeout)})
        connection.execute(text("SET statement_timeout = 0"))
        connection.commit()
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        connection.commit()
        with Blockers(engine, pid) as blockers:
            for folder, version_table in folders:
                _upgrade(folder, version_table, connection, blockers, patience)


def _upgrade(folder: str, version_table: str, connection: Connection, blockers: Blockers, patience: Patience) -> None:
    from alembic import command

    for attempt in range(1, patience.tries + 1):
        try:
            command.upgrade(config(folder, version_table, connection), "head")
            connection.commit()
            return
        except OperationalError as error:
            connection.rollback()
            if getattr(error.orig, "sqlstate", None) not in _LOCKED:
                raise
            log.warning("a migration waits for a lock", attempt=attempt, statement=error.statement, held_by=blockers.last)
            if attempt == patience.tries:
                raise MigrationBlocked(_blocked(error, blockers, patience)) from error
        time.sleep(min(attempt * patience.pause, _LONGEST_PAUSE))


def _blocked(error: OperationalError, blockers: Blockers, patience: Patience) -> str:
    holder = "; ".join(blockers.last) or "an unknown process"
    statement = " ".join((error.statement or "").split())[:120]
    return f"no lock for `{statement}` in {patience.tries} tries of {patience.lock_timeout:g} s. It is held by {holder}"


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A connection whose session holds the lock of migrations. It waits without a transaction, because CREATE INDEX
    CONCURRENTLY waits for all older transactions. The lock ends with the connection, also if this process is killed."""
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        waits = False
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}):
            if not waits:
                log.info("another process is migrating this database; waiting", database=engine.url.database)
            waits = True
            time.sleep(_POLL)
        connection.commit()
        connection.execution_options(isolation_level="READ COMMITTED")
        try:
            yield connection
        finally:
            connection.invalidate()  # closes it, which ends the lock and the settings of the session


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


def pending(service: str, engine: Engine) -> list[str]:
    """Return the revisions that the database lacks. Empty if it is up to date. Raises UnknownRevision if the database has
    a revision that the code does not have."""
    with engine.connect() as connection:
        return [
            revision
            for folder, version_table in locations(service)
            if not _is_at_head(connection, folder, version_table)
            for revision in _missing(connection, folder, version_table)
        ]


class UnknownRevision(Exception):
    """The database is newer than the code."""


def _is_at_head(connection: Connection, folder: str, version_table: str) -> bool:
    """True if the database is at the revision of the last file. The files are numbered, and each follows the one before it;
    a test compares this with alembic's result. False if the file has another form; alembic decides then."""
    if connection.scalar(text("SELECT to_regclass(:table)"), {"table": version_table}) is None:
        return False
    at = connection.scalars(text(f"SELECT version_num FROM {version_table}")).all()  # noqa: S608  one of two constants
    last = max(Path(folder, "versions").glob("*.py"), key=lambda file: file.name)
    return [f'revision = "{at}"' for at in at] == _REVISION.findall(last.read_text())


_REVISION = re.compile(r'^revision = "\w+"', re.MULTILINE)


def _missing(connection: Connection, folder: str, version_table: str) -> list[str]:
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    script = ScriptDirectory(folder)
    current = MigrationContext.configure(connection, opts={"version_table": version_table}).get_current_heads()
    try:
        applied = {revision.revision for head in current for revision in script.iterate_revisions(head, "base")}
    except (CommandError, RevisionError) as error:
        raise UnknownRevision(str(error)) from error
    return [r.revision for r in script.walk_revisions() if r.revision not in applied]


def run_env() -> None:
    """Run the migrations on the connection of `apply`. Every `migrations/env.py` calls it."""
    from alembic import context

    context.configure(
        connection=context.config.attributes["connection"],
        version_table=context.config.attributes["version_table"],
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def config(folder: str, version_table: str, connection: Connection) -> Any:
    """The alembic configuration for the scripts in `folder`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", folder)
    config.attributes.update(connection=connection, version_table=version_table)
    return config
