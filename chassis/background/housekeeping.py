"""Deletes old rows of the chassis's tables, in small batches.

Receipts are kept longer than published messages. As long as a message can be published again, its receipt must exist, so
that it is not handled twice.
"""

from typing import Any

from nameko.extensions import DependencyProvider
from sqlalchemy import Engine, text

from chassis.background.loop import Loop
from chassis.database.engine import engine_of
from chassis.observability import telemetry
from chassis.rpc.idempotency import RETENTION_HOURS

log = telemetry.get_logger(__name__)

EVERY_SECONDS = 300.0
BATCH = 5000
# (table, condition of the rows to delete). Unpublished messages and unsettled receipts are never deleted.
RULES = (
    ("idempotency", f"created_at < now() - interval '{RETENTION_HOURS} hours'"),
    ("outbox", "published_at < now() - interval '30 days'"),
    ("inbox", "received_at < now() - interval '60 days' AND state IN ('handled', 'dropped')"),
)


class Housekeeping(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Runs in every replica. Replicas skip rows that another replica has locked."""

    def start(self) -> None:
        engine = engine_of(self.container.service_name)
        self._loop = Loop("housekeeping", lambda: tidy(engine), seconds=EVERY_SECONDS)
        self.container.spawn_managed_thread(self._loop.run)

    def stop(self) -> None:
        self._loop.stop()

    def get_dependency(self, worker_ctx: Any) -> None:
        return None


def tidy(engine: Engine) -> bool:
    """Delete one batch of old rows from each table. Returns True if there may be more."""
    more = False
    for table, old in RULES:
        statement = text(
            f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("  # noqa: S608  constants of this file
            f"SELECT ctid FROM {table} WHERE {old} LIMIT {BATCH} FOR UPDATE SKIP LOCKED))"
        )
        with engine.begin() as connection:
            deleted = connection.execute(statement).rowcount
        if deleted:
            log.info("old rows deleted", table=table, rows=deleted)
        more |= deleted == BATCH
    return more
