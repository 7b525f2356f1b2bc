"""No migration reads or rewrites a whole table while it keeps others from writing to it.

PostgreSQL itself is asked, after each statement of each migration: is a table that was there before locked against writers, and
did this statement scan it? A scan of a large table takes minutes: CREATE INDEX, SET NOT NULL, a constraint that is validated at
once, a change of type, an UPDATE of all rows after an ALTER TABLE. It does not matter that the tables are empty here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text

from chassis import service_registry
from chassis.database.migrate import config, locations
from tests.conftest import CopyOf
from tests.integration.migrations.folders import folder_of

SERVICES = service_registry.names()
# Released before this rule. They scanned small tables, but 0005 of booking, whose release may stop the services. Nothing is
# added here.
RELEASED = {
    "booking/0004": "an index of bookings",
    "booking/0005": "moves all claims to the ledger (ADR 0042)",
    "cases/0003": "an index of cases",
    "cases/0004": "an index of cases",
    "events/events_0002": "an index of registrations",
    "gateway/0003": "an index of photos",
    "gateway/0005": "a CHECK and an index of photos",
    "notify/notify_0003": "an index of notifications",
}

# The counts include scans of earlier transactions that are not yet reported, so they are read before each statement too.
_SCANS = "SELECT relid, relname, seq_scan FROM pg_stat_xact_user_tables"
_LOCKED = """
    SELECT relation FROM pg_locks WHERE pid = pg_backend_pid() AND granted AND locktype = 'relation'
    AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""


@contextmanager
def watching(connection: Connection) -> Iterator[list[str]]:
    """Statements of the block that scanned a table, while it was locked against writers, that is older than the block."""
    older = set(connection.scalars(text("SELECT oid FROM pg_class WHERE relkind IN ('r', 'p')")))
    connection.commit()
    found: list[str] = []
    before: dict[int, int] = {}

    def rows(connection: Connection, query: str) -> list[Any]:
        with connection.connection.cursor() as cursor:  # not through SQLAlchemy, which would call these functions again
            return cursor.execute(query).fetchall()

    def count(connection: Connection, *_: Any) -> None:
        before.update({oid: scans for oid, _, scans in rows(connection, _SCANS)})

    def look(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        locked = {oid for (oid,) in rows(connection, _LOCKED)}
        found.extend(
            f"{name}: {' '.join(statement.split())[:100]}"
            for oid, name, scans in rows(connection, _SCANS)
            if oid in older & locked and scans > before.get(oid, 0)
        )

    event.listen(connection, "before_cursor_execute", count)
    event.listen(connection, "after_cursor_execute", look)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", count)
        event.remove(connection, "after_cursor_execute", look)


def scans_under_lock(folders: list[tuple[str, str]], engine: Engine) -> dict[str, list[str]]:
    """Revision → its statements that break the rule. Applies all migrations, one at a time."""
    found = {}
    with engine.connect() as connection:
        for folder, version_table in folders:
            revisions = [script.revision for script in ScriptDirectory(folder).walk_revisions()]
            for revision in reversed(revisions):
                with watching(connection) as statements:
                    command.upgrade(config(folder, version_table, connection), revision)
                    connection.commit()
                found[revision] = statements
    return found


@pytest.fixture
def empty(copy_of: CopyOf) -> Iterator[Engine]:
    engine = create_engine(copy_of("empty", lambda engine: None))
    yield engine
    engine.dispose()


def known(service: str) -> set[str]:
    return {name.partition("/")[2] for name in RELEASED if name.startswith(f"{service}/")}


@pytest.mark.parametrize("service", SERVICES)
def test_no_new_migration_scans_a_table_that_it_locks(service: str, empty: Engine) -> None:
    found = scans_under_lock(locations(service), empty)
    assert len(found) > 2
    assert {
        revision: statements for revision, statements in found.items() if statements and revision not in known(service)
    } == {}
    assert {revision for revision, statements in found.items() if statements} >= known(service), "an exception is not needed"


@pytest.mark.parametrize(
    ("upgrade", "what"),
    [
        ('op.create_index("thing_name", "thing", ["name"])', "an index"),
        ('op.alter_column("thing", "name", nullable=False)', "NOT NULL"),
        ('op.create_check_constraint("named", "thing", "name <> \'\'")', "a CHECK that is validated at once"),
        ('op.create_foreign_key("part_of", "thing", "thing", ["part_of"], ["id"])', "a foreign key that is validated at once"),
        ('op.create_unique_constraint("one_name", "thing", ["name"])', "a unique constraint"),
        ('op.alter_column("thing", "id", type_=sa.BigInteger())', "a change of type"),
        ('op.add_column("thing", sa.Column("mark", sa.Uuid, server_default=sa.func.gen_random_uuid()))', "a default per row"),
        (
            'op.add_column("thing", sa.Column("a", sa.Text)); op.execute("UPDATE thing SET a = name")',
            "an update of all rows in the transaction of an ALTER TABLE",
        ),
        (
            'op.create_check_constraint("named", "thing", "name <> \'\'", postgresql_not_valid=True);'
            ' op.execute("ALTER TABLE thing VALIDATE CONSTRAINT named")',
            "a validation in the transaction that added the constraint",
        ),
    ],
)
def test_what_breaks_the_rule_is_found(upgrade: str, what: str, empty: Engine, tmp_path: Path) -> None:
    found = scans_under_lock(folder_of(tmp_path, THING, upgrade), empty)
    assert found["0001"] == []
    assert found["0002"] and found["0002"][-1].startswith("thing: "), what


@pytest.mark.parametrize(
    "upgrades",
    [
        ('concurrent_indexes.create_index("thing_name", "thing", ["name"])',),
        ('op.add_column("thing", sa.Column("a", sa.Boolean, server_default=sa.false(), nullable=False))',),
        ('op.add_column("thing", sa.Column("a", sa.Text))', 'op.execute("UPDATE thing SET a = name")'),
        (
            'op.create_check_constraint("named", "thing", "name <> \'\'", postgresql_not_valid=True)',
            'op.execute("ALTER TABLE thing VALIDATE CONSTRAINT named")',
        ),
        (
            'op.create_check_constraint("named", "thing", "name IS NOT NULL", postgresql_not_valid=True)',
            'op.execute("ALTER TABLE thing VALIDATE CONSTRAINT named")',
            'op.alter_column("thing", "name", nullable=False); op.drop_constraint("named", "thing")',
        ),
        ('op.create_table("other", sa.Column("id", sa.Integer)); op.create_index("other_id", "other", ["id"])',),
    ],
)
def test_what_keeps_the_rule_is_not_found(upgrades: tuple[str, ...], empty: Engine, tmp_path: Path) -> None:
    found = scans_under_lock(folder_of(tmp_path, THING, *upgrades), empty)
    assert len(found) == 1 + len(upgrades)
    assert not any(found.values())


THING = (
    'op.create_table("thing", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text),'
    ' sa.Column("part_of", sa.Integer))'
)
