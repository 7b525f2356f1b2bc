"""See, draft, revise and publish club events. What also changes registrations is in registrations/use_cases."""

from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from chassis.database.pagination import Page
from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.events.access import ORGANISERS, account, asked_for, may_see_drafts, serves
from services.events.club_events import messages, storage
from services.events.club_events.models import ClubEvent, ClubSession
from services.events.clubs.models import Club
from services.events.clubs.use_cases import existing_club


class NewSession(TypedDict):
    """A session as a request describes it. Times are aware. None: registration opens now and closes at the start."""

    starts_at: datetime
    ends_at: datetime
    capacity: int
    registration_opens_at: datetime | None
    registration_closes_at: datetime | None


def list_club_events(
    call: Call,
    *,
    limit: int,
    section: str | None = None,
    community_id: str | None = None,
    club_id: UUID | None = None,
    state: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    q: str | None = None,
    cursor: str | None = None,
) -> Page[ClubEvent]:
    """Club events of `community_id`, or of the communities that the caller looks at. Staff who may see drafts there get every
    state. Others get published ones, or with `state="cancelled"` those that were cancelled after publication; with
    `state="draft"` they get nothing."""
    communities = asked_for(call, community_id)
    sees_drafts = may_see_drafts(call.acting, communities)
    return storage.list_club_events(
        call.session,
        communities=communities,
        section=section,
        club_id=club_id,
        state=state or (None if sees_drafts else "published"),
        announced_only=not sees_drafts,
        start=start,
        end=end,
        q=q,
        limit=limit,
        cursor=cursor,
    )


def get_club_event(call: Call, *, club_event_id: UUID) -> ClubEvent:
    """Raises NotFound, also for a draft that the caller may not see."""
    club_event = storage.find_club_event(call.session, club_event_id)
    if club_event is None or not club_event.is_seen_by(call.acting):
        raise NotFound(club_event_id=str(club_event_id))
    return club_event


def draft_club_event(
    call: Call,
    *,
    club_id: UUID,
    section: str,
    title: dict[str, str],
    description: dict[str, str],
    location: str,
    sessions: list[NewSession],
    space_id: UUID | None = None,
    audience: str = "everyone",
) -> ClubEvent:
    """A new draft of the calling organiser. Raises Unauthenticated, Forbidden, NotFound for the club, SessionInPast."""
    call.acting.require_role(*ORGANISERS)
    club = _organised_club(call, club_id)
    club_event = ClubEvent(
        community_id=club.community_id,
        club=club,
        section=section,
        title=title,
        description=description,
        location=location,
        space_id=space_id,
        audience=audience,
        state="draft",
        organiser_id=account(call.acting),
        created_at=call.now,
    )
    club_event.schedule(_new_sessions(call, club.community_id, sessions), call.now)
    call.session.add(club_event)
    call.session.flush()
    return club_event


def revise_club_event(
    call: Call,
    *,
    club_event_id: UUID,
    expected_version: int | None = None,
    club_id: UUID | None = None,
    section: str | None = None,
    title: dict[str, str] | None = None,
    description: dict[str, str] | None = None,
    location: str | None = None,
    space_id: UUID | None = None,
    audience: str | None = None,
    sessions: list[NewSession] | None = None,
) -> ClubEvent:
    """Change a draft. None leaves a field as it is; `sessions` replaces all sessions. The new club must be one of the same
    community. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, NotDraft, SessionInPast."""
    club_event = lock_to_change(call, club_event_id, expected_version)
    changes: dict[str, Any] = {
        "club": None if club_id is None else _organised_club(call, club_id, in_community=club_event.community_id),
        "section": section,
        "title": title,
        "description": description,
        "location": location,
        "space_id": space_id,
        "audience": audience,
    }
    club_event.revise({name: value for name, value in changes.items() if value is not None})
    if sessions is not None:
        club_event.schedule(_new_sessions(call, club_event.community_id, sessions), call.now)
    call.session.flush()
    return club_event


def publish_club_event(call: Call, *, club_event_id: UUID, expected_version: int | None = None) -> ClubEvent:
    """Show a draft to everybody, open its registration, and announce it.
    Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, NotDraft, SessionInPast."""
    club_event = lock_to_change(call, club_event_id, expected_version)
    club_event.publish(call.now)
    outbox.add(call.session, messages.club_event_published(club_event, call.now))
    return club_event


def lock_to_change(call: Call, club_event_id: UUID, expected_version: int | None) -> ClubEvent:
    """The club event, locked with its sessions, for its organiser. Raises Unauthenticated, NotFound, Forbidden,
    VersionMismatch."""
    club_event = storage.lock_club_event(call.session, club_event_id)
    if club_event is None:
        raise NotFound(club_event_id=str(club_event_id))
    club_event.check_organised_by(call.acting)
    club_event.expect_version(expected_version)
    return club_event


def _organised_club(call: Call, club_id: UUID, *, in_community: str | None = None) -> Club:
    """The club. Raises NotFound, also if the caller is no organiser of its community or it is not `in_community`."""
    club = existing_club(call, club_id)
    if not serves(call.acting, club.community_id, ORGANISERS) or in_community not in (None, club.community_id):
        raise NotFound(club_id=str(club_id))
    return club


def _new_sessions(call: Call, community_id: str, sessions: list[NewSession]) -> list[ClubSession]:
    return [
        ClubSession(
            community_id=community_id,
            starts_at=session["starts_at"],
            ends_at=session["ends_at"],
            capacity=session["capacity"],
            registration_opens_at=session["registration_opens_at"] or call.now,
            registration_closes_at=session["registration_closes_at"] or session["starts_at"],
        )
        for session in sessions
    ]
