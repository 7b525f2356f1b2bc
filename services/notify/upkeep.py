"""What notify deletes after a time, and the renewal of stored addresses with new keys."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.background.expiry import Expiry, PartitionExpiry
from chassis.database import crypto, tables
from services.notify.notifications.models import PARTITIONS
from services.notify.recipients import storage as recipients
from services.notify.settings import notify_settings

CODES_KEPT = timedelta(days=1)
SINK_KEPT = timedelta(days=7)
SUBSTITUTIONS_KEPT = timedelta(days=30)  # longer than a message may be late
REMINDERS_KEPT = timedelta(days=30)  # the same
SEALED_FOR = timedelta(days=30)
ROLL_OUT = timedelta(hours=1)  # so long after the first replica, another one may still write with the keys of before


def expiries() -> Sequence[Expiry | PartitionExpiry]:
    """One-time codes and the requests for them, the messages of the SMS sink, reminders of what is
    over, substitutions that are over, and notifications
    that are older than LINLI_KEEP_NOTIFICATIONS_DAYS. A notification that is still to be sent is never deleted."""
    return (
        Expiry(PARTITIONS.default, "created_at", CODES_KEPT, only="account_id IS NULL"),
        Expiry("address_code", "expires_at", CODES_KEPT),
        Expiry("code_allowance", "last_requested_at", CODES_KEPT),
        Expiry("sink_message", "sent_at", SINK_KEPT),
        Expiry("reminder", "starts_at", REMINDERS_KEPT),
        Expiry("substitution", "ends_at", SUBSTITUTIONS_KEPT),
        PartitionExpiry(
            PARTITIONS,
            "created_at",
            timedelta(days=notify_settings().keep_notifications_days),
            only="account_id IS NOT NULL AND state NOT IN ('queued', 'sending')",
        ),
    )


def renew_addresses(session: Session, now: datetime, limit: int = 200) -> int:
    """Encrypt and index again up to `limit` addresses that may have been written with older keys, or a month ago. Returns how
    many there were. Those of an older key are found by their age: the first run with new keys notes its time. Rows that other
    replicas have written until ROLL_OUT later are renewed once more."""
    since = _keys_used_since(session, now)
    written_before = since + ROLL_OUT if now >= since + ROLL_OUT else since
    points = recipients.lock_sealed_before(session, max(now - SEALED_FOR, written_before), limit)
    for point in points:
        point.renew(now)
    return len(points)


def _keys_used_since(session: Session, now: datetime) -> datetime:
    name = f"keys {crypto.key_id()}"
    session.execute(insert(tables.relay_state).values(name=name, at=now).on_conflict_do_nothing())
    at: datetime = session.execute(select(tables.relay_state.c.at).where(tables.relay_state.c.name == name)).scalar_one()
    return at
