"""Bookings: the table, and its rules."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden
from services.booking.access import DESK, HELPERS, account, serves
from services.booking.base import Base
from services.booking.interface.bookings import STATES, STEPS
from services.booking.interface.refusals import AttendeesFixed, NotCancellable, NotReschedulable
from services.booking.ledger.models import Holder
from services.booking.spaces.models import Space


class Booking(Aggregate, Base):
    """A booking of a space for `resident_id`, made by `booked_by` (the resident or staff). Times are aware, in UTC; the end
    is exclusive."""

    __tablename__ = "booking"

    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"))
    resident_id: Mapped[UUID]
    booked_by: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="confirmed")
    attendees: Mapped[int]
    purpose: Mapped[str | None]
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
    cancel_reason: Mapped[str | None]

    space: Mapped[Space] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="booking_ends_after_start"),
        one_of("state", STATES, "booking_state"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="booking_cancelled_at"),
        Index("booking_of_resident", "resident_id", "starts_at", "id"),
        Index("booking_of_space", "space_id", "starts_at", "id"),
        Index("booking_by_time", "community_id", "starts_at", "id"),
        Index("booking_district", "starts_at", "id"),
        # Few bookings are cancelled. Without this index, a page of cancelled ones would scan all bookings.
        Index("booking_cancelled", "community_id", "starts_at", "id", postgresql_where=text("state = 'cancelled'")),
    )

    @property
    def holder(self) -> Holder:
        """It, as the holder of its claims."""
        return Holder("booking", self.id, self.community_id)

    def is_seen_by(self, acting: Identity) -> bool:
        """Whether it is the caller's own, or the caller works at the desk of its community. Raises Unauthenticated."""
        return self.resident_id == account(acting) or serves(acting, self.community_id, DESK)

    def role_of(self, acting: Identity) -> str:
        """The role in which the caller may change it: `resident` or `staff`. Raises Unauthenticated, or Forbidden if the
        caller may only look."""
        if self.resident_id == account(acting):
            return "resident"
        if not serves(acting, self.community_id, HELPERS):
            raise Forbidden(needs=sorted(HELPERS))
        return "staff"

    def can(self, acting: Identity, now: datetime) -> list[str]:
        """The steps (STEPS) that the caller may take at `now`. Its space must be loaded."""
        own = self.resident_id == account(acting)
        may_change = own or serves(acting, self.community_id, HELPERS)
        if not may_change or self._over(now) is not None:
            return []
        return [step for step in STEPS if step != "move" or self.space.is_open_to(acting)]

    def cancel(self, now: datetime, *, by: str, reason: str | None = None) -> None:
        """Cancel it. `by` is `resident` or `staff`. Raises NotCancellable if it is cancelled or has started."""
        if state := self._over(now):
            raise NotCancellable(state=state)
        self.state, self.cancelled_at, self.cancelled_by, self.cancel_reason = "cancelled", now, by, reason
        self.changed()

    def check_movable(self, now: datetime) -> None:
        """Raises NotReschedulable if it is cancelled or has started."""
        if state := self._over(now):
            raise NotReschedulable(state=state)

    def move(self, starts_at: datetime, ends_at: datetime) -> None:
        """Set another time (aware). The caller checks and claims it."""
        self.starts_at, self.ends_at = starts_at, ends_at
        self.changed()

    def change_attendees(self, attendees: int, now: datetime) -> None:
        """Set another number of people. The number that it has changes nothing. Raises AttendeesFixed if it is cancelled or
        has started, OverCapacity if its space (which must be loaded) does not hold so many."""
        if state := self._over(now):
            raise AttendeesFixed(state=state)
        if attendees == self.attendees:
            return
        self.space.check_capacity(attendees)
        self.attendees = attendees
        self.changed()

    def _over(self, now: datetime) -> str | None:
        if self.state != "confirmed":
            return self.state
        return "started" if self.starts_at <= now else None
