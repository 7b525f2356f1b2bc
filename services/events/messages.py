"""What `events` publishes, built after the change it tells of (the version in the message is the new one)."""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from chassis.messaging.contracts import Contracts, Message
from services.events.models import Club, ClubEvent, ClubSession, Membership, Registration

CONTRACTS = Contracts(Path(__file__).parent / "contracts", source="events")


def registration_confirmed(registration: Registration) -> Message:
    """Needs `registration.session.club_event` loaded, as all four about registrations do."""
    return _about_registration("registration.confirmed.v1", registration, registration.created_at)


def registration_waitlisted(registration: Registration) -> Message:
    """Needs `position` filled in too."""
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
    reason: Literal["withdrawn", "club_event_cancelled"] = "withdrawn",
) -> Message:
    return _about_registration(
        "registration.cancelled.v1",
        registration,
        now,
        previous_state=previous_state,
        cancelled_by=registration.cancelled_by,
        reason=reason,
    )


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
    return _about_club_event(
        "club_event.cancelled.v1",
        club_event,
        now,
        starts_at=club_event.first_starts_at.isoformat(),
        registrations_cancelled=registrations_cancelled,
        cancelled_at=now.isoformat(),
    )


def club_joined(club: Club, membership: Membership, now: datetime) -> Message:
    return _about_membership("club.joined.v1", club, membership, now, joined_at=now.isoformat())


def club_left(club: Club, membership: Membership, now: datetime) -> Message:
    return _about_membership("club.left.v1", club, membership, now, left_at=now.isoformat())


def _about_registration(type_: str, registration: Registration, at: datetime, **more: Any) -> Message:
    session, club_event = registration.session, registration.session.club_event
    data = {
        "registration_id": str(registration.id),
        "session_id": str(session.id),
        "club_event_id": str(club_event.id),
        "club_id": str(club_event.club_id),
        "section": club_event.section,
        "title": club_event.title,
        "location": club_event.location,
        "resident_id": str(registration.resident_id),
        "seats": registration.seats,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
    }
    return _message(type_, registration, at, {**data, **more})


def _about_club_event(type_: str, club_event: ClubEvent, at: datetime, **more: Any) -> Message:
    data = {
        "club_event_id": str(club_event.id),
        "club_id": str(club_event.club_id),
        "club_name": club_event.club.name,
        "section": club_event.section,
        "title": club_event.title,
        "location": club_event.location,
    }
    return _message(type_, club_event, at, {**data, **more})


def _about_membership(type_: str, club: Club, membership: Membership, at: datetime, **more: Any) -> Message:
    data = {
        "membership_id": str(membership.id),
        "club_id": str(club.id),
        "club_name": club.name,
        "section": club.section,
        "resident_id": str(membership.resident_id),
    }
    return _message(type_, membership, at, {**data, **more})


def _message(type_: str, about: Registration | ClubEvent | Membership, at: datetime, data: dict[str, Any]) -> Message:
    return CONTRACTS.message(
        type_, aggregate_id=about.id, version=about.version, community_id=about.community_id, occurred_at=at, data=data
    )


def _session(session: ClubSession) -> dict[str, Any]:
    return {
        "session_id": str(session.id),
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "capacity": session.capacity,
        "registration_opens_at": session.registration_opens_at.isoformat(),
        "registration_closes_at": session.registration_closes_at.isoformat(),
    }
