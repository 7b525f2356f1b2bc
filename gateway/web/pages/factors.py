"""How the reader's account is protected: passkeys, the authenticator (its set-up is in authenticator.py), recovery codes. The
scripts are in static/passkeys.js."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from flask import Response, flash, render_template, request, session
from flask_babel import gettext

from chassis.rpc.refusal import Refusal
from gateway.factors.recovery_codes import FEW
from gateway.http import second_factor
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import factors as work
from gateway.refusals.factors import CeremonyOver
from gateway.refusals.requests import Throttled
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import for_staff, redirect_to

CEREMONY = "passkey-setup"


@pages.get("/mine/factors")
@for_staff
def factors() -> str:
    return _page()


@pages.post("/mine/passkeys/options")
@for_staff
def begin_passkey() -> Response:
    """For the script: {"options"} or {"message"}. The token of the ceremony is in the form session, which no script reads."""
    return answer_script(CEREMONY, lambda: work.begin_passkey(request.form.get("password", "")))


@pages.post("/mine/passkeys")
@for_staff
def add_passkey() -> tuple[str, int] | Response:
    try:
        work.add_passkey(
            ceremony=ceremony_of(CEREMONY),
            credential=sent_credential(),
            name=request.form.get("name", "").strip()[:60] or gettext("通行密钥"),
        )
    except Refusal as refusal:
        return refused(refusal)
    flash(gettext("已添加通行密钥。以后仅凭密码不能登录。"), "good")
    return redirect_to("pages.factors")


@pages.post("/mine/passkeys/<uuid:passkey_id>/remove")
@for_staff
def remove_passkey(passkey_id: UUID) -> tuple[str, int] | Response:
    try:
        work.remove_passkey(passkey_id, request.form.get("password", ""))
    except Refusal as refusal:
        return refused(refusal)
    flash(gettext("已删除通行密钥。"), "good")
    return redirect_to("pages.factors")


@pages.post("/mine/recovery-codes")
@for_staff
def make_recovery_codes() -> str | tuple[str, int] | Response:
    """Answers with the page that shows the codes. They are shown nowhere else, so this is no redirect."""
    try:
        codes = work.make_recovery_codes(request.form.get("password", ""))
    except Refusal as refusal:
        return refused(refusal)
    return render_template("recovery_codes.html", codes=codes)


def answer_script(key: str, begin: Callable[[], tuple[str, dict[str, Any]]]) -> Response:
    """Begin a ceremony, and store its token in the form session under `key`."""
    try:
        ceremony, options = begin()
    except Refusal as refusal:
        return Response(orjson.dumps({"message": text_of(refusal)}), STATUS_OF_KIND[refusal.kind], mimetype="application/json")
    session[key] = ceremony
    return Response(orjson.dumps({"options": options}), mimetype="application/json")


def ceremony_of(key: str) -> str:
    """The token that `answer_script` has stored. It is used once. Raises CeremonyOver if there is none."""
    token: str | None = session.pop(key, None)
    if token is None:
        raise CeremonyOver()
    return token


def sent_credential() -> dict[str, Any]:
    """The credential that the script has put into the form. Empty if there is none, which is then refused."""
    try:
        found = json.loads(request.form.get("credential", ""))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def refused(refusal: Refusal) -> tuple[str, int]:
    """The page with the sentence of the refusal. Raises refusals about something else."""
    if refusal.kind not in ("unauthenticated", "conflict", "gone") and not isinstance(refusal, Throttled):
        raise refusal
    status = 422 if refusal.kind == "unauthenticated" else STATUS_OF_KIND[refusal.kind]
    return _page(text_of(refusal)), status


def _page(problem: str = "") -> str:
    needed = second_factor.is_missing()
    # No live updates before there is a second factor: the stream is refused.
    more = {"live": False} if needed else {}
    since = second_factor.needed_from()
    return render_template(
        "factors.html", found=work.read(), problem=problem, few=FEW, needed=needed, needed_from=since, **more
    )
