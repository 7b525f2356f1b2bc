"""What one can do with spaces and bookings: a plain function per verb. None of them commits."""

from services.booking.use_cases.book_space import book_space
from services.booking.use_cases.change_booking import cancel_booking, reschedule_booking
from services.booking.use_cases.find_bookings import get_booking, list_bookings
from services.booking.use_cases.find_spaces import get_space, list_spaces
from services.booking.use_cases.tell_availability import get_availability, get_centre_availability

__all__ = [
    "book_space",
    "cancel_booking",
    "get_availability",
    "get_booking",
    "get_centre_availability",
    "get_space",
    "list_bookings",
    "list_spaces",
    "reschedule_booking",
]
