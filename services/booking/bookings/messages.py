"""Messages about bookings. They carry ids, times and public names only. Purposes and reasons are written by people and are
never published."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging.contracts import Message, plain
from services.booking.bookings.models import Booking
from services.booking.calendar.messages import CONTRACTS
from services.booking.interface.bookings import STAFF_REASONS
from services.booking.spaces.models import Space

__all__ = ["CONTRACTS", "booking_message", "moved_from", "staff_reason"]


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


def moved_from(booking: Booking, space: Space, starts_at: datetime, ends_at: datetime) -> dict[str, Any]:
    """The fields that say where `booking` was before it moved. The space is left out if it is the same."""
    times = {"previous_starts_at": starts_at, "previous_ends_at": ends_at}
    if space.id == booking.space_id:
        return times
    return times | {"previous_space_id": space.id, "previous_space_name": space.name}


def staff_reason(code: str | None) -> dict[str, Any]:
    """The reason of staff (STAFF_REASONS), in the words that there are for it. Empty if there is none."""
    return {"staff_reason": STAFF_REASONS.labels[code]} if code else {}
