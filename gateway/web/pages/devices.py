"""The devices on which the reader is signed in."""

from uuid import UUID

from flask import Response, flash, render_template
from flask_babel import gettext

from gateway.operations import own_account
from gateway.web.blueprint import pages
from gateway.web.guards import redirect_to, signed_in


@pages.get("/mine/devices")
@signed_in
def devices() -> str:
    return render_template("devices.html", devices=own_account.signed_in_devices())


@pages.post("/mine/devices/<uuid:session_id>/sign-out")
@signed_in
def sign_out_device(session_id: UUID) -> Response:
    own_account.sign_out_device(session_id)
    flash(gettext("已在那台设备上退出登录。"), "good")
    return redirect_to("pages.devices")


@pages.post("/mine/devices/sign-out-others")
@signed_in
def sign_out_others() -> Response:
    own_account.sign_out_others()
    flash(gettext("其他设备都已退出登录。"), "good")
    return redirect_to("pages.devices")
