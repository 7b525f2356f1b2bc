"""Old tickets are deleted, in batches. Their calls go with them."""

from collections.abc import Sequence
from datetime import timedelta

from chassis.background.expiry import Expiry, PartitionExpiry
from services.booking.settings import booking_settings


def expiries() -> Sequence[Expiry | PartitionExpiry]:
    kept = timedelta(days=booking_settings().keep_tickets_days)
    return (
        Expiry("ticket", "taken_at", kept, only="ended_at IS NOT NULL"),
        Expiry("queue_day", "day", kept, only="closed_at IS NOT NULL"),
        Expiry("ticket_number", "day", kept + timedelta(days=1)),
    )
