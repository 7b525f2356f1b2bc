"""Messages about registrations. All of them need `registration.session.club_event` loaded."""

from datetime import datetime
from typing import Any, Literal

from chassis.messaging.contracts import Message
from services.events.club_events.whereabouts import Whereabouts
from services.events.messages import message_about
from services.events.registrations.models import Registration

CancelReason = Literal["withdrawn", "club_event_cancelled", "session_cancelled", "merged"]


def registration_confirmed(registration: Registration) -> Message:
    return _about_registration("registration.confirmed.v1", registration, registration.created_at)


def registration_waitlisted(registration: Registration) -> Message:
    """Needs `position` set."""
    return _about_registration(
        "registration.waitlisted.v1", registration, registration.created_at, position=registration.position
    )


def registration_promoted(registration: Registration, now: datetime) -> Message:
    return _about_registration("registration.promoted.v1", registration, now)


def registration_cancelled(
    registration: Registration,
    now: datetime,
    *,
    previous_state: str,
    reason: CancelReason = "withdrawn",
) -> Message:
    return _about_registration(
        "registration.cancelled.v1",
        registration,
        now,
        previous_state=previous_state,
        cancelled_by=registration.cancelled_by,
        reason=reason,
    )


def registration_moved(registration: Registration, before: Whereabouts, now: datetime) -> Message:
    """Its session takes place at another time or place than `before`."""
    return _about_registration(
        "registration.moved.v1",
        registration,
        now,
        state=registration.state,
        previous_starts_at=before.starts_at.isoformat(),
        previous_ends_at=before.ends_at.isoformat(),
        previous_location=before.place.location,
    )


def _about_registration(type_: str, registration: Registration, at: datetime, **more: Any) -> Message:
    session, club_event = registration.session, registration.session.club_event
    data = {
        "registration_id": str(registration.id),
        "session_id": str(session.id),
        "club_event_id": str(club_event.id),
        "club_id": str(club_event.club_id),
        "section": club_event.section,
        "title": club_event.title,
        "location": session.place.location,
        "resident_id": str(registration.resident_id),
        "seats": registration.seats,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        **more,
    }
    return message_about(registration, type_, at, data)
