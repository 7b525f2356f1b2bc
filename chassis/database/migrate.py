"""Migrates the database of a service: first the chassis's tables, then the tables of the service.

Alembic is imported only if a migration is missing. Without the import, a start takes 0.1 s of CPU and 8 MB less (ADR 0034).
"""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, text

from chassis import service_registry

_LOCK = 7_301_955  # an advisory lock: one migration at a time per database


CHASSIS = (str(files("chassis") / "database" / "migrations"), "alembic_version_chassis")


def locations(service: str) -> list[tuple[str, str]]:
    """Return the Alembic script folders with their version tables, in the order in which they are applied."""
    return [CHASSIS, (str(files(service_registry.package_of(service)) / "migrations"), "alembic_version")]


def migrate(service: str, engine: Engine) -> None:
    """Apply the missing migrations. Several processes may call it at once."""
    apply(locations(service), engine)


def apply(folders: list[tuple[str, str]], engine: Engine) -> None:
    """Apply the missing migrations of `folders` (see `locations`), in one transaction and under a lock."""
    from alembic import command

    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        for folder, version_table in folders:
            command.upgrade(_config(folder, version_table, connection), "head")


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


def run_env(metadata: MetaData) -> None:
    """Run the migrations on the connection of `apply`. Every `migrations/env.py` calls it."""
    from alembic import context

    config = context.config
    connection = config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=config.attributes["version_table"],
        transaction_per_migration=False,
    )
    context.run_migrations()


def _config(folder: str, version_table: str, connection: Connection) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", folder)
    config.attributes.update(connection=connection, version_table=version_table)
    return config
