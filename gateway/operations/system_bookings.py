"""Bookings that another system makes, moves and cancels for a resident.

booking does not know in which community a resident lives, so the gateway looks it up and says it with the call. Requests of
people pass unchanged.
"""

from collections.abc import Mapping
from typing import Any, Final

from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import REQUIRED
from gateway.accounts import subjects
from gateway.calls import calls, client
from gateway.http import current
from services.booking.interface.bookings import BOOK_SPACE, CANCEL_BOOKING, RESCHEDULE_BOOKING

RIGHT: Final = "bookings:write"
Json = dict[str, Any]


def book(payload: Mapping[str, Any]) -> Json:
    """Raises InvalidField if a system names no resident within its reach, and the refusals of booking."""
    if current.identity().party != "system":
        return calls.send(BOOK_SPACE, payload)
    resident_id = payload.get("resident_id")
    if resident_id is None:
        raise InvalidField(REQUIRED, "resident_id")
    community_id = subjects.community_of_resident(current.accounts(), resident_id, right=RIGHT)
    return calls.send(BOOK_SPACE, {**payload, "resident_community_id": community_id})


def move(payload: Mapping[str, Any]) -> Json:
    """Raises NotFound if a system names a booking whose resident is not within its reach, and the refusals of booking."""
    if current.identity().party != "system":
        return calls.send(RESCHEDULE_BOOKING, payload)
    return calls.send(RESCHEDULE_BOOKING, {**payload, "resident_community_id": _community_of(payload["booking_id"])})


def cancel(payload: Mapping[str, Any]) -> Json:
    """As `move`."""
    if current.identity().party == "system":
        _community_of(payload["booking_id"])
    return calls.send(CANCEL_BOOKING, payload)


def _community_of(booking_id: str) -> str:
    """The community of the resident of a booking that the system may see. If the resident moves to another community before the
    change arrives in booking, the rules of the moment before apply."""
    booking = client.booking.get_booking(booking_id=booking_id)
    try:
        return subjects.community_of_resident(current.accounts(), booking["resident_id"], right=RIGHT)
    except InvalidField:
        raise NotFound(booking_id=booking_id) from None
