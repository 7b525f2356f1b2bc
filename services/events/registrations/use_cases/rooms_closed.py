"""What happens when a closure comes into the way of a room that a session has, and when it ends early."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.events.club_events import storage as club_events
from services.events.club_events.models import ClubEvent
from services.events.rooms import storage
from services.events.rooms.messages import rooms_refused
from services.events.rooms.models import RoomClaim, RoomRefusal, WantedRoom


def rooms_disrupted(call: Call, *, claim_id: UUID, closure_id: UUID, refusals: Sequence[dict[str, Any]]) -> None:
    """Sessions keep their rooms, which are closed then. The organiser is told, and moves them or calls them off. A session that
    is elsewhere by now, or over, is left out."""
    if (found := _lock(call, claim_id)) is None:
        return
    club_event, claim = found
    rooms = {
        session.id: WantedRoom(session.id, session.whereabouts, session.capacity)
        for session in club_event.sessions
        if session.takes_place_after(call.now)
    }
    closed = [
        RoomRefusal(held=True, closure_id=closure_id, session_id=one.pop("holder_id"), **one)
        for one in refusals
        if one["holder_id"] in rooms and rooms[one["holder_id"]].whereabouts.place.space_id == one["space_id"]
    ]
    if not closed:
        return
    club_event.changed()
    claim.keep_refusals(closed, list(rooms.values()))
    outbox.add(call.session, rooms_refused(club_event, closed, call.now))


def rooms_restored(call: Call, *, claim_id: UUID, closure_id: UUID, holder_ids: Sequence[UUID]) -> None:
    """The closure is no longer in the way of these sessions."""
    if (found := _lock(call, claim_id)) is not None:
        found[1].forget_closure(closure_id, holder_ids)


def _lock(call: Call, claim_id: UUID) -> tuple[ClubEvent, RoomClaim] | None:
    """The published club event and its claim, locked. None if the claim is of another service."""
    club_event_id = storage.club_event_of(call.session, claim_id)
    if club_event_id is None:
        return None
    club_event = club_events.lock_club_event(call.session, club_event_id)
    claim = storage.lock_claim(call.session, club_event_id)
    if club_event is None or claim is None or club_event.state != "published":
        return None
    return club_event, claim
