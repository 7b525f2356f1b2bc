"""Agreeing to the privacy notice, at the first sign-in and after a change of the notice."""

from typing import Any

from flask import Response, flash, render_template, request, session, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField

from chassis import text as texts
from chassis.rpc.refusal import Refusal
from gateway.consents.models import Asked
from gateway.http import consent as asking
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import consents
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, options, required
from gateway.web.guards import current_address, local_target, redirect_to, see_other

# Pages for residents who have not agreed: the notice, the way out, and their own data.
BEFORE_CONSENT = {
    "accessibility", "agree", "ask_proof", "centre", "choose_community", "communities", "consent", "consent_later",
    "download_data", "keep_account", "look_up_erasure", "own_data", "preferences", "privacy", "prove", "request_erasure",
    "sign_out", "withdraw_consent",
}  # fmt: skip
LATER = "consent-later"  # the version that the reader wants to read later, until the form session ends


class ConsentForm(PageForm):
    version = HiddenField()
    given_by = RadioField(
        _l("谁来同意"),
        required(_l("请选择。")),
        choices=options((("self", _l("我本人，已满 14 周岁")), ("guardian", _l("我是监护人，替未满 14 周岁的孩子同意")))),
    )


@pages.before_request
def _ask_first() -> Response | None:
    """A resident who must agree first comes to the page of the notice, and returns from there. After a change of the notice the
    next visit tells so once; a form that is sent meanwhile is not stopped during the grace."""
    name = (request.endpoint or "").removeprefix("pages.")
    if name in BEFORE_CONSENT or (asked := asking.asked()) is None:
        return None
    if request.headers.get("HX-Request"):
        return Response(status=204) if asked.needed else None
    if asked.needed or (request.method == "GET" and session.get(LATER) != asked.version):
        return redirect_to("pages.consent", next=current_address())
    return None


@pages.get("/consent")
def consent() -> str | Response:
    if (asked := asking.asked()) is None:
        return see_other(_next())
    return _page(ConsentForm(), asked)


@pages.post("/consent")
def agree() -> str | Response | tuple[str, int]:
    if (asked := asking.asked()) is None:
        return see_other(_next())
    form = ConsentForm(request.form)
    if not form.is_valid():
        return _page(form, asked), 422
    try:
        consents.agree(_version(form.version.data), form.given_by.data)
    except Refusal as refusal:
        form.add_refusal(refusal)
        return _page(form, asked), STATUS_OF_KIND[refusal.kind]
    flash(gettext("谢谢。您可以随时在“我的数据”里查看、导出、撤回同意或注销。"), "good")
    return see_other(_next())


@pages.post("/consent/later")
def consent_later() -> Response:
    """During the grace after a change, the reader goes on with what they were doing."""
    if (asked := asking.asked()) is not None and not asked.needed:
        session[LATER] = asked.version
    return see_other(_next())


def _page(form: ConsentForm, asked: Asked) -> str:
    notice = consents.read_notice(asked.community_id, asked.version)
    return render_template(
        "consent.html",
        form=form,
        asked=asked,
        withdrawn=any(one["withdrawn_at"] for one in consents.list_own()),
        notice=notice["notice"],
        next=_next(),
        live=False,
    )


def _next() -> str:
    wanted: Any = request.form.get("next") or request.args.get("next")
    return local_target(wanted, url_for("pages.mine" if current.identity().account_id else "pages.home"))


def _version(written: str | None) -> int:
    """The version that the reader saw. One that is no number is refused like an old one."""
    return texts.whole_number(written) or 0
