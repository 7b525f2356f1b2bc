"""Sign-in: residents by phone and code, in two steps; staff by password and, if set up, an authenticator."""

from flask import Response, flash, render_template, request, session, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.accounts import codes
from gateway.accounts.sign_in import SignedIn
from gateway.http import community, credentials
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import sign_in as signing
from gateway.refusals import TotpNeeded
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, required_text, strip_spaces, text_of
from gateway.web.guards import local_target, redirect_to, see_other

PHONE = "sign-in-phone"


class PhoneForm(PageForm):
    phone = StringField(_l("手机号"), required_text(_l("请填写手机号。"), 24), filters=[strip_spaces])


class CodeForm(PageForm):
    code = StringField(
        _l("验证码"),
        [
            validators.InputRequired(_l("请填写短信里的 6 位验证码。")),
            validators.Regexp(r"^[0-9]{6}$", message=_l("验证码是 6 位数字。")),
        ],
        filters=[strip_spaces],
    )


class StaffForm(PageForm):
    username = StringField(_l("用户名"), required_text(_l("请填写用户名。"), 64), filters=[strip_spaces])
    password = PasswordField(_l("密码"), required_text(_l("请填写密码。"), 200))
    totp = StringField(
        _l("动态口令"),
        [validators.Optional(), validators.Regexp(r"^[0-9]{6}$", message=_l("动态口令是 6 位数字。"))],
        filters=[strip_spaces],
    )


@pages.get("/sign-in")
def sign_in() -> str:
    return _phone_page(PhoneForm())


@pages.post("/sign-in")
def send_code() -> tuple[str, int] | Response:
    form = PhoneForm(request.form)
    if form.is_valid():
        try:
            signing.ask_code(form.phone.data)
        except (Refusal, Refused) as refusal:
            if refusal.kind == "invalid":
                form.add_error("phone", gettext("这不像一个手机号，请检查。"))
            else:
                form.form_errors.append(text_of(refusal))
            if refusal.kind == "too_many":
                session[PHONE] = form.phone.data  # a code sent before may still be valid
            return _phone_page(form), STATUS_OF_KIND[refusal.kind]
        session[PHONE] = form.phone.data
        return redirect_to("pages.sign_in_code", next=_next())
    return _phone_page(form), 422


@pages.get("/sign-in/code")
def sign_in_code() -> str | Response:
    if PHONE not in session:
        return redirect_to("pages.sign_in", next=_next())
    return _code_page(CodeForm())


@pages.post("/sign-in/code")
def check_code() -> tuple[str, int] | Response:
    if PHONE not in session:
        return redirect_to("pages.sign_in", next=_next())
    form = CodeForm(request.form)
    if form.is_valid():
        try:
            return _redirect_signed_in(signing.with_code(session[PHONE], form.code.data))
        except Refusal as refusal:
            form.add_error("code", text_of(refusal))
    return _code_page(form), 422


@pages.get("/sign-in/staff")
def staff_sign_in() -> str:
    return _staff_page(StaffForm(), ask_totp=False)


@pages.post("/sign-in/staff")
def check_staff() -> tuple[str, int] | Response:
    form = StaffForm(request.form)
    ask_totp = "totp" in request.form
    if form.is_valid():
        try:
            return _redirect_signed_in(signing.with_password(form.username.data, form.password.data, form.totp.data or None))
        except TotpNeeded as refusal:
            ask_totp = True
            form.add_error("totp", text_of(refusal))
        except Refusal as refusal:
            form.form_errors.append(text_of(refusal))
    return _staff_page(form, ask_totp), 422


@pages.post("/sign-out")
def sign_out() -> Response:
    signing.sign_out()
    session.clear()
    flash(gettext("已退出登录。"), "good")
    response = redirect_to("pages.home")
    credentials.delete_cookie(response)
    return response


def _redirect_signed_in(signed_in: SignedIn) -> Response:
    """Set the session cookie and redirect to the page from which the reader came. The form session is cleared, so that no CSRF
    token of the visitor stays valid."""
    target = local_target(_next(), url_for("pages.desk") if signed_in.account.party == "staff" else url_for("pages.mine"))
    session.clear()
    community.come_home(signed_in.account.community_id)
    response = see_other(target)
    credentials.set_cookie(response, signed_in.token, signed_in.expires_at)
    return response


def _next() -> str | None:
    wanted = request.form.get("next") or request.args.get("next")
    return local_target(wanted, "") or None


def _phone_page(form: PhoneForm) -> str:
    return render_template("sign_in.html", form=form, next=_next(), asked=PHONE in session)


def _code_page(form: CodeForm) -> str:
    minutes = int(codes.VALID_FOR.total_seconds() // 60)
    return render_template("sign_in_code.html", form=form, next=_next(), phone=session[PHONE], minutes=minutes)


def _staff_page(form: StaffForm, ask_totp: bool) -> str:
    return render_template("staff_sign_in.html", form=form, ask_totp=ask_totp, next=_next())
