"""Requests and answers of the API about accounts: signing in, your own account, staff, API keys of other systems."""

import re
from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    Code,
    Count,
    FieldError,
    Flag,
    ListOf,
    OneOf,
    Paged,
    Pattern,
    Request,
    Rule,
    Secret,
    Text,
    Versioned,
    flag,
    identifier,
    moment,
    number,
    page_of,
    text,
    word,
)
from gateway.accounts.api_keys import SCOPES
from gateway.accounts.models import ROLES, STATES

NOT_SIX_DIGITS = Rule("not_a_code_of_6", "The code has 6 digits.", "验证码为 6 位数字。")
USERNAME = re.compile(r"[a-z][a-z0-9._\-]{1,31}")
LEAST_PASSWORD = 10  # characters
BAD_USERNAME = Rule(
    "bad_username",
    "2 to 32 lowercase letters, digits, dots, dashes or underscores, beginning with a letter.",
    "2 至 32 个小写字母、数字、点、横线或下划线，以字母开头。",
)
ONE_WAY_TO_SIGN_IN = Rule(
    "one_way_to_sign_in",
    "Send phone and code, or username and password (and totp).",
    "请提供手机号和验证码，或用户名和密码（及动态口令）。",
)


def six_digits(**options: Any) -> Pattern:
    return Pattern(r"[0-9]{6}", NOT_SIX_DIGITS, **options)


def new_password(**options: Any) -> Secret:
    return Secret(least=LEAST_PASSWORD, most=200, **options)


def communities_of_staff() -> ListOf:
    return ListOf(
        Code(example="liuyi"),
        most=200,
        distinct=True,
        example=None,
        description="where they work; left out: your own community",
    )


class AskCode(Request):
    phone = Text(required=True, most=32, example="19900000001")


class CodeSent(Answer):
    expires_in = number(300, description="seconds")


class SignIn(Request):
    """Either `phone` and `code`, or `username` and `password` (and `totp`, if the account uses an authenticator)."""

    phone = Text(most=32, example="19900000001")
    code = six_digits(example="246810")
    username = Text(most=64, example=None)
    password = Secret(most=200)
    totp = six_digits(example=None)
    cookie = Flag(example=False, description="for browsers: put the token into an HttpOnly cookie")

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        given = {"phone", "code", "username", "password", "totp"} & data.keys()
        if given not in ({"phone", "code"}, {"username", "password"}, {"username", "password", "totp"}):
            raise FieldError(ONE_WAY_TO_SIGN_IN)


class Account(Versioned):
    party = word(("resident", "staff"))
    username = text("clerk", maybe=True)
    name = text("王秀英", maybe=True)
    phone = text("+8619900000001", maybe=True)
    language = word(("zh-CN", "en"))
    roles = fields.List(fields.String(), required=True, metadata={"example": []})
    grids = fields.List(fields.String(), required=True, metadata={"example": []})
    communities = fields.List(fields.String(), required=True, metadata={"example": [], "description": "where staff work"})
    whole_district = flag(description="whether staff work in all communities")
    totp_enabled = flag()


class SignedIn(Answer):
    token = text("ls_6d2f…", maybe=True, description="only in this answer; null if it is in a cookie")
    expires_at = moment()
    csrf_token = text("IjQ5…", maybe=True, description="send it as X-CSRFToken with changes; only for cookie sessions")
    account = fields.Nested(Account, required=True)


class ChangeMe(Request):
    name = Text(most=40, example="王秀英")
    language = OneOf("zh-CN", "en")


class ChangePassword(Request):
    password = Secret(required=True, most=200, example="old-password")
    new_password = new_password(required=True, example="a-longer-new-password")


class TotpEnrolment(Answer):
    secret = text("JBSWY3DPEHPK3PXP")
    uri = text("otpauth://totp/Linli:clerk?secret=JBSWY3DPEHPK3PXP&issuer=Linli")


class TotpCode(Request):
    code = six_digits(required=True, example="492039")


class Staff(Versioned):
    username = text("handler")
    name = text("承办人", maybe=True)
    roles = fields.List(fields.String(), required=True, metadata={"example": ["handler"]})
    grids = fields.List(fields.String(), required=True, metadata={"example": []})
    communities = fields.List(
        fields.String(),
        required=True,
        metadata={"example": ["liuyi"], "description": "where they work; empty for the district"},
    )
    whole_district = flag(description="whether they work in all communities")
    disabled = flag()
    state = word(STATES, description="invited: they have not chosen a password yet")


class Invitation(Answer):
    token = text("9sT…", description="only in this answer")
    link = text("https://linli.example/invitation?token=9sT…", description="the page on which the person chooses a password")
    expires_at = moment()


class AddedStaff(Staff):
    invitation = fields.Nested(
        Invitation, required=True, allow_none=True, metadata={"description": "null if the request had a password"}
    )


class AcceptInvitation(Request):
    token = Secret(required=True, most=100, example="a-token-of-an-invitation")
    password = new_password(required=True, example="a-long-first-password")


class AcceptedInvitation(Answer):
    username = text("zhao.lei", description="to sign in with")


STAFF = page_of(Staff)


class ChangeStaff(Request):
    roles = ListOf(OneOf(*ROLES), most=len(ROLES), example=["handler"])
    grids = ListOf(Code(example="liuyi-1"), most=50, example=[])
    communities = communities_of_staff()
    whole_district = Flag(example=None)
    name = Text(most=40, example=None)
    disabled = Flag(example=False)
    password = new_password(example="a-long-first-password")


class NewStaff(Request):
    username = Pattern(USERNAME.pattern, BAD_USERNAME, required=True, example="zhao.lei")
    name = Text(required=True, most=40, example="赵磊")
    password = new_password(example=None, description="left out: the answer has the link of an invitation")
    roles = ListOf(OneOf(*ROLES), required=True, most=len(ROLES), example=["handler"])
    grids = ListOf(Code(example="liuyi-1"), most=50, example=[])
    communities = communities_of_staff()
    whole_district = Flag(example=None, description="let them work in all communities")


class ListStaff(Paged):
    role = OneOf(*ROLES)
    community_id = Code(example=None, description="who work in this community")
    state = OneOf(*STATES)
    q = Text(most=60, example=None, description="a part of the user name or of the name")


class LookUpResident(Request):
    phone = Text(required=True, most=32, example="19900000001")


class Resident(Answer):
    id = identifier()
    community_id = text("liuyi")
    name = text("王秀英", maybe=True)


class KnownResident(Versioned):
    """A resident, for staff who work with them."""

    name = text("王秀英", maybe=True)
    phone = text("+8619900000001", maybe=True, description="their own, with which they sign in")
    contact_phone = text("+8619900000009", maybe=True, description="of somebody else, under which they can be reached")
    birth_year = number(1948, maybe=True)
    kept_by_staff = flag(description="whether staff may change this: they added the account, and its owner has not signed in")


class NewResident(Request):
    name = Text(required=True, most=40, example="李奶奶")
    phone = Text(most=32, example=None, description="their own. Leave it out if they have none")
    contact_phone = Text(most=32, example="19900000009", description="of a relative; several residents may have the same one")
    birth_year = Count(least=1900, most=2200, example=1944)


class ChangeResident(NewResident):
    """Everything that staff have entered is replaced, except that a phone of their own stays if it is left out."""


class Contact(Answer):
    name = text("王秀英", maybe=True)
    phone = text("+8619900000001", maybe=True)
    is_own_phone = flag(description="false for the phone of somebody else, under which the person can be reached")


class SignedInDevice(Answer):
    """A client in which you are signed in."""

    id = identifier()
    name = text("Chrome · Windows", description="empty if the client did not say what it is")
    created_at = moment(description="when it signed in")
    seen_at = moment(description="when it was used last, with an error of a day")
    ends_at = moment(description="it ends then, however much it is used")
    current = flag(description="whether this request comes from it")


DEVICES = page_of(SignedInDevice)


class ListReveals(Paged):
    pass


class SeenBy(Answer):
    """Somebody looked at your data."""

    at = moment()
    by = text("刘芳", maybe=True, description="name of the member of staff")
    roles = fields.List(fields.String(), required=True, metadata={"example": ["clerk"]})
    fields_seen = fields.List(fields.String(), required=True, metadata={"example": ["name", "phone"]})
    operation = text("bookings.revealBookingContact", description="what they did")


REVEALS = page_of(SeenBy)


class NewKey(Request):
    label = Text(required=True, most=80, example="12345 热线")
    scopes = ListOf(OneOf(*SCOPES), required=True, least=1, most=len(SCOPES), example=["messages:read"])
    community_id = Code(example=None, description="one in which you work; by default your own")
    whole_district = Flag(example=False, description="read the messages of all communities; for admins of the whole district")


class Key(Versioned):
    label = text("12345 热线")
    prefix = text("lk_1f0c9a3e")
    scopes = fields.List(fields.String(), required=True, metadata={"example": ["messages:read"]})
    whole_district = flag(description="whether it reads the messages of all communities, and not only of its own")
    created_at = moment()
    revoked_at = moment(maybe=True)


class MadeKey(Key):
    secret = text("lk_1f0c9a3e_9sT…", description="only in this answer")


KEYS = page_of(Key)
