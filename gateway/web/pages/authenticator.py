"""Setting up an authenticator app: the QR code, the secret to type, and one code to confirm it. A new one replaces the old one
when it is confirmed."""

from flask import Response, flash, render_template, request
from flask_babel import gettext

from chassis.rpc.refusal import Refusal
from gateway.operations import factors as work
from gateway.refusals.requests import Throttled
from gateway.refusals.sign_in import CodeWrong
from gateway.web import qr
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import for_staff, redirect_to
from gateway.web.pages import factors


@pages.post("/mine/totp")
@for_staff
def begin_totp() -> tuple[str, int] | Response:
    try:
        work.begin_totp(request.form.get("password", ""))
    except Refusal as refusal:
        return factors.refused(refusal)
    return redirect_to("pages.set_up_totp")


@pages.get("/mine/totp")
@for_staff
def set_up_totp() -> Response:
    """Can be opened again while it is being set up, because a phone may drop the page while its owner is in the app."""
    return _page()


@pages.post("/mine/totp/confirm")
@for_staff
def confirm_totp() -> tuple[str, int] | Response:
    code = "".join(request.form.get("code", "").split())
    try:
        work.confirm_totp(code)
    except (CodeWrong, Throttled) as refusal:
        wrong = gettext("动态口令不对。请看手机时间是否准确，再输入新的 6 位数字。")
        return _page(wrong if isinstance(refusal, CodeWrong) else text_of(refusal), 422)
    except Refusal as refusal:
        return factors.refused(refusal)
    flash(gettext("验证器已启用。以后用密码登录时还要输入动态口令。"), "good")
    return redirect_to("pages.factors")


@pages.post("/mine/totp/remove")
@for_staff
def remove_totp() -> tuple[str, int] | Response:
    try:
        work.remove_totp(password=request.form.get("password", ""))
    except Refusal as refusal:
        return factors.refused(refusal)
    flash(gettext("已删除验证器。"), "good")
    return redirect_to("pages.factors")


def _page(problem: str = "", status: int = 200) -> Response:
    if (shown := work.pending_totp()) is None:
        return redirect_to("pages.factors")
    groups = [shown.secret[start : start + 4] for start in range(0, len(shown.secret), 4)]
    response = Response(
        render_template(
            "authenticator.html",
            code=qr.svg(shown.uri, gettext("给验证器扫描的二维码")),
            uri=shown.uri,
            secret=" ".join(groups),
            problem=problem,
            live=False,
        ),
        status,
    )
    response.headers["Cache-Control"] = "no-store"
    return response
