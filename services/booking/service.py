"""The booking service: the verbs of its features, and its subscription to the directory."""

from chassis.messaging.received import Received
from chassis.messaging.subscribe import subscribe
from chassis.rpc.call import Call
from chassis.service import Service
from services.booking.availability import use_cases as availability
from services.booking.bookings.use_cases import book_space, change_booking, find_bookings
from services.booking.calendar.messages import CommunityRead
from services.booking.calendar.storage import keep_community
from services.booking.interface import BOOKING
from services.booking.spaces import use_cases as spaces


class BookingService(Service):
    name = "booking"
    interface = BOOKING
    use_cases = (spaces, availability, book_space, change_booking, find_bookings)

    # The name of the handler is in the name of its queue, so it stays. The copy has a version, so order does not matter.
    @subscribe("gateway", "community.changed.v1", reader=CommunityRead)
    def keep_community(self, call: Call, message: Received) -> None:
        keep_community(call.session, **message.data)
