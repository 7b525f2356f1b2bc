"""Data that ages: rows whose time is over are deleted in small batches, each in a transaction of its own. A large backlog
therefore holds no locks for long, reaches no time limit, and does not stop other upkeep. Of a table that is partitioned by
time, whole partitions are dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, TextClause, text
from sqlalchemy.exc import SQLAlchemyError

from chassis.database.partitions import Partitions
from chassis.observability import metrics, telemetry

log = telemetry.get_logger(__name__)
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Expiry:
    """A row of `table` is deleted when `column` (timestamptz, with an index) is older than `kept`, and `only` (SQL) is true.
    The table must not be partitioned: rows of different partitions can have the same ctid."""

    table: str
    column: str
    kept: timedelta = timedelta(0)
    only: str = "true"

    def statement(self) -> TextClause:
        """Deletes up to :batch rows that were due before :before. Rows that another replica has locked are skipped."""
        return text(
            f"DELETE FROM {self.table} WHERE ctid = ANY(ARRAY("  # noqa: S608  names of the code, no input
            f"SELECT ctid FROM {self.table} WHERE {self.column} <= :before AND {self.only} "
            f"ORDER BY {self.column} LIMIT :batch FOR UPDATE SKIP LOCKED))"
        )

    def delete(self, engine: Engine, now: datetime, batch: int) -> bool:
        """Delete up to `batch` rows. Returns True if there may be more."""
        with engine.begin() as connection:
            deleted = connection.execute(self.statement(), {"before": now - self.kept, "batch": batch}).rowcount
        if deleted:
            log.info("old rows deleted", table=self.table, rows=deleted)
        return deleted == batch


@dataclass(frozen=True, slots=True)
class PartitionExpiry:
    """The partitions of a table are dropped when their whole period is older than `kept`. Rows of the default partition are
    deleted one by one as `Expiry` does it, with `column` and `only`."""

    partitions: Partitions
    column: str
    kept: timedelta
    only: str = "true"

    @property
    def table(self) -> str:
        return self.partitions.table

    def delete(self, engine: Engine, now: datetime, batch: int) -> bool:
        """Make the partitions for the next periods, drop one that is old, and delete up to `batch` rows that are in none.
        Returns True if there may be more."""
        self.partitions.prepare(engine, now)
        dropped = self.partitions.drop_old(engine, now - self.kept)
        more = Expiry(self.partitions.default, self.column, self.kept, self.only).delete(engine, now, batch)
        return dropped or more


def delete_expired(engine: Engine, expiries: Sequence[Expiry | PartitionExpiry], now: datetime, batch: int = BATCH) -> bool:
    """Delete one batch of each table. A failure is logged and does not stop the others. Returns True if there may be more."""
    more = False
    for expiry in expiries:
        try:
            more |= expiry.delete(engine, now, batch)
        except SQLAlchemyError as error:
            metrics.loop_failures.labels("housekeeping").inc()
            log.warning("old rows not deleted", table=expiry.table, error=str(error).splitlines()[0])
    return more
