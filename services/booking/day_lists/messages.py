"""The message with the list of a day. It names spaces, times and numbers of bookings, and nobody who booked."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from chassis.messaging.contracts import Message, plain
from services.booking.bookings.messages import CONTRACTS
from services.booking.day_lists.models import DayList, Listed

__all__ = ["MOST_LISTED", "day_listed"]

MOST_LISTED = 200  # bookings in a message; `count` says how many there are


def day_listed(day_list: DayList, bookings: Sequence[Listed], occurred_at: datetime, *, corrects: bool) -> Message:
    """Build it after the change: it carries the new version. `occurred_at` is aware."""
    items = [_item(one) for one in bookings[:MOST_LISTED]]
    return CONTRACTS.message(
        "booking.day_listed.v1",
        aggregate_id=day_list.id,
        version=day_list.version,
        community_id=day_list.community_id,
        occurred_at=occurred_at,
        data={
            "day_list_id": str(day_list.id),
            "staff_ids": [str(day_list.account_id)],
            "day": day_list.day.isoformat(),
            "corrects": corrects,
            "count": len(bookings),
            "bookings": items,
        },
    )


def _item(listed: Listed) -> dict[str, Any]:
    return {name: plain(value) for name, value in asdict(listed).items()} | {"number": listed.number}
