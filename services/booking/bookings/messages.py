"""Messages about bookings. They carry ids, times and public names only. Purposes and reasons are written by people and are
never published."""

from datetime import datetime
from pathlib import Path
from typing import Any

from chassis.messaging.contracts import Contracts, Message, plain
from services.booking.bookings.models import Booking

CONTRACTS = Contracts(Path(__file__).parent.parent / "contracts", source="booking")


def booking_message(type_: str, booking: Booking, occurred_at: datetime, **facts: Any) -> Message:
    """A message of `type_` (for example `booking.cancelled.v1`) about a change that happened at `occurred_at` (aware). `facts`
    are the fields that only this type has. Call this after the change: the message carries the booking's version, which must be
    the new one."""
    shared = {
        "booking_id": booking.id,
        "space_id": booking.space_id,
        "space_name": booking.space.name,
        "section": booking.space.section,
        "resident_id": booking.resident_id,
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
    }
    return CONTRACTS.message(
        type_,
        aggregate_id=booking.id,
        version=booking.version,
        community_id=booking.community_id,
        occurred_at=occurred_at,
        data={name: plain(value) for name, value in (shared | facts).items()},
    )
