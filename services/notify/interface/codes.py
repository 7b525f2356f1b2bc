"""Codes for signing in, and the sink, where a demo keeps its text messages."""

from chassis.rpc.interface import (
    Answer,
    Command,
    Count,
    Paged,
    Pattern,
    Query,
    Request,
    Rule,
    identifier,
    moment,
    page_of,
    text,
)
from chassis.rpc.refusal import Forbidden
from services.notify.interface.fields import Phone
from services.notify.interface.refusals import NoSink, TooManyCodes

NOT_A_SIGN_IN_CODE = Rule("not_a_sign_in_code", "The code has 4 to 8 digits.", "验证码为 4 至 8 位数字。")


class SendCode(Request):
    phone = Phone(required=True)
    code = Pattern("[0-9]{4,8}", NOT_A_SIGN_IN_CODE, example="246810", required=True)
    minutes = Count(required=True, least=1, most=30, description="how long the code is valid")


class CodeSent(Answer):
    """The answer holds neither the code nor the phone."""

    notification_id = identifier(attribute="id")
    state = text("queued")
    expires_at = moment()


class SinkMessage(Answer):
    id = identifier()
    phone = text("199****0001", description="masked")
    body = text("【邻里】您的验证码是 246810。")
    sent_at = moment()


class ListSinkMessages(Paged):
    phone = Phone()


SEND_CODE = Command(
    "notify.send_code",
    "Send a sign-in code",
    takes=SendCode(),
    gives=CodeSent(),
    refuses=(Forbidden, TooManyCodes),
)
LIST_SINK_MESSAGES = Query(
    "notify.list_sink_messages",
    "Read the text messages that were not sent",
    takes=ListSinkMessages(),
    gives=page_of(SinkMessage),
    refuses=(Forbidden, NoSink),
    description="If no SMS provider is set up, text messages are stored here instead of being sent. So you can sign in with "
    "any phone number, and read its code here.",
)
