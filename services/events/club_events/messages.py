"""Messages about club events. They carry no description and no reason for a cancellation: people wrote those."""

from datetime import datetime
from typing import Any

from chassis.messaging.contracts import Message
from services.events.club_events.models import ClubEvent, ClubSession
from services.events.club_events.whereabouts import Whereabouts
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


def club_event_revised(club_event: ClubEvent, now: datetime) -> Message:
    """Needs `club` loaded."""
    return _about_club_event("club_event.revised.v1", club_event, now, audience=club_event.audience, revised_at=now.isoformat())


def session_moved(club_event: ClubEvent, session: ClubSession, before: Whereabouts, now: datetime) -> Message:
    """Needs `club` loaded. `before` is where and when the session was to take place."""
    return _about_club_event(
        "club_event.session_moved.v1",
        club_event,
        now,
        **_where(session),
        previous_starts_at=before.starts_at.isoformat(),
        previous_ends_at=before.ends_at.isoformat(),
        previous_location=before.place.location,
        moved_at=now.isoformat(),
    )


def session_cancelled(club_event: ClubEvent, session: ClubSession, now: datetime, *, registrations_cancelled: int) -> Message:
    """Needs `club` loaded."""
    return _about_club_event(
        "club_event.session_cancelled.v1",
        club_event,
        now,
        **_where(session),
        registrations_cancelled=registrations_cancelled,
        cancelled_at=now.isoformat(),
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
    }
    return message_about(club_event, type_, at, data | more)


def _session(session: ClubSession) -> dict[str, Any]:
    return {
        "session_id": str(session.id),
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "capacity": session.capacity,
        "registration_opens_at": session.registration_opens_at.isoformat(),
        "registration_closes_at": session.registration_closes_at.isoformat(),
        "location": session.place.location,
        "space_id": _space_of(session),
    }


def _where(session: ClubSession) -> dict[str, Any]:
    return {
        "session_id": str(session.id),
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "location": session.place.location,
        "space_id": _space_of(session),
    }


def _space_of(session: ClubSession) -> str | None:
    return str(session.place.space_id) if session.place.space_id else None
