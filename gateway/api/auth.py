"""Signing in and out."""

from typing import Any

from flask import Response

from chassis.rpc.interface import Answer, text
from gateway.accounts import codes, views
from gateway.accounts.interface import AcceptedInvitation, AcceptInvitation, AskCode, CodeSent, SignedIn, SignIn
from gateway.api import answers
from gateway.api.access import SIGNED_IN
from gateway.api.resource import Resource
from gateway.http import credentials, csrf_tokens, current, visitors
from gateway.operations import own_account, sign_in, staff
from gateway.refusals import InvitationExpired, InvitationUnknown, InvitationUsed, SessionOver

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
    refuses=(429,),
    parameters=["CommunityId"],
    description="Residents send `phone` and `code`. A new phone number gets a new account in the community. Staff send "
    "`username` and `password`, and `totp` if they use an authenticator (401 `auth.totp_needed`). Browsers set `cookie`.",
)
def open_session(body: dict[str, Any]) -> Response:
    if "phone" in body:
        signed_in = sign_in.with_code(body["phone"], body["code"])
    else:
        signed_in = sign_in.with_password(body["username"], body["password"], body.get("totp"))
    in_cookie = body.get("cookie", False)
    answer = {
        "token": None if in_cookie else signed_in.token,
        "expires_at": signed_in.expires_at.isoformat(),
        "csrf_token": csrf_tokens.token() if in_cookie else None,
        "account": views.for_owner(signed_in.account, current.personal()),
    }
    response = answers.respond(answer, 201, location="/api/v1/auth/session")
    if in_cookie:
        credentials.set_cookie(response, signed_in.token, signed_in.expires_at)
    return response


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


@auth.get("/auth/session", "Read your session", answer=SignedIn(), needs=SIGNED_IN)
def get_session() -> dict[str, Any]:
    access = current.access()
    if access.expires_at is None:
        raise SessionOver()
    return {
        "token": None,
        "expires_at": access.expires_at.isoformat(),
        "csrf_token": csrf_tokens.token() if access.how == "cookie" else None,
        "account": own_account.read(),
    }


@auth.delete("/auth/session", "Sign out", needs=SIGNED_IN)
def close_session() -> Response:
    sign_in.sign_out()
    response = Response(status=204)
    credentials.delete_cookie(response)
    return response
