"""The reader's own phones: those with which they sign in, and those of others under which staff reach them."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, abort, flash, render_template, request, session
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import StringField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.accounts.phone_list.models import CONTACT, SIGN_IN
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import own_account, phones
from gateway.refusals.sign_in import ProofNeeded
from gateway.web import people, proof_forms
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, required, required_text, strip_spaces, text_of
from gateway.web.guards import redirect_to, signed_in
from gateway.web.proof_forms import ProofForm

_NEW = "new-phone"
_SHOWN = proof_forms.SHOWN | {"invalid"}


class NewPhoneForm(PageForm):
    phone = StringField(_l("新的手机号"), required_text(_l("请填写手机号。"), 24), filters=[strip_spaces])


class PhoneCodeForm(PageForm):
    code = StringField(
        _l("新手机收到的验证码"),
        [*required(_l("请填写短信里的 6 位验证码。")), validators.Regexp(r"^[0-9]{6}$", message=_l("验证码是 6 位数字。"))],
        filters=[strip_spaces],
    )


class ContactForm(PageForm):
    contact = StringField(_l("家人的手机号"), required_text(_l("请填写手机号。"), 24), filters=[strip_spaces])


_FORMS = {"proof": ProofForm, "new": NewPhoneForm, "code": PhoneCodeForm, "contact": ContactForm, "other": PageForm}


@pages.get("/mine/phones")
@signed_in
def phones_of_mine() -> str:
    return _page()


@pages.post("/mine/phones/proof/code")
@signed_in
def ask_proof_for_phones() -> tuple[str, int] | Response:
    form, status = proof_forms.ask()
    return redirect_to("pages.phones_of_mine", anchor="proof") if status == 200 else (_page(proof=form), status)


@pages.post("/mine/phones/proof")
@signed_in
def prove_for_phones() -> tuple[str, int] | Response:
    form, status = proof_forms.prove()
    return redirect_to("pages.phones_of_mine") if status == 200 else (_page(proof=form), status)


@pages.post("/mine/phones/code")
@signed_in
def send_phone_code() -> tuple[str, int] | Response:
    form = NewPhoneForm(request.form)
    if not form.is_valid():
        return _page(new=form), 422
    try:
        phones.ask_code(form.phone.data)
    except (Refusal, Refused) as refusal:
        if refusal.kind == "too_many":
            session[_NEW] = form.phone.data  # a code sent before may still be valid
        return _refused(refusal, form)
    session[_NEW] = form.phone.data
    return redirect_to("pages.phones_of_mine", anchor="add")


@pages.post("/mine/phones")
@signed_in
def add_phone() -> tuple[str, int] | Response:
    if _NEW not in session:
        return redirect_to("pages.phones_of_mine", anchor="add")
    if request.form.get("back"):
        session.pop(_NEW)
        return redirect_to("pages.phones_of_mine", anchor="add")
    form = PhoneCodeForm(request.form)
    if not form.is_valid():
        return _page(code=form), 422
    try:
        phones.add(session[_NEW], form.code.data)
    except Refusal as refusal:
        if refusal.kind not in _SHOWN:
            raise
        if refusal.kind == "unauthenticated":
            form.add_error("code", text_of(refusal))
        else:
            form.form_errors.append(text_of(refusal))
        return _page(code=form), 422
    session.pop(_NEW)
    flash(gettext("已添加，以后用这个号码也能登录。"), "good")
    return redirect_to("pages.phones_of_mine")


@pages.post("/mine/phones/contact")
@signed_in
def add_contact_phone() -> tuple[str, int] | Response:
    form = ContactForm(request.form)
    if not form.is_valid():
        return _page(contact=form), 422
    try:
        phones.add(form.contact.data)
    except Refusal as refusal:
        return _refused(refusal, form)
    flash(gettext("已添加。"), "good")
    return redirect_to("pages.phones_of_mine")


@pages.post("/mine/phones/<uuid:phone_id>/main")
@signed_in
def choose_main_phone(phone_id: UUID) -> tuple[str, int] | Response:
    return _done(lambda: phones.choose_main(phone_id), gettext("已设为主号码。"))


@pages.post("/mine/phones/<uuid:phone_id>/remove")
@signed_in
def remove_phone(phone_id: UUID) -> tuple[str, int] | Response:
    return _done(lambda: phones.remove(phone_id), gettext("已删除。"))


def _done(change: Callable[[], object], done: str) -> tuple[str, int] | Response:
    try:
        change()
    except Refusal as refusal:
        return _refused(refusal, PageForm())
    flash(done, "good")
    return redirect_to("pages.phones_of_mine")


def _refused(refusal: Refusal | Refused, form: PageForm) -> tuple[str, int]:
    """The page with the refusal in `form`, of whose fields each has another name."""
    if refusal.kind not in _SHOWN:
        raise refusal
    if isinstance(refusal, ProofNeeded):
        form = ProofForm()
    if refusal.kind == "invalid" and "phone" in form:
        form.add_error("phone", gettext("这不像一个手机号，请检查。"))
    elif refusal.kind == "invalid" and "contact" in form:
        form.add_error("contact", gettext("这不像一个手机号，请检查。"))
    else:
        form.form_errors.append(text_of(refusal))
    names = {NewPhoneForm: "new", ContactForm: "contact", ProofForm: "proof"}
    return _page(**{names.get(type(form), "other"): form}), STATUS_OF_KIND[refusal.kind]


def _page(**forms: PageForm) -> str:
    """`forms`: those that are shown again, by their names in the template."""
    if current.identity().party != "resident":
        abort(403)
    listed = phones.list_own()
    return render_template(
        "phones.html",
        own=people.phones_of(listed, SIGN_IN),
        contacts=people.phones_of(listed, CONTACT),
        most=phones.MOST,
        asked_for=session.get(_NEW),
        readable=people.readable,
        account=own_account.read(),
        **proof_forms.variables(),
        **({name: make() for name, make in _FORMS.items()} | forms),
    )
