"""The devices on which the reader is signed in, and the ways in which residents sign in."""

from uuid import UUID

from flask import Response, flash, render_template
from flask_babel import gettext

from gateway.http import current
from gateway.operations import own_account, wechat
from gateway.web import proof_forms
from gateway.web.blueprint import pages
from gateway.web.guards import redirect_to, signed_in
from gateway.web.proof_forms import ProofForm


@pages.get("/mine/devices")
@signed_in
def devices() -> str:
    return _page(ProofForm())


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


@pages.post("/mine/devices/code")
@signed_in
def ask_proof_for_wechat() -> tuple[str, int] | Response:
    form, status = proof_forms.ask()
    return redirect_to("pages.devices", anchor="wechat") if status == 200 else (_page(form), status)


@pages.post("/mine/devices/proof")
@signed_in
def prove_for_wechat() -> tuple[str, int] | Response:
    form, status = proof_forms.prove()
    if status != 200:
        return _page(form), status
    flash(gettext("验证成功，10 分钟内可以关联微信。"), "good")
    return redirect_to("pages.devices", anchor="wechat")


def _page(proof: ProofForm) -> str:
    resident = current.identity().party == "resident"
    return render_template(
        "devices.html",
        devices=own_account.signed_in_devices(),
        links=wechat.list_own() if resident else [],
        may_link=resident and wechat.offered_here(),
        proof=proof,
        **proof_forms.variables(),
    )
