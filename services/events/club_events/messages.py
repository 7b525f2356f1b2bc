"""Messages about club events. They carry no description and no reason for a cancellation: people wrote those."""

from datetime import datetime
from typing import Any

from chassis.messaging.contracts import Message
from services.events.club_events.models import ClubEvent, ClubSession
from services.events.messages import message_about


def club_event_published(club_event: ClubEvent, now: datetime) -> Message:
    """Needs `club` and `sessions` loaded."""
    return _about_club_event(
        "club_event.published.v1",
        club_event,
        now,
        space_id=str(club_event.space_id) if club_event.space_id else None,
        audience=club_event.audience,
        sessions=[_session(session) for session in club_event.sessions],
        published_at=now.isoformat(),
    )


def club_event_cancelled(club_event: ClubEvent, now: datetime, *, registrations_cancelled: int) -> Message:
    """Needs `club` loaded."""
    return _about_club_event(
        "club_event.cancelled.v1",
        club_event,
        now,
        starts_at=club_event.first_starts_at.isoformat(),
        registrations_cancelled=registrations_cancelled,
        cancelled_at=now.isoformat(),
    )


def _about_club_event(type_: str, club_event: ClubEvent, at: datetime, **more: Any) -> Message:
    data = {
        "club_event_id": str(club_event.id),
        "club_id": str(club_event.club_id),
        "club_name": club_event.club.name,
        "section": club_event.section,
        "title": club_event.title,
        "location": club_event.location,
        **more,
    }
    return message_about(club_event, type_, at, data)


def _session(session: ClubSession) -> dict[str, Any]:
    return {
        "session_id": str(session.id),
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "capacity": session.capacity,
        "registration_opens_at": session.registration_opens_at.isoformat(),
        "registration_closes_at": session.registration_closes_at.isoformat(),
    }
