"""Spaces of the centre and their free times. Public."""

from gateway.api.access import MAYBE_SIGNED_IN
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from services.booking.interface.availability import GET_AVAILABILITY, GET_CENTRE_AVAILABILITY, LIST_CLOSED_TIMES
from services.booking.interface.bookings import CHECK_TIME
from services.booking.interface.claims import LIST_CLAIMED_TIMES
from services.booking.interface.finding import FIND_FREE_SPACES
from services.booking.interface.kept_times import LIST_KEPT_TIMES
from services.booking.interface.limits import GET_SPACE_LIMITS
from services.booking.interface.spaces import GET_SPACE, LIST_SPACES

spaces = Resource("spaces", "场地 · Rooms, courts and counters, and their free times")

_NEXT = links("space_id", "getSpace", "listSpacePhotos", "getAvailability", "getWalkInTimes", value=FIRST_ITEM)
spaces.expose(LIST_SPACES, "GET /spaces", cached=True, of_community=True, links=_NEXT)
spaces.expose(GET_SPACE, "GET /spaces/<uuid:space_id>", cached=True, links=links("space_id", "getAvailability"))
# Not cached, because residents look here right after booking.
spaces.expose(GET_AVAILABILITY, "GET /spaces/<uuid:space_id>/availability", who=MAYBE_SIGNED_IN)
spaces.expose(CHECK_TIME, "GET /spaces/<uuid:space_id>/check")
spaces.expose(GET_SPACE_LIMITS, "GET /spaces/<uuid:space_id>/limits", who=MAYBE_SIGNED_IN)
# Not cached, for the same reason.
spaces.expose(FIND_FREE_SPACES, "GET /spaces/free", who=MAYBE_SIGNED_IN, of_community=True)
spaces.expose(GET_CENTRE_AVAILABILITY, "GET /availability", cached=True, of_community=True)
spaces.expose(LIST_CLOSED_TIMES, "GET /closed-times", cached=True, of_community=True)
# Not cached, because `is_open` changes with the time alone.
spaces.expose(LIST_KEPT_TIMES, "GET /kept-times", of_community=True)
spaces.expose(LIST_CLAIMED_TIMES, "GET /claimed-times", of_community=True)
