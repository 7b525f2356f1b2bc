"""Selects, inserts and locks of bookings, and the times that are taken."""

from services.booking.bookings.storage.bookings import claim_new, find_booking, list_bookings, move_claims
from services.booking.bookings.storage.spans import blocked_spans, booked_spans

__all__ = [
    "blocked_spans",
    "booked_spans",
    "claim_new",
    "find_booking",
    "list_bookings",
    "move_claims",
]
