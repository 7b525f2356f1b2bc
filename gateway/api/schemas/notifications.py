"""Notifications and contact points."""

from marshmallow import fields, validate

from gateway.api.fields import Flag, OneOf, Paged, Shape, Words
from gateway.api.schemas.given import Given, Versioned, flag, ident, list_of, moment, number, page_of, text, word


class Notification(Versioned):
    template = text("booking_confirmed")
    channel = text("in_app")
    language = word("zh-CN", "en")
    title = text("预约成功")
    body = text("您已预约羽毛球1号场。")
    subject_type = word("booking", "case", "registration", "club_event", maybe=True)
    subject_id = ident(maybe=True)
    state = text("delivered")
    created_at = moment()
    read_at = moment(maybe=True)


NOTIFICATIONS = page_of(Notification, unread_count=fields.Integer(required=True, metadata={"example": 1}))


class Marked(Given):
    marked = number(3)
    unread_count = number(0)


class ListNotifications(Paged):
    unread = Flag(strict=False, metadata={"description": "only those not read yet"})


class ContactPoint(Versioned):
    account_id = ident()
    channel = word("sms", "email")
    address = text("wang@example.org")
    verified = flag()
    verified_at = moment(maybe=True)
    created_at = moment()


CONTACT_POINTS = list_of(ContactPoint)


class SinkMessage(Given):
    id = ident()
    phone = text("+86199****0001")
    body = text("【邻里】您的验证码是 246810。")
    sent_at = moment()


SINK_MESSAGES = page_of(SinkMessage)


class ListSinkMessages(Paged):
    phone = Words(most=40, example="19900000001")


class VerifyContactPoint(Shape):
    code = fields.String(required=True, validate=validate.Regexp(r"^[0-9]{6}\Z"), metadata={"example": "492039"})


class PutContactPoint(Shape):
    channel = OneOf("sms", "email", required=True, example="email")
    address = Words(required=True, most=254, example="wang@example.org")
    language = OneOf("zh-CN", "en")
