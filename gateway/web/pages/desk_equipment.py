"""Equipment at the desk: what is needed on a day, handing out by a tap or by the label of a unit, and taking back."""

from datetime import timedelta

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, StringField, TextAreaField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.http import current
from gateway.web import desk_areas, desk_community, people, times
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, optional_text, strip_spaces, text_of
from gateway.web.guards import for_roles, local_target, see_other
from gateway.web.service_calls import block

HELPERS = ("clerk", "grid_worker")
_SHOWN = {"invalid", "not_found", "conflict"}


class HandOutForm(PageForm):
    """`label` is what is on the unit, typed or scanned; without it a reserved one is handed out."""

    label = StringField(_l("编号"), optional_text(40), filters=[strip_spaces])
    quantity = IntegerField(_l("数量"), [validators.Optional(), validators.NumberRange(1, 10_000)])


class ReturnForm(PageForm):
    missing = IntegerField(_l("少了几件"), [validators.Optional(), validators.NumberRange(0, 10_000)])
    damage_note = TextAreaField(_l("损坏情况"), optional_text(500), filters=[strip_spaces])
    to_repair = BooleanField(_l("送修，先不借出"))


@pages.get("/desk/equipment")
@for_roles(*desk_areas.BOOKINGS)
def desk_equipment() -> str:
    mine = desk_community.choose()
    day = times.parse_day(request.args.get("date"), times.today())
    start, end = times.midnight(day), times.midnight(day + timedelta(days=1))
    found = block(client.booking.get_lending, community_id=current.community_id(), start=start, end=end)
    named = people.reveal(sorted({one["resident_id"] for one in found}))
    return render_template("desk_equipment.html", found=found, day=day, people=named, mine=mine, step=timedelta(days=1))


@pages.post("/bookings/<uuid:booking_id>/equipment/<uuid:kind_id>/hand-out")
@for_roles(*HELPERS)
def hand_out_equipment(booking_id: str, kind_id: str) -> Response:
    form = HandOutForm(request.form)
    if not form.is_valid():
        flash(" ".join(str(error) for errors in form.errors.values() for error in errors), "bad")
        return _back()
    try:
        lent = client.booking.hand_out_equipment(
            booking_id=booking_id, kind_id=kind_id, label=form.label.data or None, quantity=form.quantity.data
        )
        flash(gettext("已借出：%(what)s。", what=lent["label"] or lent["quantity"]), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        flash(gettext("本社区没有这个编号。") if refusal.kind == "not_found" else text_of(refusal), "bad")
    return _back()


@pages.post("/equipment-loans/<uuid:loan_id>/return")
@for_roles(*HELPERS)
def take_back_equipment(loan_id: str) -> Response:
    form = ReturnForm(request.form)
    if not form.is_valid():
        flash(" ".join(str(error) for errors in form.errors.values() for error in errors), "bad")
        return _back()
    try:
        client.booking.take_back_equipment(
            loan_id=loan_id,
            missing=form.missing.data or 0,
            damage_note=form.damage_note.data or None,
            to_repair=form.to_repair.data,
        )
        flash(gettext("已归还。"), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        flash(text_of(refusal), "bad")
    return _back()


def _back() -> Response:
    return see_other(local_target(request.form.get("next"), url_for("pages.desk_equipment")))
