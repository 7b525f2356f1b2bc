"""Ask for a space that needs approval, and say no to a request."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.messaging.contracts import Message
from chassis.rpc.call import Call
from services.booking.bookings import storage
from services.booking.bookings.alternatives import offer_alternatives
from services.booking.bookings.messages import about_equipment, booking_message, declined, requested
from services.booking.bookings.models import Booking
from services.booking.equipment.taking import keep_equipment
from services.booking.interface.refusals import SpaceTaken
from services.booking.spaces.timetable import Timetable

# Alternatives cost two statements for each request, while others wait for the locks.
MOST_WITH_ALTERNATIVES = 31


def check_free(call: Call, booking: Booking, timetable: Timetable, *, alternatives: bool = True) -> None:
    """Raises SpaceTaken if somebody has the time of the request, or CalendarChanged. Other requests do not matter. Until the
    transaction ends nobody gets the time (storage.hold_places)."""
    storage.hold_places(call.session, timetable)
    around = booking.starts_at, booking.ends_at
    claims = storage.blocked_spans(call.session, [timetable], *around, call.now)[timetable.space.id]
    start, end = (int(at.timestamp()) for at in around)
    if any(first < end and start < last for first, last in timetable.space.kept_from(claims)):
        raise SpaceTaken(**({"alternatives": offer_alternatives(call, booking)} if alternatives else {}))


def store_request(call: Call, booking: Booking, timetable: Timetable, *, alternatives: bool = True) -> None:
    """Store `booking`, which was checked against `timetable`, as a request. Raises what `check_free` raises. Six statements."""
    check_free(call, booking, timetable, alternatives=alternatives)
    booking.ask(call.now)
    storage.insert_request(call.session, booking)


def place_request(
    call: Call, booking: Booking, timetable: Timetable, if_equipment_taken: str = "refuse", **about: Any
) -> Message:
    """The request has moved. It asks for its new time, or gets it at once if that space needs no approval. `about` are more
    fields of the message, which is returned. Raises SpaceTaken, EquipmentTaken, CalendarChanged."""
    if timetable.space.needs_approval:
        check_free(call, booking, timetable)
        booking.ask(call.now)
        return requested(booking, call.now, **about)
    booking.state = "confirmed"
    if not storage.move_claims(call.session, booking, timetable, call.now):
        raise SpaceTaken(alternatives=offer_alternatives(call, booking))
    keep_equipment(call, booking, if_equipment_taken)
    kept = {name: value for name, value in about.items() if name in ("told_by_series", "system_id")} | about_equipment(booking)
    return booking_message("booking.confirmed.v1", booking, call.now, **kept)


def decline_all(call: Call, asked: Sequence[Booking], reason: str) -> list[Message]:
    """Decline requests that can no longer be given, for a reason that nobody chose. The caller holds their locks. The first
    MOST_WITH_ALTERNATIVES get alternatives. Returns the messages."""
    by = UUID(call.acting.account_id) if call.acting.account_id else None
    messages = []
    for n, one in enumerate(asked):
        one.decline(by, call.now, reason)
        offered = offer_alternatives(call, one, for_resident=True) if n < MOST_WITH_ALTERNATIVES else []
        messages.append(declined(one, call.now, offered))
    return messages
