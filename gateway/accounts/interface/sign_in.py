"""Signing in, and accepting an invitation."""

from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    FieldError,
    Flag,
    Request,
    Rule,
    Secret,
    Text,
    Versioned,
    flag,
    moment,
    number,
    text,
    word,
)
from gateway.accounts.interface.passwords import new_password
from gateway.consents.interface import asked_for
from gateway.factors.interface import PasskeySignIn, six_digits

ONE_WAY_TO_SIGN_IN = Rule(
    "one_way_to_sign_in",
    "Send phone and code, or a passkey, or username and password (and totp or recovery_code).",
    "请提供手机号和验证码，或通行密钥，或用户名和密码（及动态口令或恢复码）。",
)


class AskCode(Request):
    phone = Text(required=True, most=32, example="19900000001")


class CodeSent(Answer):
    expires_in = number(300, description="seconds")


_SECOND: tuple[set[str], ...] = (set(), {"totp"}, {"recovery_code"})
_WAYS = {"phone", "code", "username", "password", "totp", "recovery_code", "passkey"}


class SignIn(Request):
    """One of: `phone` and `code`; `passkey`; `username` and `password`, and `totp` or `recovery_code` if the account has a
    second factor."""

    phone = Text(most=32, example="19900000001")
    code = six_digits(example="246810")
    username = Text(most=64, example=None)
    password = Secret(most=200)
    totp = six_digits(example=None)
    recovery_code = Secret(most=40, description="instead of a lost second factor, once")
    passkey = fields.Nested(PasskeySignIn, metadata={"left_out": True, "description": "see POST /auth/passkeys"})
    cookie = Flag(example=False, description="for browsers: put the token into an HttpOnly cookie")

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        given = _WAYS & data.keys()
        if given not in ({"phone", "code"}, {"passkey"}, *({"username", "password", *one} for one in _SECOND)):
            raise FieldError(ONE_WAY_TO_SIGN_IN)


class Account(Versioned):
    party = word(("resident", "staff"))
    username = text("clerk", maybe=True)
    name = text("王秀英", maybe=True)
    phone = text("+8619900000001", maybe=True)
    language = word(("zh-CN", "en"))
    roles = fields.List(fields.String(), required=True, metadata={"example": []})
    grids = fields.List(fields.String(), required=True, metadata={"example": []})
    departments = fields.List(
        fields.String(), required=True, metadata={"example": [], "description": "codes of the departments of a handler"}
    )
    communities = fields.List(fields.String(), required=True, metadata={"example": [], "description": "where staff work"})
    whole_district = flag(description="whether staff work in all communities")
    totp_enabled = flag()


class SignedIn(Answer):
    token = text("ls_6d2f…", maybe=True, description="only in this answer; null if it is in a cookie")
    expires_at = moment()
    csrf_token = text("IjQ5…", maybe=True, description="send it as X-CSRFToken with changes; only for cookie sessions")
    account = fields.Nested(Account, required=True)
    consent = asked_for()


class AcceptInvitation(Request):
    token = Secret(required=True, most=100, example="a-token-of-an-invitation")
    password = new_password(required=True, example="a-long-first-password")


class AcceptedInvitation(Answer):
    username = text("zhao.lei", description="to sign in with")
