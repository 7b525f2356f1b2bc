"""Requests and answers of the API about the phones of a resident."""

from chassis.rpc.interface import Answer, Flag, Request, Text, flag, identifier, list_of, moment, text, word
from gateway.accounts.phone_list.models import USES
from gateway.factors.interface import six_digits


class Phone(Answer):
    id = identifier()
    phone = text("+8619900000001")
    use = word(
        USES, description="`sign_in`: its owner signs in with it; `contact`: of somebody else, under which they are reached"
    )
    main = flag(description="text messages go to the main phone to sign in with, or else to the main contact phone")
    usable_from = moment(maybe=True, description="nobody signs in with it before; null: at once")
    added_at = moment()


PHONES = list_of(Phone)


class AskPhoneCode(Request):
    phone = Text(required=True, most=32, example="19900000061")


class AddPhone(Request):
    phone = Text(required=True, most=32, example="19900000061")
    code = six_digits(example="246810", description="that was sent to the phone; left out: it is a contact phone")


class AddResidentPhone(AddPhone):
    move = Flag(
        load_default=False,
        example=False,
        description="take the phone away from the account that signs in with it; the number belongs to somebody else now",
    )
