"""Why somebody was refused, and what stands in the way of a booking. Residents see their own, staff those of their centres."""

from gateway.api.access import MAYBE_SIGNED_IN, SIGNED_IN
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from services.booking.interface.explanations import EXPLAIN_TIME, GET_REFUSED_ATTEMPT, LIST_REFUSED_ATTEMPTS

explanations = Resource("explanations", "为什么 · Why a booking is not possible, or was refused")
_NAMES = {"resident_id": "resident_name"}

explanations.expose(EXPLAIN_TIME, "GET /spaces/<uuid:space_id>/explanation", who=MAYBE_SIGNED_IN)
explanations.expose(
    LIST_REFUSED_ATTEMPTS,
    "GET /refused-attempts",
    who=SIGNED_IN,
    names=_NAMES,
    links=links("attempt_id", "getRefusedAttempt", value=FIRST_ITEM),
)
explanations.expose(GET_REFUSED_ATTEMPT, "GET /refused-attempts/<uuid:attempt_id>", who=SIGNED_IN, names=_NAMES)
