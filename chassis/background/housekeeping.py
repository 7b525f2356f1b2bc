"""Deletes the expired rows of a service: of the chassis's tables, and of its own (`Service.expiries`).

Receipts are kept longer than published messages. As long as a message can be published again, its receipt must exist, so
that it is not handled twice.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from nameko.extensions import DependencyProvider

from chassis.background.expiry import REST, Expiry, PartitionExpiry, delete_expired
from chassis.background.loop import Loop
from chassis.database.engine import engine_of
from chassis.database.partitions import Partitions
from chassis.rpc.idempotency import RETENTION_HOURS

EVERY_SECONDS = 300.0
# Unpublished messages and unsettled receipts are never deleted.
RECEIPTS = Partitions("inbox", "event_id", stays=("state IN ('retrying', 'held', 'parked')", "received_at > :before"))
CHASSIS_EXPIRIES: Sequence[Expiry | PartitionExpiry] = (
    Expiry("idempotency", "created_at", timedelta(hours=RETENTION_HOURS)),
    Expiry("outbox", "published_at", timedelta(days=30)),
    PartitionExpiry(RECEIPTS, "received_at", timedelta(days=60), only="state IN ('handled', 'dropped')"),
)


class Housekeeping(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Runs in every replica."""

    def start(self) -> None:
        engine = engine_of(self.container.service_name)
        expiries = (*CHASSIS_EXPIRIES, *self.container.service_cls.expiries())
        self._loop = Loop(
            "housekeeping", lambda: delete_expired(engine, expiries, datetime.now(UTC)), seconds=EVERY_SECONDS, rest=REST
        )
        self.container.spawn_managed_thread(self._loop.run)

    def stop(self) -> None:
        self._loop.stop()

    def get_dependency(self, worker_ctx: Any) -> None:
        return None
