"""The messages that notify publishes. They hold ids only, no text and no address."""

from datetime import datetime
from pathlib import Path
from typing import Any

from chassis.messaging.contracts import Contracts, Message
from services.notify.notifications.models import Notification

CONTRACTS = Contracts(Path(__file__).parent.parent / "contracts", source="notify")


def notification_sent(notification: Notification, now: datetime) -> Message:
    """Build it after the change that it announces: it carries the new version. The same holds for notification_failed."""
    return _message("notification.sent.v1", notification, now)


def notification_failed(notification: Notification, now: datetime) -> Message:
    """For the states `failed` and `unknown`."""
    return _message("notification.failed.v1", notification, now, reason=notification.reason)


def _message(type_: str, notification: Notification, occurred_at: datetime, **more: Any) -> Message:
    data = {
        "notification_id": str(notification.id),
        "account_id": str(notification.account_id),
        "channel": notification.channel,
        "template": notification.template,
        "source_event_id": str(notification.event_id),
        "subject_type": notification.subject_type,
        "subject_id": str(notification.subject_id),
        **more,
    }
    return CONTRACTS.message(
        type_,
        aggregate_id=notification.id,
        version=notification.version,
        community_id=notification.community_id,
        occurred_at=occurred_at,
        data=data,
    )
