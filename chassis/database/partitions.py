"""Tables that are partitioned by week, so that old data is dropped and not deleted row by row.

The partition key is a uuid7, whose first 48 bits are the time at which it was made. So a unique index on the key is unique in
the whole table, and a row with the same key always belongs to the same partition. Rows that fit no week, such as those with
another kind of UUID, are in the partition `<table>_default`; nothing is refused.

The locks for making and dropping a partition block the whole table. They are waited for at most LOCK_TIMEOUT, then the
upkeep tries again in its next round.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from chassis.observability import telemetry

log = telemetry.get_logger(__name__)
WEEK = timedelta(days=7)
LOCK_TIMEOUT = "1s"
WEEKS_AHEAD = 4


def first_uuid7(moment: datetime) -> UUID:
    """The smallest UUID that can be a uuid7 of `moment` (aware) or later."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def week_of(moment: datetime) -> datetime:
    """The Monday, 00:00 UTC, at or before `moment` (aware)."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True)
class Weekly:
    """`table` is partitioned BY RANGE (`key`), a uuid7. A partition with a row for which `stays` is true is not dropped.
    `stays` is SQL and may contain `:before`."""

    table: str
    key: str
    stays: str

    def partition(self, week: datetime) -> str:
        """The name of the partition for the week that begins at `week`."""
        return f"{self.table}_{week:%Y%m%d}"

    def prepare(self, engine: Engine, now: datetime) -> None:
        """Make the partitions for this week and the following ones that do not exist yet."""
        for number in range(WEEKS_AHEAD + 1):
            week = week_of(now) + number * WEEK
            with engine.connect() as connection:
                exists = connection.scalar(text("SELECT to_regclass(:name)"), {"name": self.partition(week)})
            if exists is None and not self._patiently(engine, partial(self._make, week)):
                return

    def drop_old(self, engine: Engine, before: datetime, on_drop: Callable[[Connection, str], None]) -> bool:
        """Drop the oldest partition whose whole week is before `before` (aware) and that has no row that must stay. Calls
        `on_drop(connection, partition)` before that, when nobody else uses the table. Returns True if one was dropped."""
        with engine.connect() as connection:
            weeks = [name for week, name in self._weeks(connection) if week + WEEK <= before]
            old = [name for name in weeks if self._may_go(connection, name, before)]
        return any(self._patiently(engine, partial(self._drop, name, before, on_drop)) for name in old)

    def _may_go(self, connection: Connection, name: str, before: datetime) -> bool:
        return not connection.scalar(text(f"SELECT EXISTS (SELECT FROM {name} WHERE {self.stays})"), {"before": before})  # noqa: S608  names of the code

    def _weeks(self, connection: Connection) -> Iterator[tuple[datetime, str]]:
        """The existing partitions with the beginnings of their weeks, the oldest first."""
        for name in connection.scalars(_PARTITIONS, {"table": self.table}):
            day = name.removeprefix(f"{self.table}_")
            if day.isdigit():
                yield datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC), name

    def _patiently(self, engine: Engine, change: Callable[[Connection], bool]) -> bool:
        """Whether `change` was made. False if another replica makes one, or if the locks could not be had soon."""
        try:
            with engine.begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
                if not connection.scalar(_ONE_AT_A_TIME, {"name": f"partitions of {self.table}"}):
                    return False
                return change(connection)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in ("55P03", "40P01"):
                raise
            log.info("partitions are changed later", table=self.table, reason=str(error).splitlines()[0])
            return False

    def _make(self, week: datetime, connection: Connection) -> bool:
        name = self.partition(week)
        if connection.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None:
            return True  # another replica was first
        first, end = first_uuid7(week), first_uuid7(week + WEEK)
        row_of_week = f"{self.key} >= '{first}' AND {self.key} < '{end}'"
        for statement in (  # names and bounds are made here, from no input
            f"LOCK TABLE ONLY {self.table} IN SHARE ROW EXCLUSIVE MODE",
            f"LOCK TABLE {self.table}_default IN ACCESS EXCLUSIVE MODE",
            f"CREATE TABLE {name} (LIKE {self.table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)",
            f"WITH moved AS (DELETE FROM {self.table}_default WHERE {row_of_week} RETURNING *) "  # noqa: S608
            f"INSERT INTO {name} SELECT * FROM moved",
            f"ALTER TABLE {self.table} ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{end}')",
        ):
            connection.execute(text(statement))
        log.info("partition made", table=self.table, partition=name)
        return True

    def _drop(self, name: str, before: datetime, on_drop: Callable[[Connection, str], None], connection: Connection) -> bool:
        connection.execute(text(f"LOCK TABLE ONLY {self.table} IN ACCESS EXCLUSIVE MODE"))
        exists = connection.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None
        if not exists or not self._may_go(connection, name, before):
            return False
        on_drop(connection, name)
        connection.execute(text(f"DROP TABLE {name}"))
        log.info("partition dropped", table=self.table, partition=name)
        return True


_ONE_AT_A_TIME = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
_PARTITIONS = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = CAST(:table AS regclass) ORDER BY 1")
