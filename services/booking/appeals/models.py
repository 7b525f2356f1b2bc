"""Appeals: the table, and its rules."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from services.booking.access import DESK, serves
from services.booking.base import Base
from services.booking.bookings.models import Booking
from services.booking.interface.appeal_refusals import AppealAnswered
from services.booking.interface.appeals import APPEAL_REASONS, APPEAL_STATES


class Appeal(Aggregate, Base):
    """What `made_by` (the resident or their guardian) says about the no-show of a booking, and what `decided_by` answered. One
    for each booking. `text` and `note` are written by people, and never published."""

    __tablename__ = "appeal"

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id"))
    resident_id: Mapped[UUID]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]
    reason: Mapped[str]
    text: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="open")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    note: Mapped[str | None]

    booking: Mapped[Booking] = relationship(lazy="raise")

    __table_args__ = (
        # Two taps at once do not appeal twice.
        UniqueConstraint("booking_id", name="appeal_of_booking"),
        one_of("reason", APPEAL_REASONS, "appeal_reason"),
        one_of("state", APPEAL_STATES, "appeal_state"),
        CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)", name="appeal_decided"
        ),
        CheckConstraint("char_length(text) <= 300 AND char_length(note) <= 300", name="appeal_lengths"),
        Index("appeal_by_state", "community_id", "state", "made_at", "id"),
        Index("appeal_of_resident", "resident_id"),
        Index("appeal_made_for_others", "made_by", postgresql_where=sql("made_by <> resident_id")),
        Index("appeal_decided_by", "decided_by", postgresql_where=sql("decided_by IS NOT NULL")),
    )

    def shown_decider(self, acting: Identity, now: datetime) -> UUID | None:
        """Who answered it, for staff: the field `decided_by` of answers."""
        return self.decided_by if serves(acting, self.community_id, DESK) else None

    def is_seen_by(self, acting: Identity) -> bool:
        return acting.speaks_for(self.resident_id) or serves(acting, self.community_id, DESK)

    def answer(self, outcome: str, note: str | None, now: datetime, *, by: UUID) -> None:
        """`outcome` is `granted` or `refused`. Raises AppealAnswered if somebody was faster."""
        if self.decided_at is not None:
            raise AppealAnswered(state=self.state, decided_at=self.decided_at.isoformat(), decided_by=str(self.decided_by))
        self.state, self.note, self.decided_at, self.decided_by = outcome, note, now, by
        self.changed()
