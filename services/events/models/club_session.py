"""One sitting of a club event: its time, its seats, and the queue for them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, event
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from services.events.interface.refusals import CapacityTooLow, NotPublished, RegistrationClosed, TooManySeats
from services.events.models.base import Base
from services.events.models.registration import Registration

if TYPE_CHECKING:
    from services.events.models.club_event import ClubEvent

MAX_DURATION = timedelta(hours=24)


class ClubSession(Base):
    """The counters are the truth about seats: `taken` seats are confirmed, `waiting` registrations queue, and
    `last_queue_no` numbers those who ever queued. They change with the registrations, in one transaction, under this
    row's lock, so registering costs the same however many have registered. `open` follows the club event: it is
    published and not cancelled."""

    __tablename__ = "club_session"
    __table_args__ = (
        CheckConstraint("taken BETWEEN 0 AND capacity", name="club_session_not_oversold"),
        CheckConstraint("waiting >= 0", name="club_session_waiting_positive"),
        CheckConstraint("capacity > 0", name="club_session_capacity_positive"),
        # The upper bound lets a search by time look at one day of starts, not at all of history.
        CheckConstraint("ends_at > starts_at AND ends_at - starts_at <= interval '24 hours'", name="club_session_duration"),
        CheckConstraint(
            "registration_opens_at < registration_closes_at AND registration_closes_at <= starts_at",
            name="club_session_registration_window",
        ),
        Index("club_session_by_time", "community_id", "starts_at", "club_event_id"),
        Index("club_session_of_club_event", "club_event_id", "starts_at"),
        # Room on every page for the next version of a hot row: counters are in no index, so updates stay in the page.
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

    club_event: Mapped["ClubEvent"] = relationship(back_populates="sessions")

    @property
    def seats_left(self) -> int:
        """Seats that a newcomer may take now: none while somebody waits."""
        return 0 if self.waiting else self.capacity - self.taken

    def has_started(self, now: datetime) -> bool:
        return self.starts_at <= now

    def is_over(self, now: datetime) -> bool:
        return self.ends_at <= now

    def check_open(self, now: datetime) -> None:
        """Raises NotPublished, or RegistrationClosed once it has started."""
        if not self.open:
            raise NotPublished(state=self.club_event.state)
        if self.has_started(now):
            raise self._closed("started")

    def check_takes(self, seats: int, now: datetime) -> None:
        """Raises NotPublished, RegistrationClosed or TooManySeats if `seats` cannot be asked for now; what storage
        checks in its guarded UPDATE, said with reasons."""
        self.check_open(now)
        if now < self.registration_opens_at:
            raise self._closed("not_open_yet")
        if now >= self.registration_closes_at:
            raise self._closed("closed")
        if seats > self.capacity:
            raise TooManySeats(limit=self.capacity)

    def _closed(self, reason: str) -> RegistrationClosed:
        opens, closes = self.registration_opens_at.isoformat(), self.registration_closes_at.isoformat()
        return RegistrationClosed(reason=reason, opens_at=opens, closes_at=closes)

    def let_go(self, registration: Registration) -> None:
        """Take back what a registration, about to be cancelled, holds here: its seats or its place in the queue."""
        if registration.state == "confirmed":
            self.taken -= registration.seats
        elif registration.state == "waitlisted":
            self.waiting -= 1

    def promote(self, queue: Iterable[Registration]) -> list[Registration]:
        """Confirm from the front of `queue` (first come first) for as long as the next one fits, and return those.

        Strictly first come, first served: if the front needs more seats than are free, everybody behind waits too,
        even one who would fit. A family of four would otherwise be overtaken for ever by single seats.
        """
        promoted: list[Registration] = []
        for registration in queue:
            if registration.seats > self.capacity - self.taken:
                break
            registration.promote()
            self.taken += registration.seats
            self.waiting -= 1
            promoted.append(registration)
        return promoted

    def resize(self, capacity: int, *, largest_waiting: int) -> None:
        """Change the number of seats. Raises CapacityTooLow below what is taken, or below the largest party that
        waits, which could never be served and would block the queue."""
        least = max(self.taken, largest_waiting)
        if capacity < least:
            raise CapacityTooLow(least=least, capacity=capacity)
        self.capacity = capacity


@event.listens_for(ClubSession, "init")
def _begin(target: ClubSession, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
    for name, value in (("id", uuid7()), ("open", False), ("taken", 0), ("waiting", 0), ("last_queue_no", 0)):
        kwargs.setdefault(name, value)
