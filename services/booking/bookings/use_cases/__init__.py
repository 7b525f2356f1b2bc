"""See, make, move and cancel bookings: one function per verb. None of them commits."""

from services.booking.bookings.use_cases.book_space import book_space
from services.booking.bookings.use_cases.change_booking import cancel_booking, reschedule_booking
from services.booking.bookings.use_cases.find_bookings import get_booking, list_bookings

__all__ = ["book_space", "cancel_booking", "get_booking", "list_bookings", "reschedule_booking"]
