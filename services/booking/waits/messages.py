"""Messages about waits. They carry ids, times and public names only."""

from datetime import datetime
from typing import Any

from chassis.messaging.contracts import Message, plain
from services.booking.bookings.messages import CONTRACTS
from services.booking.waits.models import Wait, WaitOffer


def offered(wait: Wait, offer: WaitOffer, now: datetime) -> Message:
    """A time is held for who waits. Call it after the change."""
    about = {
        "offer_id": offer.id,
        "space_id": offer.space_id,
        "space_name": offer.space.name,
        "section": offer.space.section,
        "starts_at": offer.starts_at,
        "ends_at": offer.ends_at,
        "expires_at": offer.expires_at,
    }
    return _message("booking.wait_offered.v1", wait, now, about)


def unfulfilled(wait: Wait, now: datetime, because: str) -> Message:
    """The wait has ended without a booking: `passed` if no place came free in time, `unanswered` if the offer was not
    answered."""
    starts_at = wait.starts_at if wait.booking_id is None else wait.latest_at  # of the booking, which stays
    about = {
        "space_id": wait.space_id,
        "space_name": wait.space.name,
        "section": wait.space.section,
        "starts_at": starts_at,
        "ends_at": starts_at + wait.length,
        "because": because,
    }
    return _message("booking.wait_unfulfilled.v1", wait, now, about)


def _message(type_: str, wait: Wait, now: datetime, about: dict[str, Any]) -> Message:
    shared = {"wait_id": wait.id, "resident_id": wait.resident_id, "earlier": wait.booking_id is not None}
    return CONTRACTS.message(
        type_,
        aggregate_id=wait.id,
        version=wait.version,
        community_id=wait.community_id,
        occurred_at=now,
        data={name: plain(value) for name, value in (shared | about).items()},
    )
