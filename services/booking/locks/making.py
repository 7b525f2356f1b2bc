"""The job that makes the codes of bookings: one for each booking in a space behind a lock, from two days before.

It compares bookings with codes, and follows no messages. So whatever changes a booking (a cancellation, a closure, an undone
no-show, an admin who gives a space another lock), the next round is right, and nothing is added to the booking of a space."""

from datetime import datetime, timedelta

from chassis.observability import telemetry
from chassis.rpc.call import Call
from services.booking.bookings.models import Booking
from services.booking.locks import storage
from services.booking.locks.models import new_code

log = telemetry.get_logger(__name__)
BATCH = 50  # bookings in a transaction


def make_due(call: Call) -> bool:
    """Make or change the codes that are due at `call.now`. A booking that moves within its space keeps its code. Returns
    whether there may be more."""
    due = storage.lock_bookings_without_code(call.session, call.now, BATCH)
    for booking, known in due:
        code = (known.code if known is not None and known.space_id == booking.space_id else None) or new_code()
        while not storage.replace_code(call.session, booking, code, valid_time(booking), call.now):
            code = new_code()
    return len(due) == BATCH


def replace_unreadable(call: Call) -> None:
    """Take away the codes that no configured key can decrypt, so that the next round makes new ones. Nobody can be shown them,
    and a lock whose set has one of them is told nothing."""
    for known in storage.codes_not_over(call.session, call.now):
        if known.code is None:
            log.error("door code unreadable", booking_id=str(known.booking_id))
            call.session.delete(known)


def valid_time(booking: Booking) -> tuple[datetime, datetime]:
    """From when until when the code of a booking is valid. Its space must be loaded."""
    before, after = booking.space.code_minutes_before, booking.space.code_minutes_after
    return booking.starts_at - timedelta(minutes=before), booking.ends_at + timedelta(minutes=after)
