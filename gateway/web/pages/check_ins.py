"""Check-in at the desk: by a button, or by the code that a scanner types; no-shows by hand, and taking one back.

Opening the address of a code changes nothing, because programs that look for viruses open links, too.
"""

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import check_in_codes
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, required_text, strip_spaces, text_of, version_sent
from gateway.web.guards import for_roles, local_target, see_other, signed_in
from gateway.web.kept_forms import shown_again
from gateway.web.service_calls import Json

HELPERS = ("clerk", "grid_worker")
_SHOWN = {"invalid", "not_found", "conflict"}
_STEPS = {
    "check_in": (client.booking.check_in, _l("已签到。")),
    "no_show": (client.booking.mark_no_show, _l("已记为未到场，剩下的时间可以给别人用了。")),
    "undo": (client.booking.undo_no_show, _l("已撤销未到场记录，居民会收到通知。")),
}


class ScanForm(PageForm):
    scanned = StringField(_l("签到码"), required_text(_l("请扫描或输入签到码。"), 300), filters=[strip_spaces])


@pages.get("/desk/check-in")
@for_roles(*HELPERS)
def desk_check_in() -> str:
    return _scan_page(ScanForm(scanned=request.args.get("code")))


@pages.post("/desk/check-in")
@for_roles(*HELPERS)
@shown_again
def check_in_scanned() -> tuple[str, int]:
    """Checks in and shows the page again, ready for the next person."""
    form = ScanForm(request.form)
    if not form.is_valid():
        return _scan_page(form), 422
    try:
        booking = check_in_codes.check_in(form.scanned.data)
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        form.form_errors.append(
            gettext("没有找到这个预约，可能是其他社区的。") if refusal.kind == "not_found" else text_of(refusal)
        )
        return _scan_page(form), STATUS_OF_KIND[refusal.kind]
    return _scan_page(ScanForm(), booking), 200


@pages.get("/q/<code>")
@signed_in
def scanned_code(code: str) -> Response:
    """What the QR code of a booking opens: for staff the page that checks in, for residents their booking."""
    if current.identity().has_role(*HELPERS):
        return see_other(url_for("pages.desk_check_in", code=code))
    return see_other(url_for("pages.booking", booking_id=check_in_codes.booking_of(code)))


@pages.post(f"/bookings/<uuid:booking_id>/presence/<any({','.join(_STEPS)}):step>")
@for_roles(*HELPERS)
def take_presence_step(booking_id: str, step: str) -> Response:
    """Afterwards the reader is back on the page with the button."""
    verb, said = _STEPS[step]
    try:
        verb(booking_id=booking_id, expected_version=version_sent())
        flash(str(said), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind not in {"conflict", "precondition"}:
            raise
        flash(text_of(refusal), "bad")
    return see_other(local_target(request.form.get("next"), url_for("pages.booking", booking_id=booking_id)))


def _scan_page(form: ScanForm, done: Json | None = None) -> str:
    return render_template("desk_check_in.html", form=form, done=done)
