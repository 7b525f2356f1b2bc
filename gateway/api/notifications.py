"""One's own notifications, and where they may be sent."""

from typing import Any
from uuid import UUID

from gateway.accounts import own_contact_points
from gateway.api.access import SIGNED_IN, staff
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import NOTHING, Answer, Resource
from gateway.api.schemas.notifications import (
    CONTACT_POINTS,
    NOTIFICATIONS,
    SINK_MESSAGES,
    ContactPoint,
    ListNotifications,
    ListSinkMessages,
    Marked,
    Notification,
    PutContactPoint,
    VerifyContactPoint,
)
from gateway.calls import calls

notifications = Resource("notifications", "通知 · One's own notifications")
sink = Resource("sms-sink", "短信留存 · Texts that the demo keeps instead of sending")
contact_points = Resource("contact-points", "联系方式 · Where notifications are sent")


@notifications.get(
    "/notifications",
    "List notifications",
    query=ListNotifications(),
    answer=NOTIFICATIONS,
    needs=SIGNED_IN,
    links=links("notification_id", "getNotification", "markRead", value=FIRST_ITEM),
)
def list_notifications(query: dict[str, Any]) -> dict[str, Any]:
    return calls.call("notify", "list_notifications", query)


@notifications.get("/notifications/<uuid:notification_id>", "Read a notification", answer=Notification(), needs=SIGNED_IN)
def get_notification(notification_id: UUID) -> dict[str, Any]:
    return calls.call("notify", "get_notification", {"notification_id": notification_id})


@notifications.post(
    "/notifications/<uuid:notification_id>/read", "Mark as read", status=200, answer=Notification(), needs=SIGNED_IN
)
def mark_read(notification_id: UUID) -> dict[str, Any]:
    return calls.call("notify", "mark_read", {"notification_id": notification_id})


@notifications.post("/notifications/read-all", "Mark all as read", status=200, answer=Marked(), needs=SIGNED_IN)
def mark_all_read() -> dict[str, Any]:
    return calls.call("notify", "mark_all_read", {})


@contact_points.get("/contact-points", "List one's contact points", answer=CONTACT_POINTS, needs=SIGNED_IN)
def list_contact_points() -> dict[str, Any]:
    return calls.call("notify", "list_contact_points", {})


@contact_points.post(
    "/contact-points",
    "Add or replace a contact point",
    body=PutContactPoint(),
    answer=ContactPoint(),
    needs=SIGNED_IN,
    refuses=(429,),
    description="One per channel. The phone that one signs in with is there already. An e-mail address is mailed a code, "
    "good for 15 minutes, and is told nothing before it is verified with that; put it again for another code.",
    links=links("contact_point_id", "verifyContactPoint", "removeContactPoint"),
)
def put_contact_point(body: dict[str, Any]) -> Answer:
    return Answer(own_contact_points.put(**body), "/api/v1/contact-points")


@contact_points.post(
    "/contact-points/<uuid:contact_point_id>/verification",
    "Verify an e-mail address",
    status=200,
    body=VerifyContactPoint(),
    answer=ContactPoint(),
    needs=SIGNED_IN,
    refuses=(404, 429),
    description="With the code that was mailed there, of which 5 wrong ones may be tried (422 `wrong_code`). It replaces the "
    "verified address that one had.",
    links=links("contact_point_id", "removeContactPoint"),
)
def verify_contact_point(body: dict[str, Any], contact_point_id: UUID) -> dict[str, Any]:
    return own_contact_points.verify(contact_point_id, body["code"])


@contact_points.delete("/contact-points/<uuid:contact_point_id>", "Remove a contact point", needs=SIGNED_IN)
def remove_contact_point(contact_point_id: UUID) -> Answer:
    calls.call("notify", "remove_contact_point", {"contact_point_id": contact_point_id})
    return NOTHING


@sink.get(
    "/sms-sink",
    "Read the texts that were not sent",
    query=ListSinkMessages(),
    answer=SINK_MESSAGES,
    needs=staff("admin"),
    refuses=(404,),
    description="Where no SMS provider is set up, texts are kept here instead, so that one can sign in with a new phone.",
)
def list_sink_messages(query: dict[str, Any]) -> dict[str, Any]:
    return calls.call("notify", "list_sink_messages", query)
