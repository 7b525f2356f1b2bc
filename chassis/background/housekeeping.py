"""Forget what has served its purpose, a little at a time, so that the chassis's tables stay small.

Receipts outlive published messages: a message that can still be published again must still be recognised.
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
# (table, what may go). Unpublished messages and unsettled receipts are never among it.
RULES = (
    ("idempotency", f"created_at < now() - interval '{RETENTION_HOURS} hours'"),
    ("outbox", "published_at < now() - interval '30 days'"),
    ("inbox", "received_at < now() - interval '60 days' AND state IN ('handled', 'dropped')"),
)


class Housekeeping(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Runs in every replica; a row that two of them want to delete goes once."""

    def start(self) -> None:
        engine = engine_of(self.container.service_name)
        self._loop = Loop("housekeeping", lambda: tidy(engine), seconds=EVERY_SECONDS)
        self.container.spawn_managed_thread(self._loop.run)

    def stop(self) -> None:
        self._loop.stop()

    def get_dependency(self, worker_ctx: Any) -> None:
        return None


def tidy(engine: Engine) -> bool:
    """Delete one batch of each table's old rows. True if there may be more."""
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
