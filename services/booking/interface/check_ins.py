"""Check-in at the desk, no-shows, and taking a no-show back."""

from chassis.rpc.interface import Command, Expecting, Id
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.bookings import Booking
from services.booking.interface.refusals import NotCheckInTime, NotMissable, NotUndoable, SpaceTaken


class OneBooking(Expecting):
    booking_id = Id(required=True)


CHECK_IN = Command(
    "booking.check_in",
    "Say that the people of a booking are there",
    takes=OneBooking(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, NotCheckInTime),
    description="From 15 minutes before the start until the end. A second time changes nothing.",
)
MARK_NO_SHOW = Command(
    "booking.mark_no_show",
    "Say that nobody came",
    takes=OneBooking(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, NotMissable),
    description="The rest of the time is free, and the resident is told. Spaces with `check_in_grace_minutes` do this by "
    "themselves.",
)
UNDO_NO_SHOW = Command(
    "booking.undo_no_show",
    "Take a no-show back: somebody was there",
    takes=OneBooking(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, NotUndoable, SpaceTaken),
    description="The booking has its whole time again, unless somebody else has it by now.",
)
