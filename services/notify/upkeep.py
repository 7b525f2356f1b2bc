"""What notify deletes after a time, and the renewal of the encryption of stored addresses."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from chassis.background.expiry import Expiry, PartitionExpiry
from services.notify.notifications.models import PARTITIONS
from services.notify.recipients import storage as recipients
from services.notify.settings import notify_settings

CODES_KEPT = timedelta(days=1)
SINK_KEPT = timedelta(days=7)
SEALED_FOR = timedelta(days=30)


def expiries() -> Sequence[Expiry | PartitionExpiry]:
    """One-time codes and the requests for them, the messages of the SMS sink, and notifications that are older than
    LINLI_KEEP_NOTIFICATIONS_DAYS. A notification that is still to be sent is never deleted."""
    return (
        Expiry(PARTITIONS.default, "created_at", CODES_KEPT, only="account_id IS NULL"),
        Expiry("address_code", "expires_at", CODES_KEPT),
        Expiry("code_allowance", "last_requested_at", CODES_KEPT),
        Expiry("sink_message", "sent_at", SINK_KEPT),
        PartitionExpiry(
            PARTITIONS,
            "created_at",
            timedelta(days=notify_settings().keep_notifications_days),
            only="account_id IS NOT NULL AND state NOT IN ('queued', 'sending')",
        ),
    )


def renew_encryption(session: Session, now: datetime, limit: int = 200) -> int:
    """Encrypt with the newest key up to `limit` addresses that were encrypted 30 days ago or earlier. So an old key can be
    retired after a month. Returns how many there were."""
    points = recipients.lock_sealed_before(session, now - SEALED_FOR, limit)
    for point in points:
        point.seal_again(now)
    return len(points)
