"""One-time codes for signing in, and the sink where a demo keeps its text messages."""

from typing import Any

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Command,
    Count,
    FieldError,
    Paged,
    Query,
    Request,
    Rule,
    identifier,
    moment,
    page_of,
    text,
)
from chassis.rpc.refusal import Forbidden
from services.notify.interface.contact_points import Phone
from services.notify.interface.refusals import NoSink, TooManyCodes

NOT_A_SIGN_IN_CODE = Rule("not_a_sign_in_code", "The code has 4 to 8 digits.", "验证码为 4 至 8 位数字。")


class _Digits(fields.String):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        code: str = super()._deserialize(value, attr, data, **rest)
        if not 4 <= len(code) <= 8 or not (code.isascii() and code.isdigit()):
            raise FieldError(NOT_A_SIGN_IN_CODE)
        return code


class SendCode(Request):
    phone = Phone(required=True)
    code = _Digits(required=True)
    minutes = Count(required=True, least=1, most=30, description="how long the code is valid")


class CodeSent(Answer):
    """Never the code, nor where it went."""

    notification_id = identifier(attribute="id")
    state = text("pending")
    expires_at = moment()


class SinkMessage(Answer):
    id = identifier()
    phone = text("+86199****0001")
    body = text("【邻里】您的验证码是 246810。")
    sent_at = moment()


class ListSinkMessages(Paged):
    phone = Phone(metadata={"example": "19900000001"})


SEND_CODE = Command(
    "notify.send_code",
    "Send a sign-in code",
    takes=SendCode(),
    gives=CodeSent(),
    refuses=(Forbidden, TooManyCodes),
)
LIST_SINK_MESSAGES = Query(
    "notify.list_sink_messages",
    "Read the texts that were not sent",
    takes=ListSinkMessages(),
    gives=page_of(SinkMessage),
    refuses=(Forbidden, NoSink),
    description="Where no SMS provider is set up, texts are kept here instead, so that one can sign in with a new phone.",
)
