"""Data that ages: rows whose time is over are deleted in small batches, each in a transaction of its own. A large backlog
therefore holds no locks for long, reaches no time limit, and does not stop other upkeep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, TextClause, text
from sqlalchemy.exc import SQLAlchemyError

from chassis.observability import metrics, telemetry

log = telemetry.get_logger(__name__)
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Expiry:
    """A row of `table` is deleted when `column` (timestamptz, with an index) is older than `kept`, and `only` (SQL) is true."""

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


def delete_expired(engine: Engine, expiries: Sequence[Expiry], now: datetime, batch: int = BATCH) -> bool:
    """Delete one batch of each table. A failure is logged and does not stop the others. Returns True if there may be more."""
    more = False
    for expiry in expiries:
        try:
            with engine.begin() as connection:
                deleted = connection.execute(expiry.statement(), {"before": now - expiry.kept, "batch": batch}).rowcount
        except SQLAlchemyError as error:
            metrics.loop_failures.labels("housekeeping").inc()
            log.warning("old rows not deleted", table=expiry.table, error=str(error).splitlines()[0])
            continue
        if deleted:
            log.info("old rows deleted", table=expiry.table, rows=deleted)
        more |= deleted == batch
    return more
