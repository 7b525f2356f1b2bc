"""Doors of spaces: the display, check-in with its code, and bookings of people who walk in."""

from gateway.api.access import SIGNED_IN, staff
from gateway.api.documentation import links
from gateway.api.resource import Resource
from gateway.http import limits
from services.booking.interface.doors import (
    CHECK_IN_AT_DOOR,
    CLOSE_DOOR,
    GET_AT_DOOR,
    GET_DOOR,
    GET_DOOR_KEYS,
    GET_WALK_IN_TIMES,
    RENEW_DOOR,
    WALK_IN,
)

doors = Resource("doors", "门口 · Displays beside doors, check-in there, and walk-ins")
_ADMIN = staff("admin")
_KEYS = "/managed-spaces/<uuid:space_id>/door"

doors.expose(GET_DOOR, "GET /doors/<door_key>", spends=limits.DOOR_LOOKS, refuses=(422,))
doors.expose(GET_AT_DOOR, "GET /at-door/<door_code>", who=SIGNED_IN, refuses=(422,))
doors.expose(CHECK_IN_AT_DOOR, "POST /at-door/<door_code>/check-in", who=SIGNED_IN)
doors.expose(GET_WALK_IN_TIMES, "GET /spaces/<uuid:space_id>/walk-in")
doors.expose(
    WALK_IN, "POST /walk-ins", who=SIGNED_IN, created="/bookings", links=links("booking_id", "getBooking", "endBooking")
)
doors.expose(GET_DOOR_KEYS, f"GET {_KEYS}", who=_ADMIN)
doors.expose(RENEW_DOOR, f"POST {_KEYS}/renew", who=_ADMIN)
doors.expose(CLOSE_DOOR, f"POST {_KEYS}/close", who=_ADMIN)
