"""The caller's in-app inbox."""

from typing import Final

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Command,
    Flag,
    Id,
    Paged,
    Query,
    Request,
    Rule,
    Versioned,
    identifier,
    moment,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.refusal import NotFound
from services.notify.interface.addresses import EMAIL, SMS
from services.notify.interface.contact_points import LANGUAGES

IN_APP: Final = "in_app"
CHANNELS: Final = (IN_APP, EMAIL, SMS)
# What a notification can be about.
SUBJECT_TYPES: Final = (
    "booking",
    "series",
    "wait",
    "case",
    "registration",
    "club_event",
    "account",
    "substitution",
    "ticket",
    "question",
    "day_list",
    "lottery",
    "space",
)
NOT_IN_INBOX = Rule("unknown_notification", "This is not a notification of yours.", "这不是您的通知。")


class Notification(Versioned):
    template = text("booking_confirmed")
    channel = word(CHANNELS)
    language = word(LANGUAGES)
    title = text("预约成功")
    body = text("您已预约羽毛球1号场。")
    subject_type = word(SUBJECT_TYPES, maybe=True)
    subject_id = identifier(maybe=True)
    state = text("delivered")
    created_at = moment()
    read_at = moment(maybe=True)


class Marked(Answer):
    marked = number(3, description="how many were unread")
    unread_count = number(0)


class ListNotifications(Paged):
    unread = Flag(load_default=False, description="only unread ones")
    after = Id(example=None, description="the id of one of your notifications; lists only later ones, oldest first")


class OneNotification(Request):
    notification_id = Id(required=True)


class Nothing(Request):
    """For verbs that take no field."""


LIST_NOTIFICATIONS = Query(
    "notify.list_notifications",
    "List notifications",
    takes=ListNotifications(),
    gives=page_of(Notification, unread_count=fields.Integer(required=True, metadata={"example": 1})),
)
GET_NOTIFICATION = Query(
    "notify.get_notification", "Read a notification", takes=OneNotification(), gives=Notification(), refuses=(NotFound,)
)
MARK_READ = Command("notify.mark_read", "Mark as read", takes=OneNotification(), gives=Notification(), refuses=(NotFound,))
MARK_ALL_READ = Command("notify.mark_all_read", "Mark all as read", takes=Nothing(), gives=Marked())
