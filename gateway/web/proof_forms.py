"""The form with which a reader proves again that they are there, on the pages that need it (parts/proof.html)."""

from typing import Any

from flask import flash, request, session
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import StringField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import own_account
from gateway.web.forms import PageForm, required, strip_spaces, text_of

# Kinds of refusals that are shown on the page. All others become an error page.
SHOWN = frozenset({"conflict", "too_many", "unauthenticated", "forbidden"})
_ASKED = "proof-asked"


class ProofForm(PageForm):
    code = StringField(
        _l("验证码"),
        [*required(_l("请填写短信里的 6 位验证码。")), validators.Regexp(r"^[0-9]{6}$", message=_l("验证码是 6 位数字。"))],
        filters=[strip_spaces],
    )


def ask() -> tuple[ProofForm, int]:
    """Send a code to the reader's phone. Returns the form, and the status 200 if the code was sent."""
    form = ProofForm()
    try:
        own_account.ask_proof()
    except (Refused, Refusal) as refusal:
        if refusal.kind not in SHOWN:
            raise
        form.form_errors.append(text_of(refusal))
        session[_ASKED] = refusal.kind == "too_many"  # a code sent before may still be valid
        return form, STATUS_OF_KIND[refusal.kind]
    session[_ASKED] = True
    flash(gettext("验证码已发到您的手机。"), "good")
    return form, 200


def prove() -> tuple[ProofForm, int]:
    """Check the code that was sent with the form. Returns the form, and the status 200 if the code is right."""
    form = ProofForm(request.form)
    if form.is_valid():
        try:
            own_account.prove(form.code.data)
        except Refusal as refusal:
            if refusal.kind not in SHOWN:
                raise
            form.add_error("code", text_of(refusal))
        else:
            session.pop(_ASKED, None)
            return form, 200
    return form, 422


def variables() -> dict[str, Any]:
    """What parts/proof.html needs besides the form `proof`."""
    return {"proved": own_account.has_proved(), "asked": session.get(_ASKED, False)}
