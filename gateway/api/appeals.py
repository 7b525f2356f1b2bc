"""Appeals against no-shows. Residents make them, the desk answers."""

from gateway.api.access import SIGNED_IN, staff
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from services.booking.interface.appeals import ANSWER_APPEAL, APPEAL_NO_SHOW, GET_APPEAL, LIST_APPEALS

appeals = Resource("appeals", "申诉 · Appeals against no-shows")
_DESK, _HELPERS = staff("clerk", "supervisor", "grid_worker", "organiser"), staff("clerk", "grid_worker")
_NAMES = {"resident_id": "resident_name"}
_OF_BOOKING = "/bookings/<uuid:booking_id>/appeal"

appeals.expose(APPEAL_NO_SHOW, f"POST {_OF_BOOKING}", who=SIGNED_IN, status=201, links=links("appeal_id", "answerAppeal"))
appeals.expose(GET_APPEAL, f"GET {_OF_BOOKING}", who=SIGNED_IN, names=_NAMES)
appeals.expose(
    LIST_APPEALS, "GET /appeals", who=_DESK, names=_NAMES, links=links("appeal_id", "answerAppeal", value=FIRST_ITEM)
)
appeals.expose(ANSWER_APPEAL, "POST /appeals/<uuid:appeal_id>/answer", who=_HELPERS)
