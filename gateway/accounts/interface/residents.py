"""Residents, for staff who work with them."""

from marshmallow import fields

from chassis.rpc.interface import Answer, Code, Count, Request, Text, Versioned, flag, identifier, number, text


class MoveResident(Request):
    community_id = Code(required=True, example="liuyi")


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
    household_id = identifier(maybe=True)


class NewResident(Request):
    name = Text(required=True, most=40, example="李奶奶")
    phone = Text(most=32, example=None, description="their own. Leave it out if they have none")
    contact_phone = Text(most=32, example="19900000009", description="of a relative; several residents may have the same one")
    birth_year = Count(least=1900, most=2200, example=1944)


class ChangeResident(NewResident):
    """Everything that staff have entered is replaced, except that a phone of their own stays if it is left out."""


class OtherPhone(Answer):
    phone = text("+8619900000061")
    is_own_phone = flag()


class Contact(Answer):
    name = text("王秀英", maybe=True)
    phone = text("+8619900000001", maybe=True)
    is_own_phone = flag(description="false for the phone of somebody else, under which the person can be reached")
    others = fields.List(
        fields.Nested(OtherPhone), required=True, metadata={"example": [], "description": "further phones of the person"}
    )
