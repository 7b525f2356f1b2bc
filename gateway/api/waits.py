"""Waiting for times that are taken. Residents see their own, staff at the desk those of their communities."""

from gateway.api.access import SIGNED_IN
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from services.booking.interface.waits import (
    ACCEPT_OFFER,
    ASK_FOR_EARLIER,
    CANCEL_WAIT,
    DECLINE_OFFER,
    GET_WAIT,
    LIST_WAITS,
    WAIT_FOR_SPACE,
)

waits = Resource("waits", "候补 · Waiting for times that are taken")
_NAMES = {"resident_id": "resident_name"}
_ONE = "/waits/<uuid:wait_id>"
_NEXT = ("getWait", "cancelWait")

waits.expose(LIST_WAITS, "GET /waits", who=SIGNED_IN, names=_NAMES, links=links("wait_id", *_NEXT, value=FIRST_ITEM))
waits.expose(WAIT_FOR_SPACE, "POST /waits", who=SIGNED_IN, created="/waits", links=links("wait_id", *_NEXT))
waits.expose(
    ASK_FOR_EARLIER,
    "POST /bookings/<uuid:booking_id>/earlier",
    who=SIGNED_IN,
    created="/waits",
    links=links("wait_id", *_NEXT),
)
waits.expose(GET_WAIT, f"GET {_ONE}", who=SIGNED_IN, names=_NAMES)
waits.expose(CANCEL_WAIT, f"POST {_ONE}/cancel", who=SIGNED_IN)
waits.expose(ACCEPT_OFFER, f"POST {_ONE}/accept", who=SIGNED_IN)
waits.expose(DECLINE_OFFER, f"POST {_ONE}/decline", who=SIGNED_IN)
