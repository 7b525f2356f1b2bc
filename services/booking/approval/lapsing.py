"""Requests lapse that nobody answers in time."""

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.booking.approval import storage
from services.booking.bookings.messages import request_lapsed
from services.booking.equipment.taking import lock_kept

BATCH = 100


def lapse_unanswered(call: Call) -> bool:
    """Let one batch of requests lapse, and announce each, so that the resident is told. Returns whether there may be more.
    Several processes may run it at once."""
    found = storage.lock_lapsed(call.session, call.now, limit=BATCH)
    lock_kept(call.session, *found)
    for booking in found:
        booking.lapse()
        outbox.add(call.session, request_lapsed(booking, call.now))
    return len(found) == BATCH
