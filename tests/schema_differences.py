"""Whether a service's models and its migrated database agree."""

from collections.abc import Collection
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, text

from chassis.database import tables

_CHECKS = text(
    """
    SELECT conrelid::regclass::text AS "table", conname, pg_get_constraintdef(c.oid) AS condition
    FROM pg_constraint c JOIN pg_class t ON t.oid = conrelid
    WHERE contype = 'c' AND NOT relispartition AND connamespace = CAST(:schema AS regnamespace)
    """
)
_PARTITIONS = text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")


def differences(metadata: MetaData, engine: Engine, *, abandoned: Collection[str] = ()) -> list[Any]:
    """What models and database disagree on, CHECK constraints too. The chassis's own tables, alembic's, single partitions and
    `abandoned` tables are left out. Those are no longer used, and a later release drops them."""
    with engine.connect() as connection:
        left_out = {*tables.metadata.tables, *abandoned, *connection.scalars(_PARTITIONS)}

        def is_ours(obj: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
            return not (type_ == "table" and reflected and (name in left_out or str(name).startswith("alembic")))

        migration = MigrationContext.configure(connection, opts={"include_object": is_ours, "compare_type": True})
        return [*compare_metadata(migration, metadata), *_different_checks(metadata, connection)]


def _different_checks(metadata: MetaData, connection: Connection) -> list[Any]:
    """Alembic does not compare CHECK constraints. So the models' tables are made in a schema of their own, which is rolled
    back, and PostgreSQL's form of their conditions is compared."""
    connection.rollback()
    migrated = _checks(connection, "public")
    connection.execute(text("CREATE SCHEMA models"))
    metadata.create_all(connection.execution_options(schema_translate_map={None: "models"}), checkfirst=False)
    modelled = _checks(connection, "models")
    connection.rollback()
    return sorted(migrated ^ modelled)


def _checks(connection: Connection, schema: str) -> set[tuple[str, str, str]]:
    connection.execute(text(f"SET LOCAL search_path = {schema}, public"))
    rows = connection.execute(_CHECKS, {"schema": schema}).all()
    return {(row.table, row.conname, row.condition) for row in rows if row.table not in tables.metadata.tables}
