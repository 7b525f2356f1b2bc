"""The verbs of `booking`."""

from chassis.rpc.interface import Interface
from services.booking.interface import availability, bookings, spaces

BOOKING = Interface("booking", spaces, availability, bookings)
