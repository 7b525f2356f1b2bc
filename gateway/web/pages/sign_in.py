"""Sign-in: residents by phone and code, in two steps; staff by password and, if set up, an authenticator."""

from collections.abc import Callable
from functools import partial

from flask import Response, flash, render_template, request, session, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.accounts import codes
from gateway.accounts.sign_in import Find, SignedIn
from gateway.http import community, credentials
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import erasure, oidc, wechat
from gateway.operations import sign_in as signing
from gateway.refusals.factors import PasskeyNeeded, TotpNeeded
from gateway.web import kept_forms
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, optional_text, required_text, strip_spaces, text_of
from gateway.web.guards import local_target, redirect_to, see_other
from gateway.web.pages.factors import answer_script, ceremony_of, sent_credential
from gateway.web.pages.sign_in_ways import next_page
from gateway.wechat.apps import Person

PHONE = "sign-in-phone"
CEREMONY = "passkey-sign-in"
# A cookie: somebody signed in with an authenticator in this browser. The page then asks for its code at once. Otherwise it asks
# after the password, which has to be typed again.
USES_TOTP = "linli_totp"
YEAR = 365 * 24 * 3600  # seconds
SIGNED_IN_WITH_PROVIDER = "oidc-signed-in"
WECHAT_PERSON = "wechat-person"


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
    recovery_code = StringField(_l("恢复码"), optional_text(40), filters=[strip_spaces])


@pages.get("/sign-in")
def sign_in() -> str:
    return _phone_page(PhoneForm())


@pages.post("/sign-in")
def send_code() -> tuple[str, int] | str | Response:
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
        # What was typed into an expired form stays with the reader. A redirect would lose it.
        return _code_page(CodeForm()) if kept_forms.sent() else redirect_to("pages.sign_in_code", next=next_page())
    return _phone_page(form), 422


@pages.get("/sign-in/code")
def sign_in_code() -> str | Response:
    if PHONE not in session:
        return redirect_to("pages.sign_in", next=next_page())
    return _code_page(CodeForm())


@pages.post("/sign-in/code")
def check_code() -> tuple[str, int] | Response:
    if PHONE not in session:
        return redirect_to("pages.sign_in", next=next_page())
    form = CodeForm(request.form)
    if form.is_valid():
        try:
            return redirect_signed_in(signing.with_code(session[PHONE], form.code.data, _link_of()))
        except Refusal as refusal:
            form.add_error("code", text_of(refusal))
    return _code_page(form), 422


@pages.get("/sign-in/staff")
def staff_sign_in() -> str:
    return _staff_page(StaffForm(), ask_totp=USES_TOTP in request.cookies)


@pages.post("/sign-in/staff")
def check_staff() -> tuple[str, int] | Response:
    form = StaffForm(request.form)
    ask_totp, ask_recovery = "totp" in request.form, "recovery_code" in request.form
    if form.is_valid():
        code = form.recovery_code.data or None
        try:
            signed_in = signing.with_password(form.username.data, form.password.data, form.totp.data or None, code)
            response = redirect_signed_in(signed_in, used_recovery_code=code is not None)
            if form.totp.data and signed_in.account.totp_enabled:
                response.set_cookie(USES_TOTP, "1", max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
            return response
        except TotpNeeded as refusal:
            ask_totp = ask_recovery = True
            form.add_error("totp", text_of(refusal))
        except PasskeyNeeded as refusal:
            ask_recovery = True
            form.form_errors.append(text_of(refusal))
        except Refusal as refusal:
            form.form_errors.append(text_of(refusal))
    return _staff_page(form, ask_totp, ask_recovery), 422


@pages.post("/sign-in/passkey/options")
def begin_passkey_sign_in() -> Response:
    """For the script: {"options"} or {"message"}."""
    return answer_script(CEREMONY, signing.begin_with_passkey)


@pages.post("/sign-in/passkey")
def check_passkey() -> tuple[str, int] | Response:
    try:
        return redirect_signed_in(signing.with_passkey(ceremony_of(CEREMONY), sent_credential()))
    except Refusal as refusal:
        status = 422 if refusal.kind == "unauthenticated" else STATUS_OF_KIND[refusal.kind]
        return _staff_page(StaffForm(), ask_totp=False, problem=text_of(refusal)), status


@pages.post("/sign-out")
def sign_out() -> Response:
    signing.sign_out()
    with_provider = session.get(SIGNED_IN_WITH_PROVIDER, False)
    session.clear()
    if with_provider:
        session[SIGNED_IN_WITH_PROVIDER] = True
        response = Response(render_template("signed_out.html", provider=oidc.offered("staff") or oidc.offered("residents")))
    else:
        flash(gettext("已退出登录。"), "good")
        response = redirect_to("pages.home")
    credentials.delete_cookie(response)
    return response


def redirect_signed_in(
    signed_in: SignedIn, *, used_recovery_code: bool = False, with_provider: bool = False, wanted: str | None = None
) -> Response:
    """Set the session cookie and redirect to the page from which the reader came. The form session is cleared, so that no CSRF
    token of the visitor stays valid."""
    kept_forms.arrive()
    target = local_target(
        wanted or next_page(), url_for("pages.desk") if signed_in.account.party == "staff" else url_for("pages.mine")
    )
    if signed_in.account.party == "resident" and erasure.running_of(signed_in.account.id) is not None:
        target = url_for("pages.own_data")  # it tells when the account will be erased
    session.clear()
    if with_provider:
        session[SIGNED_IN_WITH_PROVIDER] = True
    if used_recovery_code:
        flash(gettext("恢复码已用掉一个。请在“我的”的“登录保护”里看还剩几个，需要时生成新的。"), "good")
    community.come_home(signed_in.account.community_id)
    response = see_other(target)
    credentials.set_cookie(response, signed_in.token, signed_in.expires_at)
    return response


def _person() -> Person | None:
    """The person whom WeChat has identified in this browser, and whose phone is not proved yet."""
    return wechat.person_of(session.get(WECHAT_PERSON, ""))


def _link_of() -> Callable[[str], Find] | None:
    """What links the account with that person. None if there is none."""
    person = _person()
    return None if person is None else partial(wechat.owner_of, person)


def _phone_page(form: PhoneForm) -> str:
    return render_template(
        "sign_in.html",
        form=form,
        next=next_page(),
        asked=PHONE in session,
        provider=oidc.offered("residents"),
        wechat=wechat.offered_here(),
        wechat_person=_person() is not None,
    )


def _code_page(form: CodeForm) -> str:
    return render_template(
        "sign_in_code.html",
        form=form,
        next=next_page(),
        phone=session[PHONE],
        minutes=int(codes.VALID_FOR.total_seconds() // 60),
        wechat_person=_person() is not None,
    )


def _staff_page(form: StaffForm, ask_totp: bool, ask_recovery: bool = False, problem: str = "") -> str:
    return render_template(
        "staff_sign_in.html",
        form=form,
        ask_totp=ask_totp,
        ask_recovery=ask_recovery,
        problem=problem,
        next=next_page(),
        provider=oidc.offered("staff"),
    )
