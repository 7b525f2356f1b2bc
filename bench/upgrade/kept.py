"""Finds rows that an upgrade lost or changed: a copy of the tables from before, in a schema of its own, and the tables now."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

BEFORE = "before_upgrade"
# Tables that have other names or columns now: what a row of before is made of.
MOVED = {
    "claim": "SELECT holder_id AS booking_id, resource_id AS space_id, community_id, during AS blocked, "
    "state <> 'released' AS active FROM public.claim WHERE holder_kind = 'booking'"
}
# Not compared: what only this process knows, and the feed, which notify takes over.
PASSING = frozenset({"relay_state", "limited_use", "calendar_revision", "feed", "feed_pruned"})
# A running service changes these: a message that waited is published, and counts as unread.
RUNNING = {"outbox": ("published_at",), "recipient": ("unread",), "session": ("expires_at",)}


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of a table: how many before, how many of those are gone or changed now, and how many are new."""

    table: str
    before: int
    lost: int
    new: int


def remember(engine: Engine) -> None:
    """Copy the tables. The schema is not on the search path, so that services and migrations do not see the copies."""
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {BEFORE}"))
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        for table in tables:
            if table not in PASSING and not table.startswith("alembic_version"):
                connection.execute(text(f"CREATE TABLE {BEFORE}.{table} AS TABLE public.{table}"))


def compare(engine: Engine, *, running: bool) -> Iterator[Kept]:
    """Compare all columns of before. `running` leaves out what services change while they run."""
    with engine.connect() as connection:
        for table in connection.scalars(text(_TABLES)).all():
            yield _compare(connection, table, RUNNING.get(table, ()) if running else ())


def _compare(connection: Connection, table: str, changed: tuple[str, ...]) -> Kept:
    columns = ", ".join(
        f'"{column}"' for column in connection.scalars(text(_COLUMNS), {"table": table}) if column not in changed
    )
    then = f"SELECT {columns} FROM {BEFORE}.{table}"  # noqa: S608  names of the database
    now = f"SELECT {columns} FROM ({MOVED.get(table, f'TABLE public.{table}')}) moved"  # noqa: S608
    row = connection.execute(
        text(
            f"SELECT (SELECT count(*) FROM {BEFORE}.{table}), (SELECT count(*) FROM ({then} EXCEPT ALL {now}) lost), "  # noqa: S608
            f"(SELECT count(*) FROM ({now} EXCEPT ALL {then}) new)"
        )
    ).one()
    return Kept(table, *row)


_TABLES = f"SELECT tablename FROM pg_tables WHERE schemaname = '{BEFORE}' ORDER BY 1"  # noqa: S608  a constant
_COLUMNS = f"""
    SELECT column_name FROM information_schema.columns WHERE table_schema = '{BEFORE}' AND table_name = :table
    ORDER BY ordinal_position
"""  # noqa: S608  a constant
