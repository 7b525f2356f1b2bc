"""What happens when booking answers for the rooms of a club event: it is published, a session moves, or its organiser is told
why not. An answer to an older request than the last one changes nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import Refusal
from services.events.club_events import storage as club_events
from services.events.club_events.models import ClubEvent
from services.events.interface.refusals import SessionInPast, SessionNotMovable
from services.events.registrations.use_cases.move_session import move_now
from services.events.rooms import storage
from services.events.rooms.messages import rooms_refused
from services.events.rooms.models import RoomClaim, RoomRefusal, WantedRoom, wanted_rooms
from services.events.rooms.use_cases import ask_for_rooms, publish


def rooms_granted(call: Call, *, claim_id: UUID, request: int, times: Sequence[dict[str, Any]]) -> None:
    """The club event has the rooms and the equipment that the request named. `times` say what each session has."""
    if (found := _lock(call, claim_id, request)) is None:
        return
    club_event, claim = found
    wanted = wanted_rooms(club_event, claim, call.now)
    claim.answer("granted", call.now)
    claim.note_equipment({time["holder_id"]: time["equipment"] for time in times if time["equipment"] is not None}, wanted)
    claim.forget_refusals([room.session_id for room in wanted if not claim.is_closed(room.session_id)])
    if club_event.state == "awaiting_room":
        _publish(call, club_event, claim, wanted)
    elif claim.move is not None:
        _move(call, club_event, claim, wanted)


def rooms_released(call: Call, *, claim_id: UUID, request: int) -> None:
    """The club event has no rooms any more."""
    if (found := _lock(call, claim_id, request)) is not None:
        found[1].answer("released", call.now)


def rooms_refused_by_booking(
    call: Call, *, claim_id: UUID, request: int, refusals: Sequence[dict[str, Any]], held: Sequence[UUID]
) -> None:
    """The club event has what it had before the request. A club event that was to be published is a draft again, and a session
    that was to move stays. A session that never had its room does without: the others are asked for again. The organiser is
    told."""
    if (found := _lock(call, claim_id, request)) is None:
        return
    club_event, claim = found
    wanted = wanted_rooms(club_event, claim, call.now)
    claim.answer("refused", call.now)
    known = {room.session_id for room in wanted}
    refused = [_refusal(one, held) for one in refusals if one["holder_id"] in known]
    if club_event.state == "awaiting_room":
        club_event.give_up_rooms()
        _tell(call, club_event, claim, refused, wanted)
        return
    moving, others = claim.moving, [one for one in refused if one.session_id != claim.moving]
    if len(others) < len(refused):
        claim.move = None
    club_event.changed()
    _tell(call, club_event, claim, refused, wanted)
    dropped = _drop_equipment(club_event, claim, others)
    # Without those that have no room, the others can have theirs.
    if (
        dropped
        or any(not one.held for one in others)
        or (moving is not None and claim.move is None and _some_wait(claim, wanted, held))
    ):
        ask_for_rooms(call, club_event, claim)


def _drop_equipment(club_event: ClubEvent, claim: RoomClaim, refused: Sequence[RoomRefusal]) -> bool:
    """A session that has its room and cannot have its equipment goes without: it was published when booking knew no equipment.
    Otherwise each later request would be refused for it."""
    short = {one.session_id for one in refused if one.held and one.reason.startswith("booking.equipment_")}
    for session in club_event.sessions:
        if session.id in short:
            session.equipment = []
    if short:
        claim.equipment_unanswered = False
    return bool(short)


def _some_wait(claim: RoomClaim, wanted: Sequence[WantedRoom], held: Sequence[UUID]) -> bool:
    """Whether a session that was not refused has no room yet, because its request was one with that of others."""
    return any(room.session_id not in held and str(room.session_id) not in claim.refusals for room in wanted)


def _lock(call: Call, claim_id: UUID, request: int) -> tuple[ClubEvent, RoomClaim] | None:
    """The club event and its claim, locked. None if the claim is of another service, or was asked anew after `request`."""
    club_event_id = storage.club_event_of(call.session, claim_id)
    if club_event_id is None:
        return None
    club_event = club_events.lock_club_event(call.session, club_event_id)
    claim = storage.lock_claim(call.session, club_event_id)
    if club_event is None or claim is None or claim.version != request or claim.state != "asked":
        return None
    return club_event, claim


def _publish(call: Call, club_event: ClubEvent, claim: RoomClaim, wanted: Sequence[WantedRoom]) -> None:
    try:
        publish(call, club_event)
    except SessionInPast as refusal:  # the answer came too late
        club_event.give_up_rooms()
        _give_back(call, club_event, claim, refusal, wanted[:1], wanted)


def _move(call: Call, club_event: ClubEvent, claim: RoomClaim, wanted: Sequence[WantedRoom]) -> None:
    session = next(session for session in club_event.sessions if session.id == claim.moving)
    to, equipment, claim.move = claim.planned, claim.planned_equipment(session), None
    try:
        if to == session.whereabouts and equipment != session.equipment:
            club_event.changed()  # nobody who comes need hear of other equipment
        else:
            move_now(call, club_event, session, to)
        session.equipment = equipment
    except (SessionInPast, SessionNotMovable) as refusal:  # the answer came too late
        club_event.changed()
        moved = WantedRoom(session.id, to, session.capacity)
        _give_back(call, club_event, claim, refusal, [moved], [*wanted, moved])


def _give_back(
    call: Call,
    club_event: ClubEvent,
    claim: RoomClaim,
    refusal: Refusal,
    late: Sequence[WantedRoom],
    wanted: Sequence[WantedRoom],
) -> None:
    """Give back what was granted too late, and say why."""
    message = refusal.in_words()
    held = club_event.state == "published"
    told = [
        RoomRefusal(room.session_id, room.whereabouts.place.space_id, refusal.code, message, [], held)
        for room in late
        if room.whereabouts.place.space_id is not None
    ]
    _tell(call, club_event, claim, told, wanted)
    ask_for_rooms(call, club_event, claim)


def _refusal(one: dict[str, Any], held: Sequence[UUID]) -> RoomRefusal:
    return RoomRefusal(
        session_id=one["holder_id"],
        space_id=one["space_id"],
        reason=one["reason"],
        message=one["message"],
        alternatives=one["alternatives"],
        held=one["holder_id"] in held,
    )


def _tell(
    call: Call, club_event: ClubEvent, claim: RoomClaim, refusals: Sequence[RoomRefusal], wanted: Sequence[WantedRoom]
) -> None:
    """Tell the organiser. The caller has counted the change of the club event."""
    if not refusals:
        return
    claim.keep_refusals(refusals, wanted)
    outbox.add(call.session, rooms_refused(club_event, refusals, call.now))
