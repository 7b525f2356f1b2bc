"""Requests and answers of the API about WeChat: signing in, and the links of an account."""

from typing import Any, Final

from marshmallow import validates_schema

from chassis.rpc.interface import (
    Answer,
    FieldError,
    Flag,
    OneOf,
    Request,
    Rule,
    Text,
    identifier,
    list_of,
    moment,
    word,
)

MINI_PROGRAM: Final = "mini_program"
OFFICIAL_ACCOUNT: Final = "official_account"
APPS: Final = (MINI_PROGRAM, OFFICIAL_ACCOUNT)
PHONE_ONLY_OF_MINI_PROGRAM = Rule(
    "phone_only_of_mini_program",
    "Only mini-programs have a code for the phone number.",
    "只有小程序能提供手机号凭证。",
)


class LinkWeChat(Request):
    app = OneOf(*APPS, required=True, example=OFFICIAL_ACCOUNT)
    code = Text(required=True, most=256, example="0716AVll20uHk94S", description="of wx.login, or of the redirect")


class Link(Answer):
    id = identifier()
    app = word(APPS)
    linked_at = moment()


LINKS = list_of(Link)


class WeChatSignIn(Request):
    """`phone_code` decides whose account it is. Without it, the account is the one with which WeChat was linked before."""

    app = OneOf(*APPS, required=True, example=MINI_PROGRAM)
    code = Text(required=True, most=256, example="0716AVll20uHk94S", description="of wx.login, or of the redirect")
    phone_code = Text(
        most=256, example="e31968a7f94cc5ee25fa", description="of the button getPhoneNumber of a mini-program; used once"
    )
    cookie = Flag(example=False, description="for browsers: put the token into an HttpOnly cookie")

    @validates_schema
    def _phone_of_mini_program(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("phone_code") is not None and data.get("app") == OFFICIAL_ACCOUNT:
            raise FieldError(PHONE_ONLY_OF_MINI_PROGRAM, "phone_code")
