"""Move a session to another time or place, or give it other equipment."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.events.club_events.equipment import as_stored
from services.events.club_events.messages import session_moved
from services.events.club_events.models import ClubEvent, ClubSession
from services.events.club_events.whereabouts import Place, Whereabouts
from services.events.interface.refusals import EquipmentWithoutRoom, NotPublished, RoomsPending
from services.events.registrations import messages, storage
from services.events.registrations.use_cases.change_club_event import lock_session_to_change
from services.events.rooms import storage as rooms
from services.events.rooms.models import RoomClaim
from services.events.rooms.use_cases import ask_for_rooms, new_claim


def move_session(
    call: Call,
    *,
    session_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    location: str | None = None,
    space_id: UUID | None = None,
    equipment: list[dict[str, Any]] | None = None,
    expected_version: int | None = None,
) -> ClubEvent:
    """The club event with the session at another time (aware) or place. Without `location` it stays in its place, and without
    `equipment` it keeps what it needs. If the new
    place can be booked, the session moves when booking grants it, and stays as it is until then. A session of a draft moves at
    once. `expected_version` is the version of the club event. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch,
    NotPublished, RoomsPending, SessionNotMovable, SessionInPast, EquipmentWithoutRoom."""
    club_event, session = lock_session_to_change(call, session_id, expected_version)
    claim = rooms.lock_claim(call.session, club_event.id)
    place = session.place if location is None else Place(location, space_id)
    to = Whereabouts(starts_at, ends_at, place)
    _check(call, club_event, session, claim, to)
    needs = session.equipment if equipment is None else as_stored(equipment)
    if place.space_id is None:
        if equipment:
            raise EquipmentWithoutRoom()
        needs = []
    if to == session.whereabouts and needs == session.equipment and not (claim and (claim.lacks_room(session) or claim.moving)):
        return club_event
    if club_event.state == "draft":
        if claim is not None:
            claim.forget_refusals([session.id])
        club_event.move_session(session, to, call.now)
        session.equipment = needs
        return club_event
    if place.space_id is None:
        if claim is not None:
            claim.move = None
            claim.forget_refusals([session.id])
        move_now(call, club_event, session, to)
        session.equipment = needs
        if claim is not None:
            ask_for_rooms(call, club_event, claim)
        return club_event
    if claim is None:
        claim = new_claim(call, club_event)
    claim.plan_move(session, to, needs)
    club_event.changed()
    ask_for_rooms(call, club_event, claim)
    return club_event


def move_now(call: Call, club_event: ClubEvent, session: ClubSession, to: Whereabouts) -> None:
    """Move the session of a published club event, and tell those who are registered. Raises SessionNotMovable,
    SessionInPast."""
    before = session.whereabouts
    club_event.move_session(session, to, call.now)
    moved = []
    for registration in storage.lock_active_registrations(call.session, [session.id]):
        registration.changed()
        moved.append(messages.registration_moved(registration, before, call.now))
    outbox.add(call.session, session_moved(club_event, session, before, call.now), *moved)


def _check(call: Call, club_event: ClubEvent, session: ClubSession, claim: RoomClaim | None, to: Whereabouts) -> None:
    if club_event.state == "cancelled":
        raise NotPublished(state=club_event.state)
    if club_event.state == "awaiting_room" or (claim is not None and claim.moving not in (None, session.id)):
        raise RoomsPending()
    if club_event.state == "published":
        session.check_movable(call.now)
    to.check_ahead(call.now)
