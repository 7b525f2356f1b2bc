"""Messages about bookings. They carry ids, times and public names only. Purposes and reasons are written by people and are
never published."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging.contracts import Message, plain
from services.booking.bookings.models import Booking
from services.booking.calendar.messages import CONTRACTS

__all__ = ["CONTRACTS", "booking_message"]


def booking_message(
    type_: str, booking: Booking, occurred_at: datetime, *, system_id: UUID | None = None, **facts: Any
) -> Message:
    """A message of `type_` (for example `booking.cancelled.v1`) about a change that happened at `occurred_at` (aware).
    `system_id` is the other system that made the change. `facts` are the fields that only this type has. Call this after the
    change: the message carries the booking's version, which must be the new one."""
    if system_id is not None:
        facts["system_id"] = system_id
    if booking.series_id is not None:
        facts["series_id"] = booking.series_id
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
