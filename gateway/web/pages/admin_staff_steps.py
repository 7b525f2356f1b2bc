"""Steps with a member of staff: invite, reset factors, link, hand over cases, switch on and off."""

from uuid import UUID

from flask import Response, flash, render_template, request
from flask_babel import gettext

from chassis.rpc.refusal import Refusal
from gateway.http import current
from gateway.operations import factors, handing_over, oidc, staff
from gateway.web.admin.staff_forms import SHOWN_IN_FORM
from gateway.web.blueprint import pages
from gateway.web.forms import text_of, version_sent
from gateway.web.guards import for_roles, redirect_to


@pages.post("/admin/staff/<uuid:account_id>/invite")
@for_roles("admin")
def admin_invite_staff(account_id: UUID) -> str | Response:
    person = staff.get(account_id)
    try:
        invitation = staff.invite(account_id)
    except Refusal as refusal:
        return _flashed(account_id, refusal)
    return render_template("admin_invited.html", person=person, invitation=invitation)


@pages.post("/admin/staff/<uuid:account_id>/reset-factors")
@for_roles("admin")
def admin_reset_factors(account_id: UUID) -> Response:
    """Removes the second factors of somebody who lost them."""
    reason = request.form.get("reason", "").strip()[:200]
    if not reason:
        flash(gettext("请填写原因。"), "bad")
        return redirect_to("pages.admin_staff_member", account_id=account_id)
    try:
        factors.reset(account_id, reason)
    except Refusal as refusal:
        return _flashed(account_id, refusal)
    flash(gettext("已清除二次验证，对方已退出登录。"), "good")
    return redirect_to("pages.admin_staff_member", account_id=account_id)


@pages.post("/admin/staff/<uuid:account_id>/subject")
@for_roles("admin")
def admin_link_staff(account_id: UUID) -> Response:
    """Links the person with an account of the OpenID provider, or with none."""
    try:
        oidc.link(account_id, request.form.get("subject", "").strip()[:255] or None)
    except Refusal as refusal:
        return _flashed(account_id, refusal)
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_staff_member", account_id=account_id)


@pages.post("/admin/staff/<uuid:account_id>/hand-over")
@for_roles("admin")
def admin_hand_over(account_id: UUID) -> Response:
    """Hands the open cases over to the chosen person."""
    try:
        handed = handing_over.hand_over(account_id, request.form.get("new_handler_id", ""))
    except Refusal as refusal:
        return _flashed(account_id, refusal)
    if handed.done:
        flash(gettext("已转办 %(n)s 件事项。", n=handed.done), "good")
    if handed.left:
        flash(gettext("还有 %(n)s 件没有转办：对方不在该社区工作，或事项刚被别人改动。", n=handed.left), "bad")
    return redirect_to("pages.admin_staff_member", account_id=account_id)


@pages.post("/admin/staff/<uuid:account_id>/<any(on, off):switch>")
@for_roles("admin")
def admin_switch_staff(account_id: UUID, switch: str) -> Response:
    try:
        staff.change(account_id, expected_version=version_sent(), disabled=switch == "off")
    except Refusal as refusal:
        return _flashed(account_id, refusal)
    flash(gettext("已停用，对方已退出登录。") if switch == "off" else gettext("已启用。"), "good")
    return redirect_to("pages.admin_staff_member", account_id=account_id)


def _flashed(account_id: UUID, refusal: Refusal) -> Response:
    """Back to the person, with the sentence of the refusal. Raises refusals about something else."""
    if refusal.kind != "invalid" and not isinstance(refusal, SHOWN_IN_FORM):
        raise refusal
    errors = refusal.details_for(current.language()).get("errors", ())
    flash(" ".join(error["message"] for error in errors) or text_of(refusal), "bad")
    return redirect_to("pages.admin_staff_member", account_id=account_id)
