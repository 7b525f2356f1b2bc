"""The question whether a date of a series is still needed, or whether the new time of a booking suits that a closure moved,
and its rules."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.identity import Identity
from services.booking.access import HELPERS, serves
from services.booking.base import Base
from services.booking.bookings.models import Booking
from services.booking.interface.questions import MOVED, NEEDED, OPEN, STATES
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
    free again. `settled_by` is who answered: `resident` or `staff`. Times are aware, in UTC.

    If a closure moved the booking, the question has `closure_id`, the space `space_id` to which it moved, and where it was:
    `moved_from` {space_id, space_name, starts_at, ends_at, reason}. `frees` says whether the time is free again without an
    answer; if not, silence means yes."""

    __tablename__ = "date_question"

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=OPEN)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    closure_id: Mapped[UUID | None]
    space_id: Mapped[UUID | None]
    moved_from: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    frees: Mapped[bool] = mapped_column(default=True, server_default=true())

    booking: Mapped[Booking] = relationship(lazy="raise")

    __table_args__ = (
        # However often the job runs, and in however many replicas.
        UniqueConstraint(
            "booking_id", "starts_at", "closure_id", name="date_question_asked_once", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint(
            "(closure_id IS NULL) = (moved_from IS NULL) AND (closure_id IS NULL) = (space_id IS NULL)",
            name="date_question_moved",
        ),
        one_of("state", STATES, "date_question_state"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="date_question_settled"),
        Index("date_question_open", "answer_by", "id", postgresql_where=text("state = 'open'")),
        Index("date_question_of_closure", "closure_id", "id"),
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
            frees=True,
        )

    @classmethod
    def about_move(
        cls, booking: Booking, closure_id: UUID, moved_from: Mapping[str, Any], now: datetime, *, frees: bool
    ) -> "DateQuestion":
        """The question whether the present time of `booking` suits, to which the closure has moved it from `moved_from`. It can
        be answered until it starts. With `frees`, silence frees the time 24 hours before, if there are at least twelve hours to
        answer; else silence means yes."""
        answer_by = booking.starts_at - ANSWER_BEFORE
        frees = frees and answer_by - now >= LEAST_TIME
        return cls(
            community_id=booking.community_id,
            booking_id=booking.id,
            booking=booking,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            asked_at=now,
            answer_by=answer_by if frees else booking.starts_at,
            state=OPEN,
            closure_id=closure_id,
            space_id=booking.space_id,
            moved_from=dict(moved_from),
            frees=frees,
        )

    @property
    def shown_moved_from(self) -> dict[str, Any] | None:
        """`moved_from` with its times as times: the field `moved_from` of answers."""
        if self.moved_from is None:
            return None
        times = {name: datetime.fromisoformat(self.moved_from[name]) for name in ("starts_at", "ends_at")}
        return self.moved_from | times

    @property
    def kind(self) -> str:
        """Of KINDS."""
        return NEEDED if self.closure_id is None else MOVED

    def still_stands(self) -> bool:
        """Whether the booking, which must be loaded, is still as it was asked about."""
        at = self.booking.starts_at, self.space_id and self.booking.space_id
        return self.booking.state == "confirmed" and at == (self.starts_at, self.space_id)

    def can(self, acting: Identity, now: datetime) -> list[str]:
        """The field `can` of answers."""
        may_answer = acting.speaks_for(self.booking.resident_id) or serves(acting, self.community_id, HELPERS)
        if not (may_answer and self.state == OPEN and self.still_stands() and now < self.starts_at):
            return []
        return ["answer", "choose"] if self.kind == MOVED else ["answer"]

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
