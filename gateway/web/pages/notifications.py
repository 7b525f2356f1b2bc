"""The reader's notifications: the list, the number of unread ones in the header, and marking them as read.

New ones arrive over SSE. The stream only signals that there is a new one (live.js), and htmx then loads the parts of the page
again.
"""

from datetime import timedelta

from flask import Response, render_template, request, url_for

from gateway.calls import client
from gateway.http import current
from gateway.web import desk_areas, times
from gateway.web.blueprint import pages
from gateway.web.guards import redirect_to, see_other, signed_in
from gateway.web.service_calls import Json, block

SUBJECTS = {
    "booking": ("pages.booking", "booking_id"),
    "series": ("pages.series", "series_id"),
    "lottery": ("pages.lottery", "lottery_id"),
    "wait": ("pages.wait", "wait_id"),
    "case": ("pages.case", "case_id"),
    "club_event": ("pages.club_event", "club_event_id"),
}


@pages.get("/mine/notifications")
@signed_in
def notifications() -> str:
    inbox = block(client.notify.list_notifications, limit=20, cursor=request.args.get("cursor") or None)
    return render_template("notifications.html", inbox=inbox)


@pages.get("/mine/notifications/latest")
@signed_in
def latest_notifications() -> str:
    """The part of the page 我的 that htmx loads again."""
    return render_template("parts/inbox.html", inbox=block(client.notify.list_notifications, limit=5))


@pages.get("/mine/notifications/unread")
def unread() -> str:
    """The badge in the header. Empty for visitors and while notify is down."""
    if current.identity().account_id is None:
        return ""
    answer = block(client.notify.list_notifications, unread=True, limit=1).answer
    return render_template("parts/unread.html", unread=answer["unread_count"] if answer else 0)


@pages.post("/mine/notifications/<uuid:notification_id>/open")
@signed_in
def open_notification(notification_id: str) -> Response:
    """Marks the notification as read and redirects to its subject."""
    found = client.notify.mark_read(notification_id=notification_id)
    return see_other(address_of(found))


@pages.post("/mine/notifications/read")
@signed_in
def read_all() -> Response:
    client.notify.mark_all_read()
    return redirect_to("pages.notifications")


def address_of(notification: Json) -> str:
    """The page of the notification's subject. The page 我的 if the subject has no page."""
    if notification.get("subject_type") == "account":
        # Staff are told of their second factors, residents of an erasure.
        return url_for("pages.factors" if current.identity().party == "staff" else "pages.own_data")
    if notification.get("subject_type") == "club_event" and current.identity().party == "staff":
        return url_for("pages.desk_event", club_event_id=notification["subject_id"])
    if notification.get("subject_type") == "case" and current.identity().has_role(*desk_areas.CASES):
        return url_for("pages.desk_case", case_id=notification["subject_id"])
    if notification.get("subject_type") == "space":
        return url_for("pages.admin_space", space_id=notification["subject_id"])  # only admins are told of a space
    if notification.get("subject_type") == "day_list":
        # Sent in the evening, for the next day.
        day = times.local(notification["created_at"]).date() + timedelta(days=1)
        return url_for("pages.desk_bookings", date=day)
    if notification.get("subject_type") == "ticket":
        return url_for("pages.ticket_queues")  # lists the reader's open tickets
    if known := SUBJECTS.get(str(notification.get("subject_type"))):
        endpoint, name = known
        return url_for(endpoint, **{name: notification["subject_id"]})
    return url_for("pages.leave" if notification.get("subject_type") == "substitution" else "pages.mine")
