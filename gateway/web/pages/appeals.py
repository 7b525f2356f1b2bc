"""Appeals against no-shows: on the booking, and the desk's list."""

from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.http import community
from gateway.web import desk_areas, desk_community, people
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import for_roles, redirect_to, see_other, signed_in
from gateway.web.service_calls import Block, Json, block
from services.booking.interface.appeals import APPEAL_STATES, OUTCOMES

_SHOWN = {"conflict", "invalid", "precondition"}
MOST = 300  # characters, as in the interface


@pages.post("/bookings/<uuid:booking_id>/appeal")
@signed_in
def send_appeal(booking_id: str) -> Response:
    given = (request.form.get("text") or "").strip()[:MOST]
    try:
        client.booking.appeal_no_show(booking_id=booking_id, reason=request.form.get("reason", ""), text=given or None)
        flash(gettext("申诉已提交，工作人员答复后会通知您。"), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        flash(text_of(refusal), "bad")
    return redirect_to("pages.booking", booking_id=booking_id)


@pages.get("/desk/appeals")
@for_roles(*desk_areas.BOOKINGS)
def desk_appeals() -> str:
    """With the names of the residents. Showing them is logged."""
    mine = desk_community.choose()
    state = request.args.get("state") if request.args.get("state") in APPEAL_STATES else "open"
    asked: dict[str, Any] = {"state": state, "limit": 20, "cursor": request.args.get("cursor") or None}
    found: Block = block(client.booking.list_appeals, community_id=community.require_one(), **asked)
    named = people.reveal([item["resident_id"] for item in found])
    return render_template("desk_appeals.html", found=found, people=named, mine=mine, state=state)


@pages.post("/desk/appeals/<uuid:appeal_id>")
@for_roles("clerk", "grid_worker")
def answer_appeal(appeal_id: str) -> Response:
    outcome = next((one for one in OUTCOMES if one == request.form.get("outcome")), "refused")
    note = (request.form.get("note") or "").strip()[:MOST]
    try:
        client.booking.answer_appeal(appeal_id=appeal_id, outcome=outcome, note=note or None)
        flash(gettext("已谅解，居民会收到通知。") if outcome == "granted" else gettext("已答复，居民会收到通知。"), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        missing = outcome == "refused" and not note
        flash(gettext("不谅解须写明理由。") if missing else text_of(refusal), "bad")
    return see_other(url_for("pages.desk_appeals"))


def of_booking(booking: Json) -> Json | None:
    """The appeal about a booking that the reader sees. None if there is none, or while booking is away."""
    if not booking.get("appealed_at"):
        return None
    found = block(client.booking.get_appeal, booking_id=booking["id"])
    return found.answer
