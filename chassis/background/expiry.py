"""Data that ages: rows whose time is over are deleted in small batches, each in a transaction of its own. A large backlog
therefore holds no locks for long, reaches no time limit, and does not stop other upkeep. Of a table that is partitioned by
time, whole partitions are dropped."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import SQLAlchemyError

from chassis.database.partitions import Partitions
from chassis.observability import metrics, telemetry

log = telemetry.get_logger(__name__)
BATCH = 250
# Between two batches the upkeep waits this many times as long as a batch took (chassis.background.loop). So the others have the
# database for most of the time.
REST = 19.0


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
        with deleting(engine) as connection:
            deleted = connection.execute(self.statement(), {"before": now - self.kept, "batch": batch}).rowcount
        if deleted:
            log.debug("old rows deleted", table=self.table, rows=deleted)
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
        """Delete up to `batch` rows that are in no period. Returns True if there may be more."""
        return Expiry(self.partitions.default, self.column, self.kept, self.only).delete(engine, now, batch)

    def renew(self, engine: Engine, now: datetime) -> None:
        """Make the partitions for the next periods, and drop the oldest one if it is old."""
        self.partitions.prepare(engine, now)
        self.partitions.drop_old(engine, now - self.kept)


def delete_expired(engine: Engine, expiries: Sequence[Expiry | PartitionExpiry], now: datetime, batch: int = BATCH) -> bool:
    """Delete one batch of each table. If no table has more, drop one old partition of each partitioned table. A failure is
    logged and does not stop the others.

    Returns True if more can be deleted at once. After partitions were dropped it is False: detaching one stops all writers of
    its table for about 100 ms, so a round of the upkeep drops one at most."""
    more = False
    for expiry in expiries:
        with _failure_logged(expiry.table):
            more |= expiry.delete(engine, now, batch)
    if not more:
        for expiry in expiries:
            if isinstance(expiry, PartitionExpiry):
                with _failure_logged(expiry.table):
                    expiry.renew(engine, now)
    return more


@contextmanager
def deleting(engine: Engine) -> Iterator[Connection]:
    """A transaction that deletes old rows. Its commit does not wait for the disk: if the server crashes, the rows are deleted
    again."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL synchronous_commit = off"))
        yield connection


@contextmanager
def _failure_logged(table: str) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        metrics.loop_failures.labels("housekeeping").inc()
        log.warning("old rows not deleted", table=table, error=str(error).splitlines()[0])
