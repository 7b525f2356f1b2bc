"""Makes partitioned tables of tables that are in use (see chassis.database.partitions). Migrations call these functions.

The old table becomes the default partition of a new one. PostgreSQL reads none of its rows, as long as it is the only
partition and has all indexes of the new table. So it takes milliseconds, however many rows there are.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from alembic import op

_A_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


def set_aside(table: str) -> None:
    """Rename `table` and its indexes, `x_y` to `x_default_y`, so that a new table can have the names. Nobody can use the table
    until the transaction ends."""
    op.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    _rename(table, f"{table}_default")


def attach(table: str, *, weeks: int) -> None:
    """Attach the table that was set aside as the default partition of the new `table`. If there never was a row in it, it is
    replaced by a new one, and the partitions from now on are made, of `weeks` weeks each. Otherwise the upkeep makes those to
    come."""
    default = f"{table}_default"
    if op.get_bind().scalar(sa.text("SELECT pg_relation_size(CAST(:name AS regclass))"), {"name": default}):
        op.execute(f"ALTER TABLE {table} ATTACH PARTITION {default} DEFAULT")
        return
    op.execute(f"DROP TABLE {default}")
    op.execute(f"CREATE TABLE {default} PARTITION OF {table} DEFAULT")
    _make_first(table, weeks * timedelta(days=7))


def continue_identity(table: str, column: str) -> None:
    """Draw `column` of the new `table` from a sequence `<table>_<column>` that continues where the identity column of the table
    that was set aside is. Before PostgreSQL 17 a partition cannot have an identity column."""
    sequence, old = f"{table}_{column}", f"{table}_default"
    last = "pg_sequence_last_value(CAST(pg_get_serial_sequence(:old, :column) AS regclass))"
    continued = sa.text(f"SELECT setval(CAST(:new AS regclass), coalesce({last}, 1), {last} IS NOT NULL)")
    op.get_bind().execute(continued, {"new": sequence, "old": old, "column": column})
    op.execute(
        f"ALTER TABLE {old} ALTER COLUMN {column} DROP IDENTITY, ALTER COLUMN {column} SET DEFAULT nextval('{sequence}')"
    )
    op.execute(f"ALTER SEQUENCE {sequence} OWNED BY {table}.{column}")


def undo(table: str) -> None:
    """Move all rows back into the default partition, and make it the table again. Stops the users of the table."""
    connection, old = op.get_bind(), f"{table}_default"
    op.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    indexes = connection.execute(sa.text(_INDEXES_WITH_PARENTS), {"table": old}).all()
    sequences = connection.execute(sa.text(_SEQUENCES), {"table": table}).all()
    op.execute(f"ALTER TABLE {table} DETACH PARTITION {old}")
    op.execute(f"INSERT INTO {old} SELECT * FROM {table}")  # noqa: S608  a name of the code
    for sequence, column, last in sequences:
        op.execute(f"ALTER TABLE {old} ALTER COLUMN {column} DROP DEFAULT")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT")
        op.execute(f"DROP SEQUENCE {sequence}")
        op.execute(f"ALTER TABLE {old} ALTER COLUMN {column} ADD GENERATED ALWAYS AS IDENTITY (START WITH {last + 1})")
    op.execute(f"DROP TABLE {table}")
    for index, parent in indexes:
        op.execute(f"ALTER INDEX {index} RENAME TO {parent or table + index.removeprefix(old)}")
    op.execute(f"ALTER TABLE {old} RENAME TO {table}")


# The names of the indexes of :table, each with the name of the index that it is a partition of.
_INDEXES_WITH_PARENTS = """
    SELECT i.indexrelid::regclass::text, h.inhparent::regclass::text
    FROM pg_index i LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid WHERE i.indrelid = CAST(:table AS regclass)
"""
# The sequences that columns of :table own: name, column, last value.
_SEQUENCES = """
    SELECT d.objid::regclass::text, a.attname, coalesce(pg_sequence_last_value(d.objid), 0)
    FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.refobjid = CAST(:table AS regclass) AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass
"""


def _rename(table: str, name: str) -> None:
    """Rename the table and its indexes. Constraints of unique indexes are renamed with them."""
    names = sa.text("SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = CAST(:table AS regclass)")
    for index in op.get_bind().scalars(names, {"table": table}).all():
        op.execute(f"ALTER INDEX {index} RENAME TO {name}{index.removeprefix(table)}")
    op.execute(f"ALTER TABLE {table} RENAME TO {name}")


def _make_first(table: str, period: timedelta) -> None:
    """The upkeep makes a period a week or more before it begins, so those until then are needed here."""
    now = datetime.now(UTC)
    begin = now - (now - _A_MONDAY) % period
    while begin < now + timedelta(days=7) + period:
        first, end = (UUID(int=int(moment.timestamp() * 1000) << 80) for moment in (begin, begin + period))
        op.execute(f"CREATE TABLE {table}_{begin:%Y%m%d} PARTITION OF {table} FOR VALUES FROM ('{first}') TO ('{end}')")
        begin += period
