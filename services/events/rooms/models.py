"""The claim of a club event's rooms: the table, and its rules."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from services.events.base import Base
from services.events.club_events.equipment import Equipment
from services.events.club_events.models import ClubEvent, ClubSession
from services.events.club_events.whereabouts import Place, Whereabouts
from services.events.interface.rooms import CLAIM_STATES

EQUIPMENT_TAKEN = "booking.equipment_taken"
PATIENCE = timedelta(minutes=5)  # without an answer for so long, booking is asked again


@dataclass(frozen=True, slots=True)
class WantedRoom:
    """One session as booking is asked for its room with equipment. Times are aware."""

    session_id: UUID
    whereabouts: Whereabouts
    people: int
    equipment: Equipment = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RoomRefusal:
    """Why a session cannot have its room: booking's code, its sentence in both languages, and up to three alternatives.
    `held`: the session still has the room that it had before. `closure_id`: a closure came into the way of that."""

    session_id: UUID
    space_id: UUID
    reason: str
    message: dict[str, str]
    alternatives: list[dict[str, Any]]
    held: bool
    closure_id: UUID | None = None

    def dump(self, wanted: Whereabouts) -> dict[str, Any]:
        """As RoomClaim.refusals keeps it, with what was wanted."""
        return {
            "space_id": str(self.space_id),
            "reason": self.reason,
            "message": self.message,
            "alternatives": self.alternatives,
            "held": self.held,
            "closures": [str(self.closure_id)] if self.closure_id else [],
            "wanted": _dump(wanted),
        }


class RoomClaim(Aggregate, Base):
    """What booking was asked for, and answered, for the rooms of one club event. The version is the number of the newest
    request; answers to older ones do not count. `move` is a session's time, place and equipment that come into force when
    booking grants them. `refusals` has, by session id, why a session could not have a room. A session that is not `held` there
    has none, and is left out of later requests until it is moved. `equipment` is what the newest grant gave, by session id:
    {kind_id, name, quantity}. It is `equipment_unanswered` if booking of the last release granted the rooms: that knows no
    equipment, so it is asked again."""

    __tablename__ = "room_claim"
    __table_args__ = (
        one_of("state", CLAIM_STATES, "room_claim_state_known"),
        UniqueConstraint("club_event_id", name="room_claim_club_event_key"),
        Index("room_claim_unanswered", "asked_at", postgresql_where=text("state = 'asked'")),
    )

    club_event_id: Mapped[UUID] = mapped_column(ForeignKey("club_event.id", ondelete="CASCADE"))
    state: Mapped[str]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    move: Mapped[dict[str, Any] | None]
    refusals: Mapped[dict[str, Any]]
    equipment: Mapped[dict[str, Any]]
    equipment_unanswered: Mapped[bool]

    def ask(self, now: datetime) -> None:
        """Count a request."""
        self.state, self.asked_at = "asked", now
        self.changed()

    def answer(self, state: str, now: datetime) -> None:
        self.state, self.answered_at = state, now

    @property
    def moving(self) -> UUID | None:
        """The session that waits for another time or place."""
        return UUID(self.move["session_id"]) if self.move else None

    def plan_move(self, session: ClubSession, to: Whereabouts, equipment: Equipment) -> None:
        """Move the session, with that equipment, when booking grants it. Replaces what was planned."""
        self.move = {"session_id": str(session.id), **_dump(to), "equipment": equipment}
        self.forget_refusals([session.id])

    @property
    def planned(self) -> Whereabouts:
        """Where the session moves. There must be a `move`."""
        if self.move is None:
            raise ValueError("nothing is planned")
        return _load(self.move)

    def planned_equipment(self, session: ClubSession) -> Equipment:
        """What the session that moves needs then. The last release did not store it."""
        planned: Equipment = (self.move or {}).get("equipment", session.equipment)
        return planned

    def note_equipment(self, given: Mapping[str, Equipment], wanted: Sequence[WantedRoom]) -> None:
        """Booking has given this, by session id. Sessions of which its answer says nothing are asked for again."""
        self.equipment = dict(given)
        self.equipment_unanswered = any(room.equipment and str(room.session_id) not in given for room in wanted)

    def misses_equipment(self, session: ClubSession) -> bool:
        """Whether equipment that the session had is missing."""
        refusal = self.refusals.get(str(session.id), {})
        return refusal.get("reason") == EQUIPMENT_TAKEN and bool(refusal.get("closures"))

    def keep_refusals(self, refusals: Iterable[RoomRefusal], wanted: Sequence[WantedRoom]) -> None:
        """Remember why sessions cannot have their rooms."""
        times = {room.session_id: room.whereabouts for room in wanted}
        new = {str(refusal.session_id): refusal.dump(times[refusal.session_id]) for refusal in refusals}
        for session_id, refusal in new.items():
            if refusal["closures"]:
                refusal["closures"] = sorted({*refusal["closures"], *self._closures(session_id)})
        self.refusals = self.refusals | new

    def forget_refusals(self, session_ids: Collection[UUID]) -> None:
        gone = {str(session_id) for session_id in session_ids}
        self.refusals = {session_id: refusal for session_id, refusal in self.refusals.items() if session_id not in gone}

    def forget_closure(self, closure_id: UUID, session_ids: Iterable[UUID]) -> None:
        """The closure is in the way of these sessions no longer. Others may be."""
        for session_id in map(str, session_ids):
            closures = self._closures(session_id)
            if left := [other for other in closures if other != str(closure_id)]:
                self.refusals = self.refusals | {session_id: self.refusals[session_id] | {"closures": left}}
            elif closures:
                self.forget_refusals([UUID(session_id)])

    def is_closed(self, session_id: UUID) -> bool:
        """Whether a closure is in the way of the room that the session has. Only a move or the closure's end changes that."""
        return bool(self._closures(str(session_id)))

    def _closures(self, session_id: str) -> list[str]:
        """The closures that are in the way of the session's room. The last release did not store them."""
        found: list[str] = self.refusals.get(session_id, {}).get("closures", [])
        return found

    def lacks_room(self, session: ClubSession) -> bool:
        """Whether the session was refused a room and has none."""
        refusal = self.refusals.get(str(session.id))
        return refusal is not None and not refusal["held"]


def wanted_rooms(club_event: ClubEvent, claim: RoomClaim | None, now: datetime) -> list[WantedRoom]:
    """The rooms that the club event should have at `now`, all of them. Drafts and cancelled ones need none. A session that
    moves needs the room to which it moves. One that was refused its room is left out until it moves."""
    if club_event.state not in ("awaiting_room", "published"):
        return []
    wanted = []
    for session in club_event.sessions:
        if not session.takes_place_after(now):
            continue
        moving = claim is not None and claim.moving == session.id
        where = claim.planned if claim is not None and moving else session.whereabouts
        refused = claim is not None and not moving and claim.lacks_room(session)
        if where.place.space_id is not None and not refused:
            equipment = claim.planned_equipment(session) if claim is not None and moving else session.equipment
            wanted.append(WantedRoom(session.id, where, session.capacity, equipment))
    return wanted


def is_to_ask(club_event: ClubEvent, claim: RoomClaim | None, now: datetime) -> bool:
    """Whether the upkeep asks booking: nobody has asked for the rooms of a published club event, no answer came for a while, or
    rooms of a cancelled one were not given back, or booking said nothing of the equipment. The last release publishes and
    cancels without asking."""
    if claim is None:
        return club_event.state == "published" and bool(wanted_rooms(club_event, None, now))
    if claim.state == "asked":
        return claim.asked_at + PATIENCE <= now
    if club_event.state == "published" and claim.equipment_unanswered:
        return claim.asked_at + PATIENCE <= now
    return club_event.state == "cancelled" and claim.state != "released"


def _dump(where: Whereabouts) -> dict[str, Any]:
    return {
        "starts_at": where.starts_at.isoformat(),
        "ends_at": where.ends_at.isoformat(),
        "location": where.place.location,
        "space_id": str(where.place.space_id) if where.place.space_id else None,
    }


def _load(values: dict[str, Any]) -> Whereabouts:
    starts_at, ends_at = (datetime.fromisoformat(values[name]) for name in ("starts_at", "ends_at"))
    space_id = UUID(values["space_id"]) if values["space_id"] else None
    return Whereabouts(starts_at, ends_at, Place(values["location"], space_id))
