"""Selects, inserts and locks of bookings, and the times that are taken."""

from services.booking.bookings.storage.bookings import (
    claim_new,
    find_booking,
    get_calendar_bookings,
    list_bookings,
    move_claims,
    search_bookings,
)
from services.booking.bookings.storage.counted import (
    MOST_COUNTED,
    Counted,
    bookings_of_place,
    counted_bookings,
    counted_of_many,
    last_uses,
)
from services.booking.bookings.storage.requests import (
    MOST_TURNOVER,
    complete,
    count_competing,
    hold_places,
    insert_request,
    lock_bookings,
    rivals,
)
from services.booking.bookings.storage.spans import blocked_spans, booked_spans

__all__ = [
    "MOST_COUNTED",
    "MOST_TURNOVER",
    "Counted",
    "blocked_spans",
    "booked_spans",
    "bookings_of_place",
    "claim_new",
    "complete",
    "count_competing",
    "counted_bookings",
    "counted_of_many",
    "find_booking",
    "get_calendar_bookings",
    "hold_places",
    "insert_request",
    "last_uses",
    "list_bookings",
    "lock_bookings",
    "move_claims",
    "rivals",
    "search_bookings",
]
