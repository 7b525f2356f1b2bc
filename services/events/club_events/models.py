"""Club events and their sessions: tables and rules."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.communities import Communities
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, NotFound
from services.events.access import ORGANISERS, may_see_drafts, serves
from services.events.base import Base
from services.events.club_events.equipment import Equipment
from services.events.club_events.whereabouts import Place, Whereabouts
from services.events.clubs.models import Club
from services.events.interface.club_events import AUDIENCES, STATES
from services.events.interface.clubs import SECTIONS
from services.events.interface.refusals import (
    AlreadyCancelled,
    AlreadyOver,
    CapacityTooLow,
    EquipmentWithoutRoom,
    LastSession,
    NotDraft,
    NotPublished,
    RegistrationClosed,
    SessionInPast,
    SessionNotMovable,
    TooManySeats,
)

# What can be revised after publication. Time and place are moved session by session, because those who come must be told.
ALWAYS_REVISED = frozenset({"title", "description", "section", "audience"})


class ClubSession(Base):
    """One session of a club event: its time, its seats, and the counters of its registrations.

    `taken` counts confirmed seats, `waiting` counts registrations in the queue, and `last_queue_no` is the last queue number
    given. The counters change in the same transaction as the registrations, under the lock of this row. So the cost of a
    registration does not grow with the number of registrations. `open` is true while the club event is published and the
    session was not called off. A session that was moved elsewhere has its own `location`, and its own `space_id` or none.
    `equipment` is what it needs with the room. Times are aware, in UTC."""

    __tablename__ = "club_session"
    __table_args__ = (
        CheckConstraint("taken BETWEEN 0 AND capacity", name="club_session_not_oversold"),
        CheckConstraint("waiting >= 0", name="club_session_waiting_positive"),
        CheckConstraint("capacity > 0", name="club_session_capacity_positive"),
        # The limit of 24 hours (MAX_DURATION) lets a search by time read one day of starts instead of all of them.
        CheckConstraint("ends_at > starts_at AND ends_at - starts_at <= interval '24 hours'", name="club_session_duration"),
        CheckConstraint(
            "registration_opens_at < registration_closes_at AND registration_closes_at <= starts_at",
            name="club_session_registration_window",
        ),
        CheckConstraint("space_id IS NULL OR location IS NOT NULL", name="club_session_own_place"),
        Index("club_session_by_time", "community_id", "starts_at", "club_event_id"),
        Index("club_session_of_club_event", "club_event_id", "starts_at"),
        # The counters change often and are in no index. Free room on each page lets PostgreSQL write the new row version
        # to the same page (a HOT update), without touching the indexes.
        {"postgresql_with": {"fillfactor": 50}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    club_event_id: Mapped[UUID] = mapped_column(ForeignKey("club_event.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    registration_opens_at: Mapped[datetime]
    registration_closes_at: Mapped[datetime]
    open: Mapped[bool]
    taken: Mapped[int]
    waiting: Mapped[int]
    last_queue_no: Mapped[int]
    location: Mapped[str | None]
    space_id: Mapped[UUID | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    equipment: Mapped[Equipment] = mapped_column(JSONB)

    club_event: Mapped["ClubEvent"] = relationship(back_populates="sessions")

    @property
    def free_seats(self) -> int:
        """Seats that nobody holds. The queue comes first: see `seats_left`."""
        return self.capacity - self.taken

    @property
    def seats_left(self) -> int:
        """Seats that a new registration can get now. 0 while somebody waits."""
        return 0 if self.waiting else self.free_seats

    def has_started(self, now: datetime) -> bool:
        return self.starts_at <= now

    def is_over(self, now: datetime) -> bool:
        return self.ends_at <= now

    @property
    def place(self) -> Place:
        """Its own place, or that of the club event."""
        if self.location is not None:
            return Place(self.location, self.space_id)
        return Place(self.club_event.location, self.club_event.space_id)

    @property
    def whereabouts(self) -> Whereabouts:
        return Whereabouts(self.starts_at, self.ends_at, self.place)

    def takes_place_after(self, now: datetime) -> bool:
        """Whether it is neither over at `now` nor called off."""
        return self.cancelled_at is None and not self.is_over(now)

    def check_movable(self, now: datetime) -> None:
        """Raises SessionNotMovable if it has started or was called off."""
        if self.cancelled_at is not None:
            raise SessionNotMovable(state="cancelled")
        if self.has_started(now):
            raise SessionNotMovable(state="started")

    def move(self, to: Whereabouts, now: datetime) -> None:
        """Set another time and place. Registration closes as long before the start as it did, but not in the past. Raises
        SessionInPast."""
        to.check_ahead(now)
        closes_at = to.starts_at - (self.starts_at - self.registration_closes_at)
        if closes_at <= now:
            closes_at = to.starts_at
        self.starts_at, self.ends_at, self.registration_closes_at = to.starts_at, to.ends_at, closes_at
        if self.registration_opens_at >= closes_at:
            self.registration_opens_at = now
        if to.place != self.place:
            self.location, self.space_id = to.place.location, to.place.space_id

    def check_open(self, now: datetime) -> None:
        """Raises NotPublished, or RegistrationClosed when it has started."""
        if not self.open:
            raise NotPublished(state=self.club_event.state)
        if self.has_started(now):
            raise self._closed("started")

    def check_takes(self, seats: int, now: datetime) -> None:
        """The conditions of the guarded UPDATE in registrations/storage/seats.py, with a reason for each.
        Raises NotPublished, RegistrationClosed or TooManySeats."""
        self.check_open(now)
        if now < self.registration_opens_at:
            raise self._closed("not_open_yet")
        if now >= self.registration_closes_at:
            raise self._closed("closed")
        if seats > self.capacity:
            raise TooManySeats(limit=self.capacity)

    def resize(self, capacity: int, *, largest_waiting: int) -> None:
        """Change the number of seats. `largest_waiting` is the largest number of seats that one registration in the queue
        asks for. Raises CapacityTooLow below it, because that registration would block the queue for ever, and below the
        seats that are taken."""
        least = max(self.taken, largest_waiting)
        if capacity < least:
            raise CapacityTooLow(least=least, capacity=capacity)
        self.capacity = capacity

    def _closed(self, reason: str) -> RegistrationClosed:
        opens, closes = self.registration_opens_at.isoformat(), self.registration_closes_at.isoformat()
        return RegistrationClosed(reason=reason, opens_at=opens, closes_at=closes)


@event.listens_for(ClubSession, "init")
def _begin(target: ClubSession, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
    for name, value in (
        ("id", uuid7()),
        ("open", False),
        ("taken", 0),
        ("waiting", 0),
        ("last_queue_no", 0),
        ("equipment", []),
    ):
        kwargs.setdefault(name, value)


class ClubEvent(Aggregate, Base):
    """A club event with its sessions, which are edited together. `title` and `description` are {"zh-CN", "en"}. The version
    counts changes by organisers. Registrations change the counters of the sessions, but not this version. Times are aware,
    in UTC."""

    __tablename__ = "club_event"
    __table_args__ = (
        one_of("state", STATES, "club_event_state_known"),
        one_of("section", SECTIONS, "club_event_section_known"),
        one_of("audience", AUDIENCES, "club_event_audience_known"),
        Index("club_event_agenda", "community_id", "state", "first_starts_at", "id"),
        Index("club_event_of_club", "club_id", "first_starts_at", "id"),
    )

    club_id: Mapped[UUID] = mapped_column(ForeignKey("club.id"))
    section: Mapped[str]
    title: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    location: Mapped[str]
    space_id: Mapped[UUID | None]
    audience: Mapped[str]
    state: Mapped[str]
    organiser_id: Mapped[UUID]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    first_starts_at: Mapped[datetime]
    """The start of the earliest session. Lists are sorted by it."""

    club: Mapped[Club] = relationship()
    sessions: Mapped[list[ClubSession]] = relationship(
        back_populates="club_event", cascade="all, delete-orphan", order_by=(ClubSession.starts_at, ClubSession.id)
    )

    @property
    def announced(self) -> bool:
        """Whether it was ever published. A cancelled club event stays announced."""
        return self.published_at is not None

    def is_seen_by(self, acting: Identity) -> bool:
        """Everybody sees what was announced. Staff who may see drafts of the community see everything."""
        return self.announced or may_see_drafts(acting, Communities.only(self.community_id))

    def check_organised_by(self, acting: Identity) -> None:
        """Raises Unauthenticated, NotFound if the caller may not see it, or Forbidden unless the caller is an organiser of
        its community."""
        acting.signed_in()
        if not self.is_seen_by(acting):
            raise NotFound(club_event_id=str(self.id))
        if not serves(acting, self.community_id, ORGANISERS):
            raise Forbidden(needs=sorted(ORGANISERS))

    def schedule(self, sessions: Sequence[ClubSession], now: datetime) -> None:
        """Replace the sessions. At least one is needed. Raises SessionInPast."""
        _check_ahead(sessions, now)
        self._put_in_order(sessions)

    def _put_in_order(self, sessions: Sequence[ClubSession]) -> None:
        self.sessions = sorted(sessions, key=lambda session: session.starts_at)
        self.first_starts_at = self.sessions[0].starts_at

    def check_revisable(self, names: Collection[str]) -> None:
        """Raises NotDraft unless what has these names can be revised: anything of a draft, ALWAYS_REVISED of what is
        published."""
        if self.state != "draft" and not (self.state == "published" and ALWAYS_REVISED.issuperset(names)):
            raise NotDraft(state=self.state)

    def revise(self, changes: Mapping[str, Any]) -> None:
        """Set columns by name. Sessions are set by `schedule`. Raises NotDraft."""
        self.check_revisable(changes)
        for name, value in changes.items():
            setattr(self, name, value)
        self.changed()

    def equip(self, equipment: Equipment) -> None:
        """Every session of the draft needs this. Raises NotDraft."""
        if self.state != "draft":
            raise NotDraft(state=self.state)
        for session in self.sessions:
            session.equipment = equipment

    def check_equipment(self) -> None:
        """Raises EquipmentWithoutRoom if a session needs equipment and takes place in no space of booking."""
        if any(session.equipment and session.place.space_id is None for session in self.sessions):
            raise EquipmentWithoutRoom()

    @property
    def needs_rooms(self) -> bool:
        """Whether one of its sessions takes place in a space that can be booked."""
        return any(session.place.space_id is not None for session in self.sessions)

    def await_rooms(self, now: datetime) -> None:
        """Wait for the rooms, before it is published. Raises NotDraft, or SessionInPast as `publish` does."""
        if self.state != "draft":
            raise NotDraft(state=self.state)
        _check_ahead(self.sessions, now)
        self.state = "awaiting_room"
        self.changed()

    def publish(self, now: datetime) -> None:
        """Show it to everybody and open its sessions. Raises NotDraft. Raises SessionInPast if a session of the draft has
        started or closed meanwhile."""
        if self.state not in ("draft", "awaiting_room"):
            raise NotDraft(state=self.state)
        _check_ahead(self.sessions, now)
        self.state, self.published_at = "published", now
        for session in self.sessions:
            session.open = True
        self.changed()

    def give_up_rooms(self) -> None:
        """It cannot have its rooms: a draft again."""
        self.state = "draft"
        self.changed()

    def move_session(self, session: ClubSession, to: Whereabouts, now: datetime) -> None:
        """Move one of its sessions. Raises SessionNotMovable if it has taken place, or SessionInPast. A session of a draft
        takes place only when it is published."""
        if self.state != "draft":
            session.check_movable(now)
        session.move(to, now)
        self._put_in_order(self.sessions)
        self.changed()

    def cancel_session(self, session: ClubSession, now: datetime, reason: str) -> None:
        """Call off one of its sessions. Raises NotPublished, SessionNotMovable, or LastSession if no other session is to
        come."""
        if self.state != "published":
            raise NotPublished(state=self.state)
        session.check_movable(now)
        if not any(other.takes_place_after(now) for other in self.sessions if other is not session):
            raise LastSession()
        session.cancelled_at, session.cancel_reason, session.open = now, reason, False
        self.changed()

    def cancel(self, now: datetime, reason: str) -> None:
        """Cancel it and close its sessions. Raises AlreadyCancelled, or AlreadyOver if the last session has ended."""
        if self.state == "cancelled":
            raise AlreadyCancelled(cancelled_at=self.cancelled_at.isoformat() if self.cancelled_at else None)
        if self.state == "published" and not any(session.takes_place_after(now) for session in self.sessions):
            raise AlreadyOver()
        self.state, self.cancelled_at, self.cancel_reason = "cancelled", now, reason
        for session in self.sessions:
            session.open = False
        self.changed()


def _check_ahead(sessions: Sequence[ClubSession], now: datetime) -> None:
    for session in sessions:
        if session.registration_closes_at <= now:  # registration closes at the start, or earlier
            starts_at, closes_at = session.starts_at.isoformat(), session.registration_closes_at.isoformat()
            raise SessionInPast(starts_at=starts_at, registration_closes_at=closes_at)
