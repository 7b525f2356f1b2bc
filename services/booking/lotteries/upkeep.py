"""Old entries to lotteries are deleted, in batches. Their wins go with them; bookings and public files stay."""

from collections.abc import Sequence
from datetime import timedelta

from chassis.background.expiry import Expiry, PartitionExpiry
from services.booking.settings import booking_settings


def expiries() -> Sequence[Expiry | PartitionExpiry]:
    return (Expiry("lottery_entry", "settled_at", timedelta(days=booking_settings().keep_lottery_entries_days)),)
