"""See and draft club events. What also concerns their rooms or registrations is in `rooms` and `registrations`."""

from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.events.access import DESK, ORGANISERS, account, asked_for, may_see_drafts, serves
from services.events.club_events import storage
from services.events.club_events.equipment import as_stored
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
    equipment: list[dict[str, Any]]


def list_club_events(
    call: Call,
    *,
    limit: int,
    scope: str = "public",
    section: str | None = None,
    community_id: str | None = None,
    club_id: UUID | None = None,
    state: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    q: str | None = None,
    cursor: str | None = None,
) -> Page[ClubEvent]:
    """Club events of `community_id`, or of the communities that the caller looks at, or with `scope="desk"` of those in which
    the caller works. Staff who may see drafts there get every state. Others get published ones, or with `state="cancelled"`
    those that were cancelled after publication; with `state="draft"` they get nothing. Raises Unauthenticated or Forbidden for
    `desk`."""
    if scope == "desk":
        call.acting.require_role(*DESK)
    communities = call.acting.reach if scope == "desk" and community_id is None else asked_for(call, community_id)
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
    """A new draft of the calling organiser. Raises Unauthenticated, Forbidden, NotFound for the club, SessionInPast,
    EquipmentWithoutRoom."""
    call.acting.require_role(*ORGANISERS)
    club = organised_club(call, club_id)
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
    club_event.schedule(new_sessions(call, club.community_id, sessions), call.now)
    club_event.check_equipment()
    call.session.add(club_event)
    call.session.flush()
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


def organised_club(call: Call, club_id: UUID, *, in_community: str | None = None) -> Club:
    """The club. Raises NotFound, also if the caller is no organiser of its community or it is not `in_community`."""
    club = existing_club(call, club_id)
    if not serves(call.acting, club.community_id, ORGANISERS) or in_community not in (None, club.community_id):
        raise NotFound(club_id=str(club_id))
    return club


def new_sessions(call: Call, community_id: str, sessions: list[NewSession]) -> list[ClubSession]:
    """The sessions that a request describes."""
    return [
        ClubSession(
            community_id=community_id,
            starts_at=session["starts_at"],
            ends_at=session["ends_at"],
            capacity=session["capacity"],
            registration_opens_at=session["registration_opens_at"] or call.now,
            registration_closes_at=session["registration_closes_at"] or session["starts_at"],
            equipment=as_stored(session.get("equipment", ())),
        )
        for session in sessions
    ]
