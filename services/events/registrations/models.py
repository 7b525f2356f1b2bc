"""Registrations: seats in a session, or a place in the queue for them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden
from services.events.access import CANCELLERS, DESK, account, serves
from services.events.base import Base
from services.events.club_events.models import ClubSession
from services.events.interface.refusals import RegistrationNotCancellable
from services.events.interface.registrations import MAX_SEATS, STATES

Role = Literal["resident", "staff"]


class Registration(Aggregate, Base):
    """`registered_by` is the account that made it: the resident, or staff. `queue_no` orders the queue of the session; it
    is kept after promotion. The methods that change the state also change the counters of the session, so the caller must
    hold the lock of the session's row."""

    __tablename__ = "registration"
    __table_args__ = (
        one_of("state", STATES, "registration_state_known"),
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
        Index("registration_district", "created_at", "id"),
        Index("registration_for_others", "registered_by", postgresql_where=text("registered_by <> resident_id")),
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

    session: Mapped[ClubSession] = relationship()

    position: int | None = None
    """Place in the queue, from 1. Not a column: storage sets it."""

    def is_own(self, acting: Identity) -> bool:
        """Whether it is for the caller or a child of theirs, or the caller is staff and made it for a resident. A guardian
        whose child has grown up does not see it any more. Raises Unauthenticated."""
        return acting.speaks_for(self.resident_id) or (acting.party == "staff" and account(acting) == self.registered_by)

    def is_seen_by(self, acting: Identity) -> bool:
        """Whether it is the caller's own, or the caller works at the desk of its community. Raises Unauthenticated."""
        return self.is_own(acting) or serves(acting, self.community_id, DESK)

    def role_of(self, acting: Identity) -> Role:
        """The role in which the caller may cancel it. Raises Unauthenticated, or Forbidden if the caller may only look."""
        if acting.speaks_for(self.resident_id):
            return "resident"
        if not self.is_own(acting) and not serves(acting, self.community_id, CANCELLERS):
            raise Forbidden(needs=sorted(CANCELLERS))
        return "staff"

    def promote(self) -> None:
        """From the queue to seats. `promote_in_order` checks that they are free."""
        self.session.waiting -= 1
        self.session.taken += self.seats
        self.state, self.position = "confirmed", None
        self.changed()

    def withdraw(self, now: datetime, by: Role) -> None:
        """Cancel it before its session starts. Raises RegistrationNotCancellable."""
        if self.session.has_started(now):
            raise RegistrationNotCancellable(state=self.state, starts_at=self.session.starts_at.isoformat())
        self.cancel(now, by)

    def cancel(self, now: datetime, by: Role) -> None:
        """Give up the seats, or the place in the queue. Raises RegistrationNotCancellable if it is cancelled already."""
        if self.state == "cancelled":
            raise RegistrationNotCancellable(state=self.state)
        if self.state == "confirmed":
            self.session.taken -= self.seats
        else:
            self.session.waiting -= 1
        self.state, self.position = "cancelled", None
        self.cancelled_at, self.cancelled_by = now, by
        self.changed()


def promote_in_order(queue: Iterable[Registration]) -> list[Registration]:
    """Promote the registrations of a session's queue, in order, while their seats are free. Returns those promoted.

    It stops at the first registration that does not fit, even if a later one would: single seats could otherwise overtake
    a family of four for ever."""
    promoted: list[Registration] = []
    for registration in queue:
        if registration.seats > registration.session.free_seats:
            break
        registration.promote()
        promoted.append(registration)
    return promoted
