"""Where and in which language a person wants to be told."""

from typing import Any

from marshmallow import fields, post_load

from chassis.rpc.interface import (
    Answer,
    Command,
    Expecting,
    FieldError,
    Flag,
    Id,
    OneOf,
    Query,
    Request,
    Rule,
    Text,
    Versioned,
    flag,
    identifier,
    list_of,
    moment,
    text,
    word,
)
from chassis.rpc.refusal import Forbidden, NotFound
from services.notify.interface.addresses import normalised
from services.notify.interface.refusals import EmailOff, TooManyCodes
from services.notify.interface.words import ADDRESS_CHANNELS, LANGUAGES

BAD_ADDRESS = {
    "sms": Rule("bad_phone", "This is not a mobile phone number.", "这不像一个手机号，请检查。"),
    "email": Rule("bad_email", "This is not an e-mail address.", "这不像一个邮箱地址，请检查。"),
}
SIX_DIGITS = Rule("not_six_digits", "The code has 6 digits.", "验证码为 6 位数字。")


def normalised_address(channel: str, address: str, field: str = "_schema") -> str:
    """The one spelling of an address. Raises FieldError for what is none."""
    try:
        return normalised(channel, address)
    except ValueError as error:
        raise FieldError(BAD_ADDRESS[channel], field) from error


class Phone(fields.String):
    """A mobile number in any spelling; loads as E.164."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        return normalised_address("sms", super()._deserialize(value, attr, data, **rest))


class ContactPoint(Versioned):
    """The owner sees the whole address, anybody else a masked one."""

    account_id = identifier()
    channel = word(*ADDRESS_CHANNELS)
    address = text("wang@example.org")
    verified = flag()
    verified_at = moment(maybe=True)
    created_at = moment()


class Removed(Answer):
    id = identifier()
    removed = flag(True)


class Language(Answer):
    language = word(*LANGUAGES)


class ListContactPoints(Request):
    account_id = Id(example=None, description="for the gateway: whose")


class PutContactPoint(Request):
    account_id = Id(example=None, description="for the gateway: whose")
    channel = OneOf(*ADDRESS_CHANNELS, required=True, example="email")
    address = Text(required=True, most=254, example="wang@example.org")
    verified = Flag(load_default=False, example=None, description="for the gateway: proven already")
    language = OneOf(*LANGUAGES)

    @post_load
    def _normalise(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"address": normalised_address(data["channel"], data["address"], "address")}


class SixDigits(fields.String):
    """A code of six digits."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(metadata={"example": "492039", "pattern": "^[0-9]{6}$"}, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        code: str = super()._deserialize(value, attr, data, **rest)
        if len(code) != 6 or not (code.isascii() and code.isdigit()):
            raise FieldError(SIX_DIGITS)
        return code


class VerifyContactPoint(Request):
    contact_point_id = Id(required=True)
    code = SixDigits(required=True)


class RemoveContactPoint(Expecting):
    contact_point_id = Id(required=True)


class SetLanguage(Request):
    language = OneOf(*LANGUAGES, required=True)


LIST_CONTACT_POINTS = Query(
    "notify.list_contact_points",
    "List your contact points",
    takes=ListContactPoints(),
    gives=list_of(ContactPoint),
    refuses=(Forbidden,),
)
PUT_CONTACT_POINT = Command(
    "notify.put_contact_point",
    "Add or replace a contact point",
    takes=PutContactPoint(),
    gives=ContactPoint(),
    refuses=(Forbidden, EmailOff, TooManyCodes),
    description="One per channel. The phone that one signs in with is there already. An e-mail address is mailed a code, "
    "good for 15 minutes, and is told nothing before it is verified with that; put it again for another code.",
)
VERIFY_CONTACT_POINT = Command(
    "notify.verify_contact_point",
    "Verify an e-mail address",
    takes=VerifyContactPoint(),
    gives=ContactPoint(),
    refuses=(NotFound,),
    description="With the code that was mailed there, of which 5 wrong ones may be tried (422 `wrong_code`). It replaces the "
    "verified address that one had.",
)
REMOVE_CONTACT_POINT = Command(
    "notify.remove_contact_point",
    "Remove a contact point",
    takes=RemoveContactPoint(),
    gives=Removed(),
    refuses=(NotFound,),
)
SET_LANGUAGE = Command("notify.set_language", "Choose the language of notifications", takes=SetLanguage(), gives=Language())
