"""Ask booking for the rooms of club events: when one is published, revised, or has waited for too long."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound
from services.events.access import DRAFTS, serves
from services.events.club_events import messages as club_event_messages
from services.events.club_events import storage as club_events
from services.events.club_events.equipment import as_stored
from services.events.club_events.models import ClubEvent, ClubSession
from services.events.club_events.use_cases import NewSession, lock_to_change, new_sessions, organised_club
from services.events.rooms import messages, storage
from services.events.rooms.models import RoomClaim, is_to_ask, wanted_rooms


def ask_for_rooms(call: Call, club_event: ClubEvent, claim: RoomClaim | None) -> None:
    """Ask booking for all rooms that the club event should have now, or give all back if it needs none. Nothing is asked if it
    never needed any. The caller holds the locks of both."""
    rooms = wanted_rooms(club_event, claim, call.now)
    if claim is None:
        if not rooms:
            return
        claim = new_claim(call, club_event)
    claim.ask(call.now)
    outbox.add(call.session, messages.claim_requested(club_event, claim, rooms, call.now))


def new_claim(call: Call, club_event: ClubEvent) -> RoomClaim:
    """A claim for the rooms of the club event, for which booking was not asked yet. The caller holds the club event's lock."""
    claim = RoomClaim(
        community_id=club_event.community_id,
        club_event_id=club_event.id,
        version=0,
        state="released",
        asked_at=call.now,
        answered_at=None,
        move=None,
        refusals={},
        equipment={},
        equipment_unanswered=False,
    )
    call.session.add(claim)
    return claim


def publish_club_event(call: Call, *, club_event_id: UUID, expected_version: int | None = None) -> ClubEvent:
    """Show a draft to everybody, open its registration, and announce it. If it needs rooms, it waits for them first.
    Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, NotDraft, SessionInPast."""
    club_event = lock_to_change(call, club_event_id, expected_version)
    if not club_event.needs_rooms:
        publish(call, club_event)
        return club_event
    club_event.await_rooms(call.now)
    claim = storage.lock_claim(call.session, club_event_id)
    if claim is not None:
        claim.refusals = {}
    ask_for_rooms(call, club_event, claim)
    return club_event


def publish(call: Call, club_event: ClubEvent) -> None:
    """Publish and announce it. Raises NotDraft, SessionInPast."""
    club_event.publish(call.now)
    outbox.add(call.session, club_event_messages.club_event_published(club_event, call.now))


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
    equipment: list[dict[str, Any]] | None = None,
) -> ClubEvent:
    """Change a draft, or the texts and the audience of what is published; the latter is announced. None leaves a field as it
    is; `sessions` replaces all sessions, and every session of a draft needs `equipment`. The new club must be one of the same
    community. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, NotDraft, SessionInPast, EquipmentWithoutRoom."""
    club_event = lock_to_change(call, club_event_id, expected_version)
    given: dict[str, Any] = {
        "club": None if club_id is None else organised_club(call, club_id, in_community=club_event.community_id),
        "section": section,
        "title": title,
        "description": description,
        "location": location,
        "space_id": space_id,
        "audience": audience,
        "sessions": sessions,
        "equipment": equipment,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    club_event.check_revisable(changes)
    for name in ("sessions", "equipment"):
        changes.pop(name, None)
    club_event.revise(changes)
    if sessions is not None:
        club_event.schedule(new_sessions(call, club_event.community_id, sessions), call.now)
    if equipment is not None:
        club_event.equip(as_stored(equipment))
    club_event.check_equipment()
    call.session.flush()
    if club_event.state == "published":
        outbox.add(call.session, club_event_messages.club_event_revised(club_event, call.now))
        claim = storage.lock_claim(call.session, club_event_id)
        if title is not None and claim is not None:
            ask_for_rooms(call, club_event, claim)  # booking shows the title
    return club_event


def get_rooms(call: Call, *, club_event_id: UUID) -> dict[str, Any]:
    """What became of the rooms of each session. Raises NotFound, or Forbidden for others than staff who see drafts there."""
    club_event = club_events.find_club_event(call.session, club_event_id)
    if club_event is None or not club_event.is_seen_by(call.acting):
        raise NotFound(club_event_id=str(club_event_id))
    if not serves(call.acting, club_event.community_id, DRAFTS):
        raise Forbidden(needs=sorted(DRAFTS))
    claim = storage.find_claim(call.session, club_event_id)
    return {
        "club_event_id": club_event.id,
        "sessions": [_room_of(club_event, claim, session) for session in club_event.sessions],
    }


def _room_of(club_event: ClubEvent, claim: RoomClaim | None, session: ClubSession) -> dict[str, Any]:
    refusal = claim.refusals.get(str(session.id)) if claim else None
    moves = claim is not None and claim.moving == session.id
    if session.cancelled_at is not None or club_event.state == "cancelled":
        room = "none"
    elif refusal is not None and not refusal["held"]:
        room = "refused"
    elif session.place.space_id is None and not moves:
        room = "none"
    elif club_event.state == "draft":
        room = "not_asked"
    else:
        room = "waiting" if claim is None or claim.state == "asked" else "held"
    return {
        "session_id": session.id,
        "room": room,
        "equipment": _equipment_of(claim, session, room),
        "moves_to": _with_times(claim.move) if claim and claim.move and moves else None,
        "refusal": refusal
        and refusal
        | {
            "wanted": _with_times(refusal["wanted"]),
            "alternatives": [_with_times(alternative) for alternative in refusal["alternatives"]],
        },
    }


def _equipment_of(claim: RoomClaim | None, session: ClubSession, room: str) -> list[dict[str, Any]]:
    given = {one["kind_id"]: one for one in claim.equipment.get(str(session.id), ())} if claim else {}
    short = claim is not None and claim.misses_equipment(session)
    shown = []
    for one in session.equipment:
        if room in ("not_asked", "none", "refused"):
            state = "not_asked" if room == "not_asked" else "missing"
        elif claim is None or claim.state == "asked" or claim.equipment_unanswered:
            state = "waiting"
        else:
            state = "given" if one["kind_id"] in given and not short else "missing"
        shown.append(one | {"state": state, "name": given.get(one["kind_id"], {}).get("name")})
    return shown


def _with_times(stored: dict[str, Any]) -> dict[str, Any]:
    return stored | {name: datetime.fromisoformat(stored[name]) for name in ("starts_at", "ends_at")}


def ask_again(call: Call, club_event_id: UUID) -> None:
    """Ask booking for the rooms of a club event, if `is_to_ask` says so. Another replica may have been faster."""
    club_event = club_events.lock_club_event(call.session, club_event_id)
    if club_event is None:
        return
    claim = storage.lock_claim(call.session, club_event_id)
    if is_to_ask(club_event, claim, call.now):
        ask_for_rooms(call, club_event, claim)


def to_ask(call: Call, limit: int = 100) -> list[UUID]:
    """Ids of club events for which booking may have to be asked."""
    return list(storage.to_ask(call.session, call.now, limit))
