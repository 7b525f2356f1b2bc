"""The question whether a date of a series is still needed, and its rules."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from services.booking.access import HELPERS, serves
from services.booking.base import Base
from services.booking.bookings.models import Booking
from services.booking.interface.questions import OPEN, STATES
from services.booking.interface.refusals import QuestionSettled

ASK_BEFORE: Final = timedelta(hours=48)
ANSWER_BEFORE: Final = timedelta(hours=24)
LEAST_TIME: Final = timedelta(hours=12)  # to answer; a date for which less is left is not asked about, and stays
# Whoever booked or moved a date so shortly before it has just said that it is needed.
DECIDED_BEFORE: Final = timedelta(hours=72)
MORNING, NIGHT = 8, 22  # local hours between which people are asked


class DateQuestion(Aggregate, Base):
    """Whether `booking`, a date of a series, is still needed at `starts_at`. A date that is moved has another start, so this
    question is over then, and there may be another one. `answer_by` is until when an answer is wanted: without one, the time is
    free again. `settled_by` is who answered: `resident` or `staff`. Times are aware, in UTC."""

    __tablename__ = "date_question"

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=OPEN)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]

    booking: Mapped[Booking] = relationship(lazy="raise")

    __table_args__ = (
        # However often the job runs, and in however many replicas.
        UniqueConstraint("booking_id", "starts_at", name="date_question_asked_once"),
        one_of("state", STATES, "date_question_state"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="date_question_settled"),
        Index("date_question_open", "answer_by", "id", postgresql_where=text("state = 'open'")),
        Index("date_question_of_community", "community_id", "answer_by", "id"),
    )

    @classmethod
    def about(cls, booking: Booking, now: datetime) -> "DateQuestion":
        """The question about the present time of `booking`, asked at `now`."""
        return cls(
            community_id=booking.community_id,
            booking_id=booking.id,
            booking=booking,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            asked_at=now,
            answer_by=booking.starts_at - ANSWER_BEFORE,
            state=OPEN,
        )

    def still_stands(self) -> bool:
        """Whether the booking, which must be loaded, is still as it was asked about."""
        return self.booking.state == "confirmed" and self.booking.starts_at == self.starts_at

    def can(self, acting: Identity, now: datetime) -> list[str]:
        """The field `can` of answers."""
        may_answer = acting.speaks_for(self.booking.resident_id) or serves(acting, self.community_id, HELPERS)
        return ["answer"] if may_answer and self.state == OPEN and self.still_stands() and now < self.starts_at else []

    def check_open(self) -> None:
        """Raises QuestionSettled."""
        if self.state != OPEN or not self.still_stands():
            raise QuestionSettled(state="void" if self.state == OPEN else self.state)

    def settle(self, state: str, now: datetime, *, by: str | None = None) -> None:
        """It is over: `state` is of STATES, `by` who answered. It must be open."""
        self.state, self.settled_at, self.settled_by = state, now, by
        self.changed()


def is_night(now: datetime, zone: ZoneInfo) -> bool:
    """Whether nobody should be asked now, by the clock of the community."""
    return not MORNING <= now.astimezone(zone).hour < NIGHT
