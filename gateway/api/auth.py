"""Signing in and out."""

from typing import Any

from flask import Response

from chassis.rpc.interface import Answer, text
from gateway.accounts import codes, views
from gateway.accounts.interface.sign_in import AcceptedInvitation, AcceptInvitation, AskCode, CodeSent, SignedIn, SignIn
from gateway.accounts.sign_in import SignedIn as NewSession
from gateway.api import answers
from gateway.api.access import BEFORE_CONSENT
from gateway.api.resource import Resource
from gateway.factors.interface import Begun
from gateway.http import consent, credentials, csrf_tokens, current, visitors
from gateway.oidc.interface import BeginSignIn, FinishSignIn, SignInBegun
from gateway.operations import consents, oidc, own_account, sign_in, staff, wechat
from gateway.refusals.factors import CeremonyOver, PasskeysElsewhere
from gateway.refusals.providers import (
    NoProvider,
    NotLinked,
    ProviderAway,
    ProviderRefused,
    WeChatAway,
    WeChatCodeWrong,
    WeChatOff,
    WeChatPhoneNeeded,
    WeChatRefused,
)
from gateway.refusals.residents import PhoneNotYet
from gateway.refusals.sign_in import InvitationExpired, InvitationUnknown, InvitationUsed, SessionOver, SignUpClosed
from gateway.wechat.interface import WeChatSignIn

auth = Resource("auth", "登录 · Signing in and out")


@auth.post(
    "/auth/codes",
    "Ask for a one-time code",
    status=202,
    of_community=True,
    body=AskCode(),
    answer=CodeSent(),
    refuses=(429,),
    description="Sends six digits to the phone. They are valid for 5 minutes and 5 attempts. "
    "The answer is the same for every phone number.",
)
def ask_code(body: dict[str, Any]) -> dict[str, Any]:
    sign_in.ask_code(body["phone"])
    return {"expires_in": int(codes.VALID_FOR.total_seconds())}


@auth.post(
    "/auth/sessions",
    "Sign in",
    body=SignIn(),
    answer=SignedIn(),
    refuses=(429, SignUpClosed, PhoneNotYet, CeremonyOver),
    parameters=["CommunityId"],
    description="Residents send `phone` and `code`. A new phone number gets a new account in the community. Staff send "
    "`username` and `password`, and `totp` if they use an authenticator (401 `auth.totp_needed`), or `passkey` with the answer "
    "of the browser to POST /auth/passkeys, or `recovery_code` beside the password. Browsers set `cookie`. If the answer has a "
    "`consent` that is `needed`, show the resident the privacy notice and send POST /me/consents; until then other operations "
    "answer 403 `consent_needed`.",
)
def open_session(body: dict[str, Any]) -> Response:
    if "phone" in body:
        signed_in = sign_in.with_code(body["phone"], body["code"])
    elif "passkey" in body:
        signed_in = sign_in.with_passkey(body["passkey"]["ceremony"], body["passkey"]["credential"])
    else:
        signed_in = sign_in.with_password(body["username"], body["password"], body.get("totp"), body.get("recovery_code"))
    return _signed_in(signed_in, in_cookie=body.get("cookie", False))


@auth.post(
    "/auth/wechat",
    "Sign in with WeChat",
    body=WeChatSignIn(),
    answer=SignedIn(),
    refuses=(429, SignUpClosed, PhoneNotYet, WeChatOff, WeChatCodeWrong, WeChatRefused, WeChatPhoneNeeded, WeChatAway),
    parameters=["CommunityId"],
    description="Residents only. `code` is the one of wx.login in a mini-program, or the one with which WeChat redirects to a "
    "page of an official account; check its `state` yourself. A person of WeChat who has no account yet gets 403 "
    "`auth.wechat_phone_needed`. Then send a new `code`, and as `phone_code` the code of the button getPhoneNumber. It links "
    "the person with the resident who has that phone; a new phone gets a new account in the community. If the mini-program and "
    "the official account belong to one WeChat Open Platform account, the link holds in both. The answer is that of POST "
    "/auth/sessions.",
)
def open_session_with_wechat(body: dict[str, Any]) -> Response:
    signed_in = wechat.sign_in(body["app"], body["code"], body.get("phone_code"))
    return _signed_in(signed_in, in_cookie=body.get("cookie", False))


@auth.post(
    "/auth/oidc",
    "Begin to sign in with the provider",
    status=200,
    body=BeginSignIn(),
    answer=SignInBegun(),
    refuses=(429, NoProvider, ProviderAway, ProviderRefused),
    description="For apps and other clients that are no pages of ours. Open `address` in the browser of the person. The "
    "provider sends the browser to `return_to` with `code` and `state`. If `state` is the one that you have, send both with "
    "`ceremony` to POST /auth/oidc/sessions. PKCE and the nonce are in `ceremony`, encrypted.",
)
def begin_session_with_provider(body: dict[str, Any]) -> dict[str, Any]:
    return oidc.begin(body["return_to"])


@auth.post(
    "/auth/oidc/sessions",
    "Sign in with the provider",
    body=FinishSignIn(),
    answer=SignedIn(),
    refuses=(429, SignUpClosed, CeremonyOver, NoProvider, ProviderAway, ProviderRefused, NotLinked),
    parameters=["CommunityId"],
    description="The answer is that of POST /auth/sessions. A resident is found by the phone number that the provider has "
    "verified; a new number gets a new account in the community. Staff must be linked (PUT /staff/{account_id}/subject).",
)
def open_session_with_provider(body: dict[str, Any]) -> Response:
    signed_in = oidc.end(body["ceremony"], code=body["code"], state=body["state"])
    return _signed_in(signed_in, in_cookie=body.get("cookie", False))


def _signed_in(signed_in: NewSession, *, in_cookie: bool) -> Response:
    answer = {
        "token": None if in_cookie else signed_in.token,
        "expires_at": signed_in.expires_at.isoformat(),
        "csrf_token": csrf_tokens.token() if in_cookie else None,
        "account": views.for_owner(signed_in.account, current.personal()),
        "consent": consents.asked_of(signed_in.account),
    }
    response = answers.respond(answer, 201, location="/api/v1/auth/session")
    if in_cookie:
        credentials.set_cookie(response, signed_in.token, signed_in.expires_at)
    return response


@auth.post(
    "/auth/passkeys",
    "Begin to sign in with a passkey",
    status=200,
    answer=Begun(),
    refuses=(429, PasskeysElsewhere),
    description="Give `options` to navigator.credentials.get of the browser, and send its answer to POST /auth/sessions.",
)
def begin_session_with_passkey() -> dict[str, Any]:
    ceremony, options = sign_in.begin_with_passkey()
    return {"ceremony": ceremony, "options": options}


@auth.post(
    "/auth/invitations",
    "Accept an invitation",
    status=200,
    body=AcceptInvitation(),
    answer=AcceptedInvitation(),
    refuses=[InvitationUnknown, InvitationExpired, InvitationUsed, 429],
    description="Sets the password of a member of staff with the token of an invitation. Then sign in.",
)
def accept_invitation(body: dict[str, Any]) -> dict[str, Any]:
    return {"username": staff.accept_invitation(body["token"], body["password"])}


class VisitorToken(Answer):
    token = text("6d2f0c….5f1c", description="send it as Linli-Visitor with your requests")


@auth.post(
    "/auth/visitors",
    "Get a visitor's token",
    status=201,
    answer=VisitorToken(),
    description="For requests without signing in. A repeated request gets its first answer only with the token of the "
    "visitor who sent the first one. Other answers to visitors have a token too.",
)
def make_visitor() -> dict[str, Any]:
    return {"token": visitors.new_token()}


@auth.get("/auth/session", "Read your session", answer=SignedIn(), needs=BEFORE_CONSENT)
def get_session() -> dict[str, Any]:
    access = current.access()
    if access.expires_at is None:
        raise SessionOver()
    return {
        "token": None,
        "expires_at": access.expires_at.isoformat(),
        "csrf_token": csrf_tokens.token() if access.how == "cookie" else None,
        "account": own_account.read(),
        "consent": consents.as_json(consent.asked()),
    }


@auth.delete("/auth/session", "Sign out", needs=BEFORE_CONSENT)
def close_session() -> Response:
    sign_in.sign_out()
    response = Response(status=204)
    credentials.delete_cookie(response)
    return response
