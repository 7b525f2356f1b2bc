"""Deletes what is no longer needed, and renews the encryption of stored addresses."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from services.notify.codes import storage as codes
from services.notify.contact_points import storage as contact_points
from services.notify.delivery import storage as delivery
from services.notify.notifications import storage as notifications
from services.notify.recipients import storage as recipients

SEALED_FOR = timedelta(days=30)


def delete_old(session: Session, *, codes_before: datetime, sink_before: datetime) -> None:
    """Delete the one-time codes and the requests for them that are older than `codes_before`, and the sink's messages that
    are older than `sink_before`."""
    notifications.delete_codes(session, codes_before)
    contact_points.delete_codes(session, codes_before)
    codes.delete_allowances(session, codes_before)
    delivery.delete_sink_messages(session, sink_before)


def renew_encryption(session: Session, now: datetime, limit: int = 200) -> int:
    """Encrypt with the newest key up to `limit` addresses that were encrypted 30 days ago or earlier. So an old key can be
    retired after a month. Returns how many there were."""
    points = recipients.lock_sealed_before(session, now - SEALED_FOR, limit)
    for point in points:
        point.seal_again(now)
    return len(points)
