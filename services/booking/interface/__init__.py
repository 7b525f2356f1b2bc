"""What booking can be asked."""

from chassis.rpc.interface import Interface
from services.booking.interface import availability, bookings, spaces

BOOKING = Interface("booking", spaces, availability, bookings)
