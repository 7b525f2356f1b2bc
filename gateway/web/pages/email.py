"""Notifications by e-mail: add an address, and verify it with a code that is sent to it."""

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import StringField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import contact_points
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, required, required_text, strip_spaces, text_of
from gateway.web.guards import redirect_to, signed_in

# Kinds of refusals that are shown in the form. All others become an error page.
SHOWN_IN_FORM = frozenset({"invalid", "conflict", "too_many"})


class AddressForm(PageForm):
    address = StringField(_l("邮箱地址"), required_text(_l("请填写邮箱地址。"), 254), filters=[strip_spaces])


class EmailCodeForm(PageForm):
    code = StringField(
        _l("验证码"),
        [*required(_l("请填写邮件里的 6 位验证码。")), validators.Regexp(r"^[0-9]{6}$", message=_l("验证码是 6 位数字。"))],
        filters=[strip_spaces],
    )


@pages.get("/mine/email")
@signed_in
def email() -> str:
    return _page(AddressForm(), EmailCodeForm())


@pages.post("/mine/email")
@signed_in
def add_email() -> tuple[str, int] | Response:
    form = AddressForm(request.form)
    if not form.is_valid():
        return _page(form, EmailCodeForm()), 422
    try:
        given = contact_points.put({"channel": "email", "address": form.address.data})
    except (Refused, Refusal) as refusal:
        if refusal.kind not in SHOWN_IN_FORM:
            raise
        if refusal.kind == "invalid":
            form.add_error("address", gettext("这不像一个邮箱地址，请检查。"))
        else:
            form.form_errors.append(text_of(refusal))
        return _page(form, EmailCodeForm()), STATUS_OF_KIND[refusal.kind]
    done = gettext("这个邮箱已经验证过了。") if given["verified"] else gettext("验证码已发出，请到邮箱查收。")
    flash(done, "good")
    return redirect_to("pages.email")


@pages.post("/mine/email/<uuid:contact_point_id>/code")
@signed_in
def verify_email(contact_point_id: str) -> tuple[str, int] | Response:
    form = EmailCodeForm(request.form)
    status = 422
    if form.is_valid():
        try:
            contact_points.verify({"contact_point_id": str(contact_point_id), "code": form.code.data})
            flash(gettext("邮箱已验证，以后通知也会发到这里。"), "good")
            return redirect_to("pages.email")
        except (Refused, Refusal) as refusal:
            if refusal.kind not in SHOWN_IN_FORM:
                raise
            status = STATUS_OF_KIND[refusal.kind]
            form.add_error("code", gettext("验证码不对或已过期。") if refusal.kind == "invalid" else text_of(refusal))
    return _page(AddressForm(), form), status


@pages.post("/mine/email/<uuid:contact_point_id>/remove")
@signed_in
def remove_email(contact_point_id: str) -> Response:
    client.notify.remove_contact_point(contact_point_id=contact_point_id)
    flash(gettext("已删除，不再发邮件到这个地址。"), "good")
    return redirect_to("pages.email")


def _page(address_form: AddressForm, code_form: EmailCodeForm) -> str:
    points = [point for point in client.notify.list_contact_points()["items"] if point["channel"] == "email"]
    return render_template(
        "email.html",
        verified=next((point for point in points if point["verified"]), None),
        waiting=next((point for point in points if not point["verified"]), None),
        address_form=address_form,
        code_form=code_form,
    )
