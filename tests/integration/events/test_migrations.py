from collections.abc import Callable
from typing import Any

from alembic import command
from sqlalchemy import Connection, Engine, text

from chassis.database.migrate import config, locations
from services.events.base import Base
from tests.schema_differences import differences

TABLES = list(Base.metadata.tables)


def test_migrations_make_the_tables_that_the_models_describe(database_of: Callable[[str], Engine]) -> None:
    assert differences(Base.metadata, database_of("events")) == []


def test_checks_partial_indexes_and_storage_options_are_the_same_too(database_of: Callable[[str], Engine]) -> None:
    """Alembic compares none of these, and a CHECK is the last line against overselling."""
    with database_of("events").connect() as connection:
        connection.execute(text("CREATE SCHEMA described"))
        Base.metadata.create_all(connection.execution_options(schema_translate_map={None: "described"}))
        migrated, described = _details(connection, "public"), _details(connection, "described")
    assert migrated == described
    assert any("club_session_not_oversold" in str(detail) for detail in migrated)


def _details(connection: Connection, schema: str) -> list[tuple[Any, ...]]:
    constraints = """
        SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid), reloptions FROM pg_constraint
        JOIN pg_class ON pg_class.oid = conrelid WHERE pg_constraint.connamespace = cast(:schema AS regnamespace)
        AND relname = ANY(:tables) AND contype IN ('c', 'u', 'f') ORDER BY 1, 2
    """
    indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = :schema AND tablename = ANY(:tables)"
    found = [
        *connection.execute(text(constraints), {"schema": schema, "tables": TABLES}),
        *connection.execute(text(indexes + " ORDER BY 1, 2"), {"schema": schema, "tables": TABLES}),
    ]
    return [tuple(str(value).replace(f"{schema}.", "") for value in row) for row in found]


def test_the_migration_can_be_undone(database_of: Callable[[str], Engine]) -> None:
    engine = database_of("events")
    folder, version_table = locations("events")[1]
    with engine.connect() as connection:
        command.downgrade(config(folder, version_table, connection), "base")
        connection.commit()
    with engine.connect() as connection:
        left = connection.scalar(text("SELECT count(*) FROM pg_class WHERE relname = ANY(:tables)"), {"tables": TABLES})
    assert left == 0
