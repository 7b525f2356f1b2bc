"""Tickets, and each call of a ticket to a window."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from services.booking.base import Base
from services.booking.counters.models.queues import new_secret
from services.booking.counters.order import Waiting
from services.booking.interface.counter_refusals import StepNotPossible
from services.booking.interface.counter_words import CALL_OUTCOMES, LEFT_BECAUSE, OPEN_STATES, TAKEN_VIA, TICKET_STATES

OTHERS_FIRST = 3  # calls of the service after which a skipped ticket comes back
NEAR = 2  # people in front at most, when the resident is told
WITHOUT_OTHERS = timedelta(minutes=3)  # after which it comes back if nobody else waits
# From which states a step is possible.
STEPS = {
    "start": ("called",),
    "call_again": ("called",),
    "finish": ("called", "serving"),
    "skip": ("called",),
    "transfer": ("called", "serving"),
}
_OPEN = f"state IN {OPEN_STATES}"


class Ticket(Aggregate, Base):
    """A place in the line (号). `service_id` is the service for which it waits now; its number keeps the letter under which it
    was taken. `due_at` is the time of an appointment; if `on_time`, it has priority from then on. `came_back` tickets were
    called by a clerk who then left, and are in front. `window_id` is the window to which it is called, or for which alone it
    waits. A skipped ticket comes back when its service has had `returns_after` calls. A ticket of a visitor has no person in
    it: `visitor` is the hash of a random value of the device."""

    __tablename__ = "ticket"

    queue_id: Mapped[UUID] = mapped_column(ForeignKey("ticket_queue.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("counter_service.id"))
    day: Mapped[date]
    letter: Mapped[str]
    number: Mapped[int]
    secret: Mapped[str] = mapped_column(default=new_secret)
    state: Mapped[str] = mapped_column(default="waiting")
    via: Mapped[str]
    taken_at: Mapped[datetime]
    resident_id: Mapped[UUID | None]
    visitor: Mapped[str | None]
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("booking.id"))
    due_at: Mapped[datetime | None]
    on_time: Mapped[bool] = mapped_column(default=False)
    came_back: Mapped[bool] = mapped_column(default=False)
    window_id: Mapped[UUID | None] = mapped_column(ForeignKey("counter_window.id"))
    skips: Mapped[int] = mapped_column(default=0)
    skipped_at: Mapped[datetime | None]
    returns_after: Mapped[int | None]
    near_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    left_because: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("queue_id", "day", "letter", "number", name="ticket_number_once"),
        UniqueConstraint("secret", name="ticket_secret"),
        CheckConstraint("number > 0", name="ticket_number_positive"),
        CheckConstraint(f"({_OPEN}) = (ended_at IS NULL)", name="ticket_ended"),
        CheckConstraint("(state = 'left') = (left_because IS NOT NULL)", name="ticket_left"),
        CheckConstraint("state NOT IN ('called', 'serving') OR window_id IS NOT NULL", name="ticket_called_to"),
        CheckConstraint("NOT on_time OR due_at IS NOT NULL", name="ticket_on_time"),
        one_of("state", TICKET_STATES, "ticket_state"),
        one_of("via", TAKEN_VIA, "ticket_via"),
        one_of("left_because", LEFT_BECAUSE, "ticket_left_because"),
        Index("ticket_at_window", "window_id", unique=True, postgresql_where=text("state IN ('called', 'serving')")),
        Index("ticket_open", "queue_id", "day", "service_id", "taken_at", postgresql_where=text(_OPEN)),
        Index(
            "ticket_of_visitor", "queue_id", "visitor", unique=True, postgresql_where=text(f"{_OPEN} AND visitor IS NOT NULL")
        ),
        Index(
            "ticket_of_resident",
            "resident_id",
            "queue_id",
            unique=True,
            postgresql_where=text(f"{_OPEN} AND resident_id IS NOT NULL"),
        ),
        Index("ticket_of_account", "resident_id", postgresql_where=text("resident_id IS NOT NULL")),
        Index("ticket_of_booking", "booking_id", unique=True, postgresql_where=text("booking_id IS NOT NULL")),
        Index("ticket_by_day", "community_id", "queue_id", "day"),
        Index("ticket_by_time", "taken_at"),
    )

    @property
    def ticket(self) -> str:
        """`A012`: its number, as people read it."""
        return f"{self.letter}{self.number:03d}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def in_line(self) -> Waiting:
        """It, as the rule of calls sees it."""
        return Waiting(
            self.id,
            self.service_id,
            self.taken_at,
            due_at=self.due_at if self.on_time else None,
            came_back=self.came_back,
            only_window=self.window_id,
        )

    @property
    def steps(self) -> list[str]:
        """The steps (TICKET_STEPS) that are possible now."""
        return [step for step, states in STEPS.items() if self.state in states]

    def check_step(self, step: str) -> None:
        """Raises StepNotPossible."""
        if self.state not in STEPS[step]:
            raise StepNotPossible(state=self.state)

    def returns(self, calls: int, now: datetime, *, alone: bool) -> bool:
        """Whether it can be called again after it was skipped, when its service has had `calls` calls. `alone`: nobody else
        waits there."""
        if self.returns_after is None or self.skipped_at is None:
            return False
        return calls >= self.returns_after or (alone and now >= self.skipped_at + WITHOUT_OTHERS)

    def call(self, window_id: UUID) -> None:
        self.state, self.window_id, self.came_back, self.returns_after = "called", window_id, False, None
        self.changed()

    @property
    def is_told(self) -> bool:
        """Whether its resident was told that it is nearly called, or there is nobody to be told."""
        return self.resident_id is None or self.near_at is not None

    def come_near(self, now: datetime) -> None:
        self.near_at = now
        self.changed()

    def start(self) -> None:
        self.state = "serving"
        self.changed()

    def call_again(self) -> None:
        self.changed()

    def finish(self, now: datetime) -> None:
        self._end("done", now)

    def skip(self, calls: int, now: datetime) -> None:
        """The first time it comes back later, the second time it has left."""
        self.skips += 1
        if self.skips > 1:
            return self.leave("missed", now)
        self.state, self.window_id, self.skipped_at, self.returns_after = "skipped", None, now, calls + OTHERS_FIRST
        self.changed()
        return None

    def leave(self, because: str, now: datetime) -> None:
        """For one of LEFT_BECAUSE."""
        self.left_because = because
        self._end("left", now)

    def put_back(self) -> None:
        """To the front: the clerk who called it has left."""
        self.state, self.window_id, self.came_back = "waiting", None, True
        self.changed()

    def send_on(self, service_id: UUID, window_id: UUID | None) -> None:
        """To another service, where its place is that of the time at which it was taken; or to one window, where it is next.
        An appointment was for the first service, so it has no priority any more."""
        self.state, self.service_id, self.window_id, self.on_time = "waiting", service_id, window_id, False
        self.changed()

    def _end(self, state: str, now: datetime) -> None:
        self.state, self.ended_at, self.returns_after = state, now, None
        self.changed()


class TicketCall(Base):
    """A ticket was called to a window at `called_at`, and again up to `times` times, last at `last_called_at`. It `ended_at`
    with an outcome (CALL_OUTCOMES). `first` is the ticket's first call: until then the person has waited. Times are aware."""

    __tablename__ = "ticket_call"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    queue_id: Mapped[UUID]
    service_id: Mapped[UUID]
    window_id: Mapped[UUID]
    day: Mapped[date]
    first: Mapped[bool]
    called_at: Mapped[datetime]
    last_called_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]

    __table_args__ = (
        one_of("outcome", CALL_OUTCOMES, "ticket_call_outcome"),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ticket_call_ended"),
        # Two clerks at once never have the same number, and a window has one at a time.
        Index("ticket_call_of_ticket", "ticket_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ticket_call_at_window", "window_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ticket_call_by_ticket", "ticket_id"),
        Index("ticket_call_by_day", "queue_id", "day", "last_called_at"),
    )

    def call_again(self, now: datetime) -> None:
        self.times, self.last_called_at = self.times + 1, now

    def end(self, outcome: str, now: datetime) -> None:
        self.outcome, self.ended_at = outcome, now
