"""A resident's seats in a session, or a place in the queue for them."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.engine import Aggregate
from services.events.interface.refusals import RegistrationNotCancellable
from services.events.models.base import Base, one_of

if TYPE_CHECKING:
    from services.events.models.club_session import ClubSession

MAX_SEATS = 4
REGISTRATION_STATES = ("confirmed", "waitlisted", "cancelled")


class Registration(Aggregate, Base):
    """`queue_no` orders the waiting list of its session and stays as a record after promotion. `registered_by` is
    the account that acted: the resident, or staff at the desk."""

    __tablename__ = "registration"
    __table_args__ = (
        one_of("state", REGISTRATION_STATES, "registration_state_known"),
        CheckConstraint(f"seats BETWEEN 1 AND {MAX_SEATS}", name="registration_seats_allowed"),
        CheckConstraint("state <> 'waitlisted' OR queue_no IS NOT NULL", name="registration_queued"),
        Index(
            "registration_one_active",
            "session_id",
            "resident_id",
            unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index("registration_queue", "session_id", "queue_no", unique=True, postgresql_where=text("state = 'waitlisted'")),
        Index("registration_of_session", "session_id", "created_at", "id"),
        Index("registration_of_resident", "resident_id", "created_at", "id"),
        Index("registration_of_community", "community_id", "created_at", "id"),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("club_session.id"))
    resident_id: Mapped[UUID]
    registered_by: Mapped[UUID]
    seats: Mapped[int]
    state: Mapped[str]
    queue_no: Mapped[int | None]
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]

    session: Mapped["ClubSession"] = relationship()

    position: int | None = None
    """Rank on the waiting list, from 1; filled in by storage, not stored."""

    @property
    def active(self) -> bool:
        return self.state != "cancelled"

    def promote(self) -> None:
        """From the waiting list to a seat; the session's counters are the session's business (ClubSession.promote)."""
        self.state = "confirmed"
        self.position = None
        self.changed()

    def cancel(self, now: datetime, by: Literal["resident", "staff"]) -> None:
        """Raises RegistrationNotCancellable if it already is cancelled."""
        if not self.active:
            raise RegistrationNotCancellable(state=self.state)
        self.state = "cancelled"
        self.cancelled_at = now
        self.cancelled_by = by
        self.position = None
        self.changed()
