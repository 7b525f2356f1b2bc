"""The caller's notifications and contact points."""

from typing import Any

from gateway.api.access import ANY_STAFF, SIGNED_IN, staff
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.operation import PREFIX, Answer
from gateway.api.resource import Resource
from gateway.operations import contact_points as own_contact_points
from services.notify.interface.codes import LIST_SINK_MESSAGES
from services.notify.interface.contact_points import (
    LIST_CONTACT_POINTS,
    PUT_CONTACT_POINT,
    REMOVE_CONTACT_POINT,
    VERIFY_CONTACT_POINT,
)
from services.notify.interface.notifications import GET_NOTIFICATION, LIST_NOTIFICATIONS, MARK_ALL_READ, MARK_READ
from services.notify.interface.reminders import CHOOSE_REMINDERS, GET_REMINDER_CHOICE
from services.notify.interface.staff_messages import CHOOSE_STAFF_MESSAGES, GET_STAFF_MESSAGES

notifications = Resource("notifications", "通知 · Your notifications")
sink = Resource("sms-sink", "短信留存 · Text messages that the demo stores instead of sending")
contact_points = Resource("contact-points", "联系方式 · Where notifications are sent")

_NEXT = links("notification_id", "getNotification", "markRead", value=FIRST_ITEM)
notifications.expose(LIST_NOTIFICATIONS, "GET /notifications", who=SIGNED_IN, hidden=["after"], links=_NEXT)
notifications.expose(GET_NOTIFICATION, "GET /notifications/<uuid:notification_id>", who=SIGNED_IN)
notifications.expose(MARK_READ, "POST /notifications/<uuid:notification_id>/read", who=SIGNED_IN)
notifications.expose(MARK_ALL_READ, "POST /notifications/read-all", who=SIGNED_IN)

notifications.expose(GET_REMINDER_CHOICE, "GET /me/reminders", who=SIGNED_IN, hidden=["account_id"])
notifications.expose(CHOOSE_REMINDERS, "PUT /me/reminders", who=SIGNED_IN, hidden=["account_id", "community_id"])
notifications.expose(GET_STAFF_MESSAGES, "GET /me/staff-messages", who=ANY_STAFF)
notifications.expose(CHOOSE_STAFF_MESSAGES, "PUT /me/staff-messages", who=ANY_STAFF)

_ONE = "/contact-points/<uuid:contact_point_id>"


def _put(payload: dict[str, Any]) -> Answer:
    return Answer(own_contact_points.put(payload), f"{PREFIX}/contact-points")


contact_points.expose(LIST_CONTACT_POINTS, "GET /contact-points", who=SIGNED_IN, hidden=["account_id"])
contact_points.expose(
    PUT_CONTACT_POINT,
    "POST /contact-points",
    who=SIGNED_IN,
    status=201,
    hidden=["account_id", "verified"],
    send=_put,
    links=links("contact_point_id", "verifyContactPoint", "removeContactPoint"),
)
contact_points.expose(
    VERIFY_CONTACT_POINT,
    f"POST {_ONE}/verification",
    who=SIGNED_IN,
    send=own_contact_points.verify,
    refuses=(422, 429),
    links=links("contact_point_id", "removeContactPoint"),
)
contact_points.expose(REMOVE_CONTACT_POINT, f"DELETE {_ONE}", who=SIGNED_IN, status=204)

sink.expose(LIST_SINK_MESSAGES, "GET /sms-sink", who=staff("admin"))
