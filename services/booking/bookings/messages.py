"""Messages about bookings. They carry ids, times and public names only. Purposes and reasons are written by people and are
never published."""

from datetime import datetime
from pathlib import Path
from typing import Any

from chassis.messaging.contracts import Contracts, Message
from services.booking.bookings.models import Booking

CONTRACTS = Contracts(Path(__file__).parent.parent / "contracts", source="booking")


def booking_confirmed(booking: Booking) -> Message:
    """Call this, like the others, after the change: the message carries the booking's version, which must be the new one."""
    return _message("booking.confirmed.v1", booking, booking.created_at)


def booking_cancelled(booking: Booking, now: datetime) -> Message:
    return _message("booking.cancelled.v1", booking, now, cancelled_by=booking.cancelled_by)


def booking_rescheduled(booking: Booking, now: datetime, previous: tuple[datetime, datetime]) -> Message:
    """`previous` is (start, end) before the change."""
    starts_at, ends_at = (at.isoformat() for at in previous)
    return _message("booking.rescheduled.v1", booking, now, previous_starts_at=starts_at, previous_ends_at=ends_at)


def _message(type_: str, booking: Booking, occurred_at: datetime, **more: Any) -> Message:
    data = {
        "booking_id": str(booking.id),
        "space_id": str(booking.space_id),
        "space_name": booking.space.name,
        "section": booking.space.section,
        "resident_id": str(booking.resident_id),
        "starts_at": booking.starts_at.isoformat(),
        "ends_at": booking.ends_at.isoformat(),
        **more,
    }
    return CONTRACTS.message(
        type_,
        aggregate_id=booking.id,
        version=booking.version,
        community_id=booking.community_id,
        occurred_at=occurred_at,
        data=data,
    )
