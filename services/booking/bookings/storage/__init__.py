"""Selects, inserts and locks of bookings, and the times that are taken."""

from services.booking.bookings.storage.bookings import claim_new, find_booking, list_bookings, move_claims, search_bookings
from services.booking.bookings.storage.counted import MOST_COUNTED, Counted, bookings_of_place, counted_bookings
from services.booking.bookings.storage.spans import blocked_spans, booked_spans

__all__ = [
    "MOST_COUNTED",
    "Counted",
    "blocked_spans",
    "booked_spans",
    "bookings_of_place",
    "claim_new",
    "counted_bookings",
    "find_booking",
    "list_bookings",
    "move_claims",
    "search_bookings",
]
