"""What notify's RPC takes and gives. Unknown fields are refused; addresses are normalised on the way in and masked
on the way out."""

from datetime import datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from chassis.database import crypto
from chassis.rpc.identity import Identity
from services.notify.interface.addresses import masked, normalised, shown
from services.notify.models import ContactPoint, SinkMessage
from services.notify.models.recipient import LANGUAGES


class Request(Schema):
    class Meta:
        unknown = RAISE


class Nothing(Request):
    pass


class PageRequest(Request):
    limit = fields.Integer(strict=True, load_default=20, validate=validate.Range(1, 100))
    cursor = fields.String(load_default=None, allow_none=True)


class Phone(fields.String):
    """A mobile number, however it is written; loads as E.164."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return _address("sms", super()._deserialize(value, attr, data, **kwargs))


def _address(channel: str, text: str, field: str = "_schema") -> str:
    try:
        return normalised(channel, text)
    except ValueError as error:
        raise ValidationError(f"{str(error).capitalize()}.", field) from error


class ListNotifications(PageRequest):
    unread = fields.Boolean(load_default=False)
    after = fields.UUID(load_default=None, allow_none=True)


class OneNotification(Request):
    notification_id = fields.UUID(required=True)


class ListContactPoints(Request):
    account_id = fields.UUID(load_default=None, allow_none=True)


class PutContactPoint(Request):
    account_id = fields.UUID(load_default=None, allow_none=True)
    channel = fields.String(required=True, validate=validate.OneOf(["sms", "email"]))
    address = fields.String(required=True, validate=validate.Length(min=1, max=254))
    verified = fields.Boolean(load_default=False)
    language = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LANGUAGES))

    @post_load
    def _normalise(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"address": _address(data["channel"], data["address"], "address")}


class VerifyContactPoint(Request):
    contact_point_id = fields.UUID(required=True)
    code = fields.String(required=True, validate=validate.Regexp(r"\A[0-9]{6}\Z", error="6 digits."))


class RemoveContactPoint(Request):
    contact_point_id = fields.UUID(required=True)
    expected_version = fields.Integer(strict=True, load_default=None, allow_none=True)


class SetLanguage(Request):
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))


class SendCode(Request):
    """`minutes`: how long the code is valid."""

    phone = Phone(required=True, validate=validate.Length(max=40))
    code = fields.String(required=True, validate=validate.Regexp(r"\A\d{4,8}\Z", error="4 to 8 digits."))
    minutes = fields.Integer(strict=True, required=True, validate=validate.Range(1, 30))


class ListSinkMessages(PageRequest):
    phone = Phone(load_default=None, allow_none=True)


class NotificationAnswer(Schema):
    id = fields.UUID()
    version = fields.Integer()
    community_id = fields.String()
    template = fields.String()
    channel = fields.String()
    language = fields.String()
    title = fields.String()
    body = fields.String()
    subject_type = fields.String()
    subject_id = fields.UUID()
    state = fields.String()
    created_at = fields.AwareDateTime()
    read_at = fields.AwareDateTime()


class CodeAnswer(Schema):
    """Never the code, nor where it went."""

    notification_id = fields.UUID(attribute="id")
    state = fields.String()
    expires_at = fields.AwareDateTime()


def contact_point_for(point: ContactPoint, acting: Identity) -> dict[str, Any]:
    """The whole address to its owner, a masked one to anybody else."""
    address = crypto.decrypt(point.address).decode()
    form = shown if acting.account_id == str(point.account_id) else masked
    return {
        "id": str(point.id),
        "version": point.version,
        "community_id": point.community_id,
        "account_id": str(point.account_id),
        "channel": point.channel,
        "address": form(point.channel, address),
        "verified": point.verified,
        "created_at": _time(point.created_at),
        "verified_at": _time(point.verified_at),
    }


def sink_message_for(message: SinkMessage) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "phone": masked("sms", crypto.decrypt(message.phone).decode()),
        "body": crypto.decrypt(message.body).decode(),
        "sent_at": _time(message.sent_at),
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
