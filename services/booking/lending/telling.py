"""Tells residents what became of their equipment, whatever took it from their booking or gave it back: a unit that broke, a
pool that has fewer things, or a path that moved the booking. Who tells it in the same transaction notes that (`note_told`)."""

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.booking.bookings import storage as bookings
from services.booking.bookings.messages import about_equipment, booking_message
from services.booking.equipment import storage as equipment
from services.booking.lending import storage

BATCH = 50  # bookings in a transaction


def tell_next(call: Call) -> bool:
    """Announce the changes of some bookings, and note that they were told. Nobody is told of a booking that has started or
    ended. Returns whether there may be more. Two replicas lock the bookings in one order; the second finds nothing to tell."""
    untold = storage.next_untold(call.session, BATCH)
    if not untold:
        return False
    locked = bookings.lock_bookings(call.session, untold)
    still = set(storage.next_untold(call.session, BATCH * 2))
    for booking in locked:
        if booking.id not in still:
            continue
        if booking.state == "confirmed" and booking.starts_at > call.now:
            booking.changed()
            about = about_equipment(booking)
            outbox.add(
                call.session,
                booking_message("booking.equipment_changed.v1", booking, call.now, changed_by="shortage", **about),
            )
        equipment.note_told(call.session, booking.id)
    call.session.flush()
    return len(untold) == BATCH
