"""Deletes old entries of the audit log. Nothing else may delete any."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, text

from chassis.database.engine import transaction

BATCH = 5_000
# The trigger of the table allows it in the transaction that sets this.
_ALLOW = text("SELECT set_config('linli.audit_retention', 'on', true)")
_DELETE = text(
    "DELETE FROM audit_entry WHERE ctid = ANY(ARRAY("
    "SELECT ctid FROM audit_entry WHERE at <= :before ORDER BY at LIMIT :batch FOR UPDATE SKIP LOCKED))"
)


def delete_old(database: Engine, now: datetime, kept: timedelta) -> bool:
    """Delete a batch of entries that are older than `kept`. Returns True if there may be more."""
    with transaction(database) as session:
        session.execute(_ALLOW)
        deleted: int = session.execute(_DELETE, {"before": now - kept, "batch": BATCH}).rowcount  # type: ignore[attr-defined]
    return deleted == BATCH
