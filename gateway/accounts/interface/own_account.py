"""Your own account: changes, the authenticator, devices, and who saw your data."""

from marshmallow import fields

from chassis.rpc.interface import Answer, Code, OneOf, Paged, Request, Secret, Text, flag, identifier, moment, page_of, text
from gateway.accounts.interface.passwords import new_password
from gateway.factors.interface import six_digits


class ChangeMe(Request):
    name = Text(most=40, example="王秀英")
    language = OneOf("zh-CN", "en")
    community_id = Code(
        example=None,
        description="the community to which a resident moves; bookings stay, and you are asked to agree to its privacy notice",
    )


class Proof(Request):
    code = six_digits(required=True, example="246810")


class ChangePassword(Request):
    password = Secret(required=True, most=200, example="old-password")
    new_password = new_password(required=True, example="a-longer-new-password")


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
