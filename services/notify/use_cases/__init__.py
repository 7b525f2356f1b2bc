"""What notify does: one plain function per verb. None of them commits."""

from services.notify.use_cases.codes import list_sink_messages, send_code
from services.notify.use_cases.contact_points import (
    list_contact_points,
    put_contact_point,
    remove_contact_point,
    seal_again,
    set_language,
    verify_contact_point,
)
from services.notify.use_cases.inbox import Inbox, get_notification, list_notifications, mark_all_read, mark_read
from services.notify.use_cases.tell import tell

__all__ = [
    "Inbox",
    "get_notification",
    "list_contact_points",
    "list_notifications",
    "list_sink_messages",
    "mark_all_read",
    "mark_read",
    "put_contact_point",
    "remove_contact_point",
    "seal_again",
    "send_code",
    "set_language",
    "tell",
    "verify_contact_point",
]
