"""Staff move a booking beyond the rules that residents keep, with a reason: any day, start and length on the grid."""

from datetime import timedelta

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import current
from gateway.web import times
from gateway.web.blueprint import pages
from gateway.web.desk_times import DeskTimes
from gateway.web.forms import optional_text, options, required, strip_spaces, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import localized
from gateway.web.service_calls import Block, Json, block
from services.booking.interface.booking_words import STAFF_REASONS

PROXIES = ("clerk", "grid_worker")
FIELDS = {"starts_at": "start", "ends_at": "length"}


class BeyondMoveForm(DeskTimes):
    space_id = SelectField(_l("场地"), validate_choice=False, validators=required(_l("请选择场地。")))
    beyond_reason = StringField(
        _l("超出规定的理由"), [*required(_l("请写明超出规定的理由。")), *optional_text(200)], filters=[strip_spaces]
    )


@pages.get("/bookings/<uuid:booking_id>/move/beyond")
@for_roles(*PROXIES)
def move_beyond(booking_id: str) -> str:
    found = client.booking.get_booking(booking_id=booking_id)
    start, end = times.local(found["starts_at"]), times.local(found["ends_at"])
    length = int((end - start) / timedelta(minutes=1))
    values = {"day": start.date(), "start": f"{start:%H:%M}", "length": length, "space_id": found["space_id"]}
    if request.args.get("space_id"):
        values["space_id"] = request.args["space_id"]
    return _page(found, BeyondMoveForm(**values))


@pages.post("/bookings/<uuid:booking_id>/move/beyond")
@for_roles(*PROXIES)
@shown_again
def send_move_beyond(booking_id: str) -> tuple[str, int] | Response:
    form = BeyondMoveForm(request.form)
    alternatives: list[Json] = []
    if form.is_valid() and (starts_at := form.starts_at()):
        chosen = request.form.get("staff_reason")
        try:
            client.booking.reschedule_booking(
                booking_id=booking_id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=form.length.data),
                space_id=form.space_id.data,
                staff_reason=chosen if chosen in STAFF_REASONS else None,
                beyond_reason=form.beyond_reason.data,
                expected_version=version_sent(),
            )
            flash(gettext("已改期。"), "good")
            return redirect_to("pages.booking", booking_id=booking_id)
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict", "precondition"}:
                raise
            alternatives = refused.details.get("alternatives") or []
            form.add_refusal(refused, FIELDS)
    found = client.booking.get_booking(booking_id=booking_id)
    return _page(found, form, alternatives), 409 if alternatives else 422


def _page(booking: Json, form: BeyondMoveForm, alternatives: list[Json] | None = None) -> str:
    known: Block = block(whole, client.public.booking.list_spaces)
    own = client.booking.get_space(space_id=booking["space_id"])
    others = [one for one in known if one["community_id"] == own["community_id"] and one["id"] != own["id"]]
    spaces = [own, *(one for one in others if one["capacity"] >= booking["attendees"])]
    chosen = next((one for one in spaces if one["id"] == form.space_id.data), own)
    form.space_id.choices = options((one["id"], localized(one["name"])) for one in spaces)
    form.set_times(chosen, form.day.data if form.day.data and not form.day.errors else times.today())
    _keep(form, booking)
    return render_template(
        "move_beyond.html",
        booking=booking,
        space=chosen,
        form=form,
        alternatives=alternatives or [],
        for_resident=not current.identity().speaks_for(booking["resident_id"]),
    )


def _keep(form: BeyondMoveForm, booking: Json) -> None:
    """The length that the booking has stays a choice, also if staff gave it more than the form offers."""
    length = int((times.local(booking["ends_at"]) - times.local(booking["starts_at"])) / timedelta(minutes=1))
    known = [count for count, *_ in form.length.choices]
    if length not in known:
        form.length.choices = options((count, times.minutes(count)) for count in sorted([*known, length]))
