"""Where a person is notified, and in which language."""

from typing import Any, Final

from marshmallow import post_load

from chassis.rpc.interface import (
    Answer,
    Command,
    Expecting,
    Flag,
    Id,
    OneOf,
    Pattern,
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
from services.notify.interface.addresses import ADDRESS_CHANNELS
from services.notify.interface.fields import normalised_address
from services.notify.interface.refusals import EmailOff, TooManyCodes

LANGUAGES: Final = ("zh-CN", "en")
DEFAULT_LANGUAGE: Final = "zh-CN"
NOT_AN_ADDRESS_CODE = Rule("not_six_digits", "The code has 6 digits.", "验证码为 6 位数字。")


class ContactPoint(Versioned):
    """The owner sees the whole address; the gateway sees it masked."""

    account_id = identifier()
    channel = word(ADDRESS_CHANNELS)
    address = text("wang@example.org")
    verified = flag()
    verified_at = moment(maybe=True)
    created_at = moment()


class Removed(Answer):
    id = identifier()
    removed = flag(True, dump_default=True)


class Language(Answer):
    language = word(LANGUAGES)


class ListContactPoints(Request):
    account_id = Id(example=None, description="for the gateway: the account; default: your own")


class PutContactPoint(Request):
    account_id = Id(example=None, description="for the gateway: the account; default: your own")
    channel = OneOf(*ADDRESS_CHANNELS, required=True, example="email")
    address = Text(required=True, most=254, example="wang@example.org")
    verified = Flag(load_default=False, example=None, description="for the gateway: whether the address is verified already")
    language = OneOf(*LANGUAGES)

    @post_load
    def _normalise(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"address": normalised_address(data["channel"], data["address"], "address")}


class VerifyContactPoint(Request):
    contact_point_id = Id(required=True)
    code = Pattern("[0-9]{6}", NOT_AN_ADDRESS_CODE, example="492039", required=True)


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
    description="You have one per channel. The phone that you sign in with is there already. A code is mailed to an e-mail "
    "address; it is valid for 15 minutes. No notification goes there before you have verified the address with the code. Put "
    "the address again to get another code.",
)
VERIFY_CONTACT_POINT = Command(
    "notify.verify_contact_point",
    "Verify an e-mail address",
    takes=VerifyContactPoint(),
    gives=ContactPoint(),
    refuses=(NotFound,),
    description="Send the code from the e-mail. You may send 5 wrong codes (422 `wrong_code`). The verified address "
    "replaces the one that you had before.",
)
REMOVE_CONTACT_POINT = Command(
    "notify.remove_contact_point",
    "Remove a contact point",
    takes=RemoveContactPoint(),
    gives=Removed(),
    refuses=(NotFound,),
)
SET_LANGUAGE = Command("notify.set_language", "Choose the language of notifications", takes=SetLanguage(), gives=Language())
