"""Indexes on tables that are in use. Migrations call these functions; they do not block writers of the table.

A migration with one of these calls contains nothing else, because the call commits what the migration did before it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from alembic import op
from sqlalchemy import Connection, text

# PostgreSQL waits here for older transactions to end. Nobody waits for this wait, so it may be longer than that for a lock.
WAIT_FOR_TRANSACTIONS = "2min"

_STATE = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


def create_index(name: str, table: str, columns: Sequence[Any], **options: Any) -> None:
    """Build the index with CREATE INDEX CONCURRENTLY. `options` are those of `op.create_index`. A build that failed or was
    killed leaves an invalid index; it is dropped and built again. A valid index of this name is left as it is."""
    with _outside_transaction() as connection:
        valid = connection.scalar(_STATE, {"name": name})
        if valid is False:
            op.drop_index(name, table, postgresql_concurrently=True)
        if not valid:
            op.create_index(name, table, list(columns), postgresql_concurrently=True, **options)


def drop_index(name: str, table: str) -> None:
    """Drop the index with DROP INDEX CONCURRENTLY, if it exists."""
    with _outside_transaction():
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)


@contextmanager
def _outside_transaction() -> Iterator[Connection]:
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        before = connection.scalar(text("SHOW lock_timeout"))
        _set_lock_timeout(connection, WAIT_FOR_TRANSACTIONS)
        try:
            yield connection
        finally:
            _set_lock_timeout(connection, before)


def _set_lock_timeout(connection: Connection, value: Any) -> None:
    connection.execute(text("SELECT set_config('lock_timeout', :value, false)"), {"value": value})
