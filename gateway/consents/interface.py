"""Requests and answers of the API about privacy notices and consents."""

from marshmallow import fields

from chassis.rpc.interface import Answer, Count, OneOf, Request, flag, identifier, moment, names, number, page_of, text, word
from gateway.consents.models import GIVEN_BY


class Notice(Answer):
    """A version of a community's privacy notice."""

    community_id = text("liuyi")
    version = number(1)
    notice = names("本中心用您的姓名和手机号办理预约、报名和事项。", "We use your name and phone number for bookings.")
    published_at = moment()


class Agree(Request):
    version = Count(required=True, least=1, most=1_000_000, example=1, description="of the notice that the person has read")
    given_by = OneOf(
        *GIVEN_BY,
        load_default="self",
        description="guardian: a guardian agrees for somebody under 14 (个人信息保护法, Art. 31)",
    )


class Consent(Answer):
    id = identifier()
    community_id = text("liuyi", attribute="notice_community")
    version = number(1)
    given_by = word(GIVEN_BY)
    by_voice = flag(description="whether staff recorded what the person told them")
    agreed_at = moment()
    withdrawn_at = moment(maybe=True, description="null while the consent counts")


CONSENTS = page_of(Consent)


class ConsentAsked(Answer):
    """The privacy notice to which you are asked to agree: GET /communities/{community_id}, then POST /me/consents."""

    community_id = text("liuyi")
    version = number(1)
    changed = flag(description="whether you agreed to an earlier version")
    needed = flag(description="whether you can do nothing else before")


def asked_for() -> fields.Nested:
    return fields.Nested(
        ConsentAsked, required=True, allow_none=True, metadata={"description": "null if you are asked nothing"}
    )
