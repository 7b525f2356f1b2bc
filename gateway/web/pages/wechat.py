"""Sign-in with WeChat on the pages: to WeChat, back, and the first time on to the phone number. Only WeChat's own browser can
do it, with an official account."""

import secrets
from hmac import compare_digest
from typing import Any
from uuid import UUID

from flask import Response, abort, flash, request, session, url_for
from flask_babel import gettext

from chassis.rpc.refusal import Refusal, Refused
from gateway.http import current
from gateway.operations import wechat
from gateway.refusals.providers import WeChatRefused
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import local_target, redirect_to, see_other, signed_in
from gateway.web.pages.oidc import failed
from gateway.web.pages.sign_in import WECHAT_PERSON, redirect_signed_in
from gateway.web.pages.sign_in_ways import leaving, next_page

STARTED = "wechat"
LINKING = "wechat-link"
Kept = dict[str, Any]


@pages.get("/sign-in/wechat")
def start_wechat() -> Response:
    """Redirects to WeChat. The browser keeps the state, which WeChat must give back, in the signed form session."""
    if not wechat.offered_here():
        abort(404)
    return _to_wechat({"next": local_target(request.args.get("next"), "")})


@pages.get("/sign-in/wechat/callback")
def finish_wechat() -> Response:
    """WeChat sends the browser here. The stored state is used once, whatever comes of it."""
    kept: Kept = session.pop(STARTED, None) or {}
    code, state = request.args.get("code", ""), request.args.get("state", "")
    try:
        if not code or not kept or not compare_digest(state.encode(), kept["state"].encode()):
            raise WeChatRefused()
        if "link" in kept:
            return _link(kept["link"], code)
        signed_in_now, person = wechat.enter_page(code)
    except Refusal as refusal:
        return failed(refusal, kept.get("next"))
    if signed_in_now is not None:
        return redirect_signed_in(signed_in_now, wanted=kept["next"])
    session[WECHAT_PERSON] = wechat.sealed_person(person)
    return redirect_to("pages.sign_in", next=kept["next"] or None)


@pages.post("/sign-in/without-wechat")
def without_wechat() -> Response:
    """Sign in by phone, and link nothing."""
    session.pop(WECHAT_PERSON, None)
    return redirect_to("pages.sign_in", next=next_page())


@pages.post("/mine/wechat")
@signed_in
def link_wechat() -> str | Response:
    """The way to WeChat, to link the account with the person there. That needs a fresh proof, because WeChat opens the account
    from then on."""
    if not wechat.offered_here() or current.identity().party != "resident":
        abort(404)
    session[LINKING] = current.identity().account_id
    return leaving(url_for("pages.start_link_wechat"), gettext("微信"))


@pages.get("/mine/wechat/start")
@signed_in
def start_link_wechat() -> Response:
    """A link of another site must not begin it, so the form before has left a note in the form session."""
    if (account_id := session.pop(LINKING, None)) is None:
        return redirect_to("pages.devices")
    return _to_wechat({"next": "", "link": account_id})


@pages.post("/mine/wechat/<uuid:link_id>/unlink")
@signed_in
def unlink_wechat(link_id: UUID) -> Response:
    wechat.unlink_own(link_id)
    flash(gettext("已解除关联，以后不能再用这个微信登录。"), "good")
    return redirect_to("pages.devices", anchor="wechat")


def _to_wechat(kept: Kept) -> Response:
    state = secrets.token_hex(32)  # WeChat takes letters and digits only
    session[STARTED] = kept | {"state": state}
    return see_other(wechat.authorize_address(url_for("pages.finish_wechat", _external=True), state))


def _link(account_id: str, code: str) -> Response:
    """Link the account that has begun it. Another one may be signed in by now. Raises WeChatRefused."""
    if current.identity().account_id != account_id:
        raise WeChatRefused()
    try:
        wechat.link_own_page(code)
        flash(gettext("已关联，以后在微信里可以直接登录。"), "good")
    except (Refusal, Refused) as refusal:
        flash(text_of(refusal), "bad")
    return redirect_to("pages.devices", anchor="wechat")
