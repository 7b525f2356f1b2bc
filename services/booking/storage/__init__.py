"""Selects and locks."""

from services.booking.storage.bookings import (
    bookings,
    find_booking,
    find_space,
    insert_booking,
    release_claims,
    replace_claims,
    spaces,
)
from services.booking.storage.claims import blocked_spans, booked_spans
from services.booking.storage.remembered_timetables import learn_timetable, remembered_timetable
from services.booking.storage.timetables import end_of_request, load_alike_timetables, load_centre_timetables, load_timetable

__all__ = [
    "blocked_spans",
    "booked_spans",
    "bookings",
    "end_of_request",
    "find_booking",
    "find_space",
    "insert_booking",
    "learn_timetable",
    "load_alike_timetables",
    "load_centre_timetables",
    "load_timetable",
    "release_claims",
    "remembered_timetable",
    "replace_claims",
    "spaces",
]
