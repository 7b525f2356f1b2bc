"""Selects, inserts and locks of bookings and claims."""

from services.booking.bookings.storage.bookings import (
    find_booking,
    insert_booking,
    list_bookings,
    release_claims,
    replace_claims,
)
from services.booking.bookings.storage.claims import blocked_spans, booked_spans

__all__ = [
    "blocked_spans",
    "booked_spans",
    "find_booking",
    "insert_booking",
    "list_bookings",
    "release_claims",
    "replace_claims",
]
