"""The page behind the link of an invitation: a member of staff chooses a password."""

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, validators

from chassis.rpc.refusal import Refusal
from gateway.accounts.interface.passwords import LEAST_PASSWORD
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import staff
from gateway.refusals.sign_in import InvitationExpired, InvitationUnknown, InvitationUsed
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, required, text_of
from gateway.web.guards import redirect_to

_BROKEN = (InvitationUnknown, InvitationExpired, InvitationUsed)


class PasswordForm(PageForm):
    password = PasswordField(
        _l("新密码"),
        [
            *required(_l("请填写新密码。")),
            validators.Length(min=LEAST_PASSWORD, max=200, message=_l("密码至少 10 个字符，最多 200 个。")),
        ],
    )
    again = PasswordField(
        _l("再输一次"),
        [*required(_l("请再输一次新密码。")), validators.EqualTo("password", message=_l("两次输入的密码不一样。"))],
    )


@pages.get("/invitation")
def invitation() -> str | tuple[str, int]:
    token = request.args.get("token", "")
    try:
        return _page(PasswordForm(), token, staff.read_invitation(token))
    except _BROKEN as refusal:
        return _broken(refusal)


@pages.post("/invitation")
def choose_password() -> tuple[str, int] | Response:
    """A wrong form shows the page again, so the token is checked first."""
    token, form = request.form.get("token", ""), PasswordForm(request.form)
    try:
        username = staff.read_invitation(token)
        if not form.is_valid():
            return _page(form, token, username), 422
        staff.accept_invitation(token, form.password.data)
    except _BROKEN as refusal:
        return _broken(refusal)
    flash(gettext("密码已设好，请用用户名 %(name)s 登录。", name=username), "good")
    return redirect_to("pages.staff_sign_in")


def _page(form: PasswordForm, token: str, username: str) -> str:
    return render_template("invitation.html", form=form, token=token, username=username, problem="")


def _broken(refusal: Refusal) -> tuple[str, int]:
    return render_template("invitation.html", problem=text_of(refusal)), STATUS_OF_KIND[refusal.kind]
