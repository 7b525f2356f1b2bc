"""Signing in, one's own account, staff, keys of other systems."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from gateway.accounts.api_keys import SCOPES
from gateway.accounts.models import ROLES
from gateway.api.fields import Code, Flag, OneOf, Paged, Shape, Words
from gateway.api.schemas.given import Given, Versioned, flag, ident, moment, number, page_of, text, word

_PASSWORD = validate.Length(10, 200)
_DIGITS = validate.Regexp(r"^[0-9]{6}\Z")


class AskCode(Shape):
    phone = Words(required=True, most=32, example="19900000001")


class CodeSent(Given):
    expires_in = number(300, description="seconds")


class SignIn(Shape):
    """Either `phone` and `code`, or `username` and `password` (and `totp` where it is switched on)."""

    phone = Words(most=32, example="19900000001")
    code = fields.String(validate=_DIGITS, metadata={"example": "246810"})
    username = Words(most=64, example=None)
    password = fields.String(validate=validate.Length(1, 200))
    totp = fields.String(validate=_DIGITS)
    cookie = Flag(example=False, metadata={"description": "for browsers: put the token in an HttpOnly cookie instead"})

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        given = {"phone", "code", "username", "password", "totp"} & data.keys()
        if given not in ({"phone", "code"}, {"username", "password"}, {"username", "password", "totp"}):
            raise ValidationError("Give phone and code, or username and password (and totp).", "_schema")


class Account(Versioned):
    party = word("resident", "staff")
    username = text("clerk", maybe=True)
    name = text("王秀英", maybe=True)
    phone = text("+8619900000001", maybe=True)
    language = word("zh-CN", "en")
    roles = fields.List(fields.String(), required=True, metadata={"example": []})
    grids = fields.List(fields.String(), required=True, metadata={"example": []})
    totp_enabled = flag()


class Session(Given):
    token = text("ls_6d2f…", maybe=True, description="told once; null when it went into a cookie")
    expires_at = moment()
    csrf_token = text("IjQ5…", maybe=True, description="send as X-CSRFToken with changes; cookie sessions only")
    account = fields.Nested(Account, required=True)


class ChangeMe(Shape):
    name = Words(most=40, example="王秀英")
    language = OneOf("zh-CN", "en")


class ChangePassword(Shape):
    password = fields.String(required=True, validate=validate.Length(1, 200), metadata={"example": "old-password"})
    new_password = fields.String(required=True, validate=_PASSWORD, metadata={"example": "a-longer-new-password"})


class TotpEnrolment(Given):
    secret = text("JBSWY3DPEHPK3PXP")
    uri = text("otpauth://totp/Linli:clerk?secret=JBSWY3DPEHPK3PXP&issuer=Linli")


class TotpCode(Shape):
    code = fields.String(required=True, validate=_DIGITS, metadata={"example": "492039"})


class Staff(Versioned):
    username = text("handler")
    name = text("承办人", maybe=True)
    roles = fields.List(fields.String(), required=True, metadata={"example": ["handler"]})
    grids = fields.List(fields.String(), required=True, metadata={"example": []})
    disabled = flag()


STAFF = page_of(Staff)


class ChangeStaff(Shape):
    roles = fields.List(OneOf(*ROLES), validate=validate.Length(max=len(ROLES)), metadata={"example": ["handler"]})
    grids = fields.List(Code(example="liuyi-1"), validate=validate.Length(max=50), metadata={"example": []})
    disabled = Flag(example=False)
    password = fields.String(validate=_PASSWORD, metadata={"example": "a-long-first-password"})


class NewStaff(Shape):
    username = fields.String(
        required=True, validate=validate.Regexp(r"^[a-z][a-z0-9._\-]{1,31}\Z"), metadata={"example": "zhao.lei"}
    )
    name = Words(required=True, most=40, example="赵磊")
    password = fields.String(required=True, validate=_PASSWORD, metadata={"example": "a-long-first-password"})
    roles = fields.List(
        OneOf(*ROLES), required=True, validate=validate.Length(max=len(ROLES)), metadata={"example": ["handler"]}
    )
    grids = fields.List(Code(example="liuyi-1"), validate=validate.Length(max=50), metadata={"example": []})


class ListStaff(Paged):
    role = OneOf(*ROLES)


class LookUpResident(Shape):
    phone = Words(required=True, most=32, example="19900000001")


class Resident(Given):
    id = ident()
    community_id = text("liuyi")
    name = text("王秀英", maybe=True)


class NewKey(Shape):
    label = Words(required=True, most=80, example="12345 热线")
    scopes = fields.List(
        OneOf(*SCOPES), required=True, validate=validate.Length(1, len(SCOPES)), metadata={"example": ["messages:read"]}
    )


class Key(Versioned):
    label = text("12345 热线")
    prefix = text("lk_1f0c9a3e")
    scopes = fields.List(fields.String(), required=True, metadata={"example": ["messages:read"]})
    created_at = moment()
    revoked_at = moment(maybe=True)


class MadeKey(Key):
    secret = text("lk_1f0c9a3e_9sT…", description="told once")


KEYS = page_of(Key)
