"""The booking service: the verbs of its features."""

from chassis.service import Service
from services.booking.availability import use_cases as availability
from services.booking.bookings.use_cases import book_space, change_booking, find_bookings
from services.booking.interface import BOOKING
from services.booking.spaces import use_cases as spaces


class BookingService(Service):
    name = "booking"
    interface = BOOKING
    use_cases = (spaces, availability, book_space, change_booking, find_bookings)
