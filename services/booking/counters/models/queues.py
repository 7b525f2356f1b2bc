"""Ticket queues, what they are for, and where people are served."""

from datetime import date, datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from chassis.database.engine import Aggregate
from services.booking.base import Base
from services.booking.interface.counter_refusals import WindowClosed, WindowTaken

CLOCKS_DIFFER = timedelta(minutes=1)  # more than clocks that are kept in step, and than anybody waits for the lock


def new_secret() -> str:
    """The end of an address that cannot be guessed: 22 characters, 128 bits."""
    return token_urlsafe(16)


class TicketQueue(Aggregate, Base):
    """The line in front of one counter (`space_id`, of kind counter), whose hours and appointments it has. Tickets are given
    `early_minutes` before the counter opens. An appointment that checks in more than `grace_minutes` late has no priority."""

    __tablename__ = "ticket_queue"

    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"))
    name: Mapped[dict[str, Any]]
    wall_key: Mapped[str] = mapped_column(default=new_secret)
    early_minutes: Mapped[int] = mapped_column(default=30)
    grace_minutes: Mapped[int] = mapped_column(default=10)
    most_waiting: Mapped[int] = mapped_column(default=500)
    active: Mapped[bool] = mapped_column(default=True)

    services: Mapped[list["CounterService"]] = relationship(
        lazy="raise", order_by="CounterService.letter", cascade="save-update"
    )
    windows: Mapped[list["CounterWindow"]] = relationship(lazy="raise", order_by="CounterWindow.number", cascade="save-update")

    __table_args__ = (
        UniqueConstraint("space_id", name="ticket_queue_of_space"),
        UniqueConstraint("wall_key", name="ticket_queue_wall"),
        Index("ticket_queue_of_community", "community_id", "id"),
        CheckConstraint("early_minutes BETWEEN 0 AND 240 AND grace_minutes BETWEEN 0 AND 120", name="ticket_queue_minutes"),
        CheckConstraint("most_waiting BETWEEN 1 AND 2000", name="ticket_queue_most"),
    )

    @property
    def early(self) -> timedelta:
        return timedelta(minutes=self.early_minutes)

    @property
    def grace(self) -> timedelta:
        return timedelta(minutes=self.grace_minutes)

    def renew_wall(self) -> None:
        """The old address of the display shows nothing from now on."""
        self.wall_key = new_secret()
        self.changed()


class CounterService(Base):
    """What people come for (办理事项). Its tickets begin with `letter`. `default_minutes` is how long it takes, until there
    are measured times of the day. One that is not `active` gets no new tickets."""

    __tablename__ = "counter_service"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    queue_id: Mapped[UUID] = mapped_column(ForeignKey("ticket_queue.id", ondelete="CASCADE"))
    letter: Mapped[str]
    name: Mapped[dict[str, Any]]
    default_minutes: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        UniqueConstraint("queue_id", "letter", name="counter_service_letter"),
        CheckConstraint("letter ~ '^[A-Z]$'", name="counter_service_one_letter"),
        CheckConstraint("default_minutes BETWEEN 1 AND 240", name="counter_service_minutes"),
    )


class CounterWindow(Base):
    """A window (窗口) with a number. It serves the services `letters`, the first one first. `clerk_id` works there since
    `opened_at`; without one it is closed. A clerk works at one window at a time."""

    __tablename__ = "counter_window"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    queue_id: Mapped[UUID] = mapped_column(ForeignKey("ticket_queue.id", ondelete="CASCADE"))
    number: Mapped[int]
    letters: Mapped[list[str]] = mapped_column(ARRAY(Text))
    active: Mapped[bool] = mapped_column(default=True)
    clerk_id: Mapped[UUID | None]
    opened_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("queue_id", "number", name="counter_window_number"),
        CheckConstraint("number BETWEEN 1 AND 99", name="counter_window_number_small"),
        CheckConstraint("cardinality(letters) BETWEEN 1 AND 26", name="counter_window_serves"),
        CheckConstraint("(clerk_id IS NULL) = (opened_at IS NULL)", name="counter_window_opened_by"),
        CheckConstraint("active OR clerk_id IS NULL", name="counter_window_closed_if_unused"),
        Index("counter_window_of_clerk", "clerk_id", unique=True, postgresql_where=text("clerk_id IS NOT NULL")),
    )

    @property
    def is_open(self) -> bool:
        return self.clerk_id is not None

    def open(self, clerk_id: UUID, now: datetime) -> None:
        """Raises WindowTaken if another clerk works there, WindowClosed if it is out of use."""
        if not self.active:
            raise WindowClosed()
        if self.clerk_id not in (None, clerk_id):
            raise WindowTaken()
        if self.clerk_id is None:
            self.clerk_id, self.opened_at = clerk_id, now

    def close(self) -> None:
        self.clerk_id = self.opened_at = None

    def check_works(self, clerk_id: UUID) -> None:
        """Raises WindowClosed if it is closed, WindowTaken unless it is `clerk_id` who works there."""
        if self.clerk_id is None:
            raise WindowClosed()
        if self.clerk_id != clerk_id:
            raise WindowTaken()


class QueueDay(Base):
    """A local day of a queue. Its row is the lock under which tickets are called. `closes_at` is until when tickets are given,
    if a clerk has said something else than the hours of the counter. From `closed_at` on the day is over. `last_at` is the
    newest time that was written under the lock."""

    __tablename__ = "queue_day"

    queue_id: Mapped[UUID] = mapped_column(ForeignKey("ticket_queue.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    closes_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]

    __table_args__ = (
        Index("queue_day_not_over", "day", postgresql_where=text("closed_at IS NULL")),
        Index("queue_day_by_day", "day"),
    )

    def time_of(self, now: datetime, not_before: datetime | None = None) -> datetime:
        """When it happens at this counter (aware): `now`, but not before `not_before`, nor before what happened under the lock
        until then. Who asked earlier and waited for the lock longer, or whose clock is behind, comes later all the same. It is
        never more than CLOCKS_DIFFER after `now`: one process with a wrong clock must not date the rest of the day."""
        self.last_at = min(max(now, not_before or now, self.last_at or now), now + CLOCKS_DIFFER)
        return self.last_at

    def give_until(self, closes_at: datetime, now: datetime) -> None:
        """Also opens a day again that was over."""
        self.closes_at = closes_at
        if closes_at > now:
            self.closed_at = None


class TicketNumber(Base):
    """The guarded counters of one service and day: the `last` number that was given, how many `calls` there were, and whether
    the last one was of an appointment."""

    __tablename__ = "ticket_number"

    service_id: Mapped[UUID] = mapped_column(ForeignKey("counter_service.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]
    calls: Mapped[int] = mapped_column(default=0)
    appointment_last: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("ticket_number_by_day", "day"),)
