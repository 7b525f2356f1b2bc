"""Sign-in with the district's OpenID provider: there, back, and out."""

from hmac import compare_digest
from typing import Any

from flask import Response, abort, flash, render_template, request, session, url_for
from flask_babel import gettext

from chassis.rpc.refusal import Refusal
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import oidc
from gateway.refusals.providers import ProviderRefused
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import local_target, redirect_to, see_other
from gateway.web.pages.sign_in import SIGNED_IN_WITH_PROVIDER, redirect_signed_in

STARTED = "oidc"


@pages.get("/sign-in/oidc")
def start_oidc() -> Response:
    """Redirects to the provider. What it must give back is in the form session, which is signed and hidden from scripts."""
    if not (oidc.offered("staff") or oidc.offered("residents")):
        abort(404)
    try:
        started = oidc.start(_return_to())
    except Refusal as refusal:
        return failed(refusal, request.args.get("next"))
    wanted = local_target(request.args.get("next"), "")
    session[STARTED] = {"state": started.state, "nonce": started.nonce, "verifier": started.verifier, "next": wanted}
    return see_other(started.address)


@pages.get("/sign-in/oidc/callback")
def finish_oidc() -> Response:
    """The provider sends the browser here. The stored state is used once, whatever comes of it."""
    kept: dict[str, Any] = session.pop(STARTED, None) or {}
    code, state = request.args.get("code", ""), request.args.get("state", "")
    try:
        if not code or not kept or not compare_digest(state.encode(), kept["state"].encode()):
            raise ProviderRefused()
        signed_in = oidc.finish(_return_to(), code=code, nonce=kept["nonce"], verifier=kept["verifier"])
    except Refusal as refusal:
        if refusal.kind == "invalid":  # a new resident of no community
            flash(gettext("请先选择您所在的社区，再登录。"), "bad")
            return redirect_to("pages.communities")
        return failed(refusal, kept.get("next"))
    return redirect_signed_in(signed_in, with_provider=True, wanted=kept["next"])


@pages.get("/sign-in/oidc/out")
def leave_oidc() -> Response:
    """Redirects to the provider's own page for signing out."""
    if not session.pop(SIGNED_IN_WITH_PROVIDER, False):
        return redirect_to("pages.home")
    try:
        address = oidc.sign_out_address(url_for("pages.home", _external=True))
    except Refusal:
        address = None
    return see_other(address or url_for("pages.home"))


def _return_to() -> str:
    return url_for("pages.finish_oidc", _external=True)


def failed(refusal: Refusal, wanted: str | None) -> Response:
    """A page that offers the other ways to sign in. They lead to the page `wanted` too."""
    page = render_template("oidc_failed.html", problem=text_of(refusal), next=local_target(wanted, "") or None)
    return Response(page, STATUS_OF_KIND[refusal.kind])
