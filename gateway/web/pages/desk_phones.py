"""The phones of a resident at the counter."""

from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.accounts.phone_list.models import CONTACT, SIGN_IN
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import phones, reminder_choices, residents
from gateway.refusals.residents import PhoneOfAnother
from gateway.web import people
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, required, required_text, strip_spaces, text_of
from gateway.web.guards import for_roles, redirect_to
from gateway.web.pages.reminder_choice import RemindersForm

_SHOWN = frozenset({"invalid", "conflict", "too_many", "unauthenticated"})


class PhoneForm(PageForm):
    phone = StringField(_l("本人手机号"), required_text(_l("请填写手机号。"), 24), filters=[strip_spaces])


class ToldForm(PhoneForm):
    """The code that the resident tells, for the phone of the step before."""

    code = StringField(
        _l("居民手机收到的验证码"),
        [*required(_l("请填写短信里的 6 位验证码。")), validators.Regexp(r"^[0-9]{6}$", message=_l("验证码是 6 位数字。"))],
        filters=[strip_spaces],
    )
    move = BooleanField(_l("这个号码现在归这位居民，从原来的账号里转过来"))


class RelativeForm(PageForm):
    contact = StringField(_l("家人的手机号"), required_text(_l("请填写手机号。"), 24), filters=[strip_spaces])


@pages.get("/desk/residents/<uuid:account_id>/phones")
@for_roles(*residents.CLERKS)
def desk_phones(account_id: UUID) -> str:
    return _page(account_id)


@pages.post("/desk/residents/<uuid:account_id>/phones/code")
@for_roles(*residents.CLERKS)
def send_resident_code(account_id: UUID) -> tuple[str, int] | str:
    """A page and no redirect, so that the number gets into no address."""
    form = PhoneForm(request.form)
    if not form.is_valid():
        return _page(account_id, new=form), 422
    try:
        phones.ask_code_of(account_id, form.phone.data)
    except (Refusal, Refused) as refusal:
        return _refused(account_id, refusal, new=form)
    return _page(account_id, told=ToldForm(phone=form.phone.data))


@pages.post("/desk/residents/<uuid:account_id>/phones")
@for_roles(*residents.CLERKS)
def add_resident_phone(account_id: UUID) -> tuple[str, int] | Response:
    form = ToldForm(request.form)
    if not form.is_valid():
        return _page(account_id, told=form), 422
    try:
        phones.add_to(account_id, form.phone.data, form.code.data, form.move.data)
    except Refusal as refusal:
        return _refused(account_id, refusal, told=form, of_another=isinstance(refusal, PhoneOfAnother))
    flash(gettext("已添加。"), "good")
    return redirect_to("pages.desk_phones", account_id=account_id)


@pages.post("/desk/residents/<uuid:account_id>/phones/contact")
@for_roles(*residents.CLERKS)
def add_relative_phone(account_id: UUID) -> tuple[str, int] | Response:
    form = RelativeForm(request.form)
    if not form.is_valid():
        return _page(account_id, relative=form), 422
    try:
        phones.add_to(account_id, form.contact.data)
    except Refusal as refusal:
        return _refused(account_id, refusal, relative=form)
    flash(gettext("已添加。"), "good")
    return redirect_to("pages.desk_phones", account_id=account_id)


@pages.post("/desk/residents/<uuid:account_id>/phones/<uuid:phone_id>/remove")
@for_roles(*residents.CLERKS)
def remove_resident_phone(account_id: UUID, phone_id: UUID) -> tuple[str, int] | Response:
    try:
        phones.remove_from(account_id, phone_id)
    except Refusal as refusal:
        return _refused(account_id, refusal, other=PageForm())
    flash(gettext("已删除。"), "good")
    return redirect_to("pages.desk_phones", account_id=account_id)


@pages.post("/desk/residents/<uuid:account_id>/reminders")
@for_roles(*residents.CLERKS)
def choose_reminders_of(account_id: UUID) -> tuple[str, int] | Response:
    form = RemindersForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _page(account_id, reminders=form), 422
    reminder_choices.choose_for(account_id, form.reminders.data)
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.desk_phones", account_id=account_id)


def _refused(account_id: UUID, refusal: Refusal | Refused, *, of_another: bool = False, **forms: PageForm) -> tuple[str, int]:
    if refusal.kind not in _SHOWN:
        raise refusal
    (form,) = forms.values()
    if refusal.kind == "unauthenticated":
        form.add_error("code", text_of(refusal))
    elif refusal.kind == "invalid":
        form.add_refusal(refusal, {"phone": "contact"} if "contact" in form else None)
    elif of_another:
        form.form_errors.append(
            gettext(
                "这个号码已用于登录另一个账号。居民确认是自己的号码，就勾选下面的“转过来”；是他本人的旧档案，就先合并档案。"
            )
        )
    else:
        form.form_errors.append(text_of(refusal))
    status = 422 if refusal.kind == "unauthenticated" else STATUS_OF_KIND[refusal.kind]
    return _page(account_id, of_another=of_another, **forms), status


def _page(account_id: UUID, *, of_another: bool = False, **forms: Any) -> str:
    resident = phones.read_resident(account_id)
    listed = resident["phones"]
    reminders = forms.pop("reminders", None) or _reminders_of(account_id)
    return render_template(
        "desk_phones.html",
        resident=resident,
        own=people.phones_of(listed, SIGN_IN),
        contacts=people.phones_of(listed, CONTACT),
        most=phones.MOST,
        hours=phones.WAIT_HOURS,
        of_another=of_another,
        readable=people.readable,
        reminders=reminders,
        **({"new": PhoneForm(), "told": None, "relative": RelativeForm(), "other": PageForm()} | forms),
    )


def _reminders_of(account_id: UUID) -> RemindersForm | None:
    """How the resident is reminded. None while notify does not answer."""
    try:
        form = RemindersForm(reminders=reminder_choices.choice_of(account_id))
    except (Refusal, Refused) as refusal:
        if refusal.kind != "unavailable":
            raise
        return None
    form.set_choices()
    return form
