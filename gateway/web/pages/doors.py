"""The display beside the door of a space, and what its QR code opens: check-in, and taking the space on the spot.

The address of a display cannot be guessed. Opening the address of a code changes nothing, because virus scanners open
links, too.
"""

from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.http import community, limits
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import families
from gateway.web import qr, times
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, options, positive_number, text_of
from gateway.web.guards import redirect_to, signed_in
from gateway.web.kept_forms import shown_again
from gateway.web.service_calls import Json

MOST_LATER = 6  # times that a display shows; more would be too small to read
_SHOWN = {"conflict", "invalid", "gone"}


class OnTheSpotForm(PageForm):
    """Until when, and how many people. `ends_at` is RFC 3339 text."""

    ends_at = SelectField(_l("用到几点"), validate_choice=False)
    attendees = IntegerField(_l("人数"), [validators.Optional(), positive_number(_l("人数请填 1 以上的整数。"))])

    def set_ends(self, free_ends: list[Any]) -> None:
        self.ends_at.choices = options((times.local(end).isoformat(), times.clock_time(end)) for end in reversed(free_ends))


@pages.get("/door/<door_key>")
def door(door_key: str) -> Response:
    """The display for a tablet. Its script loads the same address again from time to time and takes the part `door-live`."""
    limits.spend(limits.DOOR_LOOKS)
    found = client.booking.get_door(door_key=door_key)
    community.show_of(found["community_id"])
    address = url_for("pages.at_door", door_code=found["code"], _external=True) if found["code"] else None
    drawn = qr.svg(address, gettext("签到二维码")) if address else None
    later = [one for one in found["times"] if times.local(one["starts_at"]) > times.local(found["as_of"])][:MOST_LATER]
    response = make_response(render_template("door.html", door=found, later=later, drawn=drawn))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@pages.get("/d/<door_code>")
@signed_in
def at_door(door_code: str) -> tuple[str, int]:
    return _page(door_code, OnTheSpotForm())


@pages.post("/d/<door_code>")
@signed_in
def check_in_at_door(door_code: str) -> Response:
    try:
        client.booking.check_in_at_door(door_code=door_code)
        flash(gettext("已签到。"), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        flash(text_of(refusal), "bad")
    return redirect_to("pages.at_door", door_code=door_code)


@pages.post("/d/<door_code>/walk-in")
@signed_in
@shown_again
def walk_in_at_door(door_code: str) -> tuple[str, int] | Response:
    form = OnTheSpotForm(request.form)
    if form.is_valid():
        try:
            made = client.booking.walk_in(
                space_id=request.form.get("space_id", ""),
                door_code=door_code,
                ends_at=form.ends_at.data or None,
                attendees=form.attendees.data,
            )
            until = times.clock_time(made["ends_at"])
            flash(gettext("可以进去了，用到 %(time)s。已为您签到。", time=until), "good")
            return redirect_to("pages.booking", booking_id=made["id"])
        except Refused as refused:
            if refused.kind not in _SHOWN:
                raise
            form.add_refusal(refused)
    shown, status = _page(door_code, form)
    return shown, status if status != 200 else 422


def _page(door_code: str, form: OnTheSpotForm) -> tuple[str, int]:
    """What the reader can do at the door. A code that does not hold gets the sentence that says why."""
    try:
        found: Json = client.booking.get_at_door(door_code=door_code)
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        return render_template("at_door.html", found=None, why=text_of(refusal)), STATUS_OF_KIND[refusal.kind]
    community.show_of(found["door"]["community_id"])
    form.set_ends(found["door"]["free_ends"])
    children = families.names_of_children()
    return render_template("at_door.html", found=found, form=form, door_code=door_code, children=children), 200
