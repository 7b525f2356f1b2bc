"""Locks of doors for admins; the codes of bookings for residents and the desk."""

from gateway.api.access import SIGNED_IN, staff
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from gateway.operations import door_codes
from services.booking.interface.locks import (
    ADD_LOCK,
    CHANGE_LOCK,
    GET_DOOR_CODE,
    GET_LOCK,
    GET_LOCK_BRIDGES,
    LIST_DOOR_CODES,
    LIST_LOCKS,
    REVEAL_DOOR_CODES,
)

locks = Resource("door-locks", "门锁 · Locks and door codes")
_ADMIN = staff("admin")
_LOCK = "/door-locks/<uuid:lock_id>"

locks.expose(LIST_LOCKS, "GET /door-locks", who=_ADMIN, links=links("lock_id", "getLock", "changeLock", value=FIRST_ITEM))
locks.expose(ADD_LOCK, "POST /door-locks", who=_ADMIN, created="/door-locks", links=links("lock_id", "getLock", "changeLock"))
locks.expose(GET_LOCK, f"GET {_LOCK}", who=_ADMIN)
locks.expose(CHANGE_LOCK, f"PATCH {_LOCK}", who=_ADMIN)
locks.expose(GET_LOCK_BRIDGES, "GET /lock-bridges", who=_ADMIN)
locks.expose(GET_DOOR_CODE, "GET /bookings/<uuid:booking_id>/door-code", who=SIGNED_IN, send=door_codes.read)
locks.expose(LIST_DOOR_CODES, "GET /door-codes", who=staff("clerk", "supervisor", "grid_worker", "organiser"))
locks.expose(REVEAL_DOOR_CODES, "GET /door-codes/revealed", who=staff("clerk", "grid_worker"), send=door_codes.reveal)
