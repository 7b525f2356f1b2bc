"""What a channel gets to send one notification."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cryptography.fernet import InvalidToken
from sqlalchemy.orm import Session

from services.notify.delivery.content import Content
from services.notify.notifications.models import Notification
from services.notify.recipients import storage as recipients


@dataclass(frozen=True, slots=True)
class Parcel:
    """`attempt` counts from 1. `id` and `attempt` together identify an attempt. `headers` are trace headers."""

    id: UUID
    attempt: int
    template: str
    language: str
    address: str
    title: str
    body: str
    variables: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)


def lease_parcel(session: Session, notification: Notification, now: datetime) -> Parcel | None:
    """Lease a locked, queued notification for one attempt. Returns None if it was cancelled instead: it has expired, its
    contact point was removed, or its key is no longer configured. It must not block the notifications behind it."""
    if notification.has_expired(now):
        notification.cancel(now, "expired")
        return None
    try:
        content = Content.unseal(notification.sealed or b"")
        address = content.address or recipients.usable_address(session, notification.contact_point_id)
    except InvalidToken:
        notification.cancel(now, "undecryptable")
        return None
    if address is None:
        notification.cancel(now, "no_contact_point")
        return None
    notification.lease(now)
    return Parcel(
        id=notification.id,
        attempt=notification.attempts,
        template=notification.template,
        language=notification.language,
        address=address,
        title=content.title,
        body=content.body,
        variables=content.variables,
        headers=content.headers,
    )
