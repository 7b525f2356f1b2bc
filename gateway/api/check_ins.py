"""Check-in at the desk with the code of a booking, no-shows, and taking them back."""

from typing import Any

from chassis.rpc.interface import Answer, Request, Text, text
from chassis.rpc.refusal import NotFound
from gateway.api.access import SIGNED_IN, staff
from gateway.api.resource import Resource
from gateway.calls import client
from gateway.operations import check_in_codes
from gateway.refusals.check_ins import CodeNotOurs
from services.booking.interface.bookings import Booking
from services.booking.interface.check_ins import CHECK_IN, MARK_NO_SHOW, UNDO_NO_SHOW
from services.booking.interface.refusals import NotCheckInTime

check_ins = Resource("check-ins", "签到 · Check-in and no-shows")
_HELPERS = staff("clerk", "grid_worker")
_ONE = "/bookings/<uuid:booking_id>"
_EXAMPLE = "agmpfjdkdz6dxhktf4pix2tmahjvq7hbqzt3a4w7q5"

check_ins.expose(CHECK_IN, f"POST {_ONE}/check-in", who=_HELPERS)
check_ins.expose(MARK_NO_SHOW, f"POST {_ONE}/no-show", who=_HELPERS)
check_ins.expose(UNDO_NO_SHOW, f"POST {_ONE}/no-show/undo", who=_HELPERS)


class Scanned(Request):
    code = Text(required=True, most=300, example=_EXAMPLE, description="what was scanned: the code, or the address with it")


class CheckInCode(Answer):
    code = text(_EXAMPLE, description="signed; it stands for this booking alone")
    path = text(f"/q/{_EXAMPLE}", description="the page that its QR code opens")


@check_ins.get(
    f"{_ONE}/check-in-code",
    "Read the code of a booking for check-in",
    answer=CheckInCode(),
    needs=SIGNED_IN,
    refuses=(NotFound,),
)
def get_check_in_code(booking_id: str) -> dict[str, Any]:
    code = check_in_codes.code_of(client.booking.get_booking(booking_id=booking_id)["id"])
    return {"code": code, "path": check_in_codes.PAGE + code}


@check_ins.post(
    "/check-ins",
    "Check in the booking whose code was scanned",
    body=Scanned(),
    answer=Booking(),
    status=200,
    needs=_HELPERS,
    refuses=(NotFound, NotCheckInTime, CodeNotOurs),
)
def check_in_scanned(body: dict[str, Any]) -> dict[str, Any]:
    return check_in_codes.check_in(body["code"])
