"""Spaces: the table, and the rules for a booking that need no calendar."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from services.booking.base import Base
from services.booking.calendar.intervals import Span
from services.booking.calendar.opening_hours import hours_of, weekly_hours_of
from services.booking.interface.refusals import EndsBeforeStart, InPast, OverCapacity, TooLong, TooShort, TooSoon
from services.booking.interface.spaces import KINDS, SECTIONS

# The CHECK space_lengths allows no longer booking. So a booking that overlaps a time started at most this long before it.
LONGEST_BOOKING = timedelta(days=7)


class Space(Aggregate, Base):
    """A room, court or counter. A divisible space can be booked as a whole, or in parts. The parts are spaces with its id as
    `parent_id`; they cannot be divided again. Texts are {"zh-CN", "en"}. Lengths of time are minutes. `opening_hours` and
    `holiday_hours` (for statutory holidays; empty means closed) are local times of day."""

    __tablename__ = "space"

    code: Mapped[str]
    kind: Mapped[str]
    section: Mapped[str]
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any] | None]
    parent_id: Mapped[UUID | None]
    divisible: Mapped[bool] = mapped_column(default=False)
    capacity: Mapped[int]
    location: Mapped[dict[str, Any] | None]
    equipment: Mapped[list[Any]] = mapped_column(default=list)
    opening_hours: Mapped[list[Any]]
    holiday_hours: Mapped[list[Any]] = mapped_column(default=list)
    slot_minutes: Mapped[int] = mapped_column(default=30)
    min_minutes: Mapped[int] = mapped_column(default=30)
    max_minutes: Mapped[int] = mapped_column(default=240)
    min_notice_minutes: Mapped[int] = mapped_column(default=0)
    horizon_days: Mapped[int] = mapped_column(default=30)
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(default=0)
    # Only for the foreign key below: the parent must be divisible, or bookings of the parent would not claim this part.
    parent_divisible: Mapped[bool | None] = mapped_column(
        Computed("CASE WHEN parent_id IS NULL THEN NULL::boolean ELSE true END", persisted=True)
    )

    __table_args__ = (
        UniqueConstraint("community_id", "code", name="space_code_key"),
        UniqueConstraint("id", "divisible", name="space_divisible_key"),
        ForeignKeyConstraint(
            ["parent_id", "parent_divisible"], ["space.id", "space.divisible"], name="space_part_of_divisible"
        ),
        Index("space_parts", "parent_id"),
        CheckConstraint("NOT (divisible AND parent_id IS NOT NULL)", name="space_divided_once"),
        one_of("kind", KINDS, "space_kind"),
        one_of("section", SECTIONS, "space_section"),
        CheckConstraint("capacity > 0", name="space_capacity"),
        CheckConstraint("slot_minutes > 0 AND 1440 % slot_minutes = 0", name="space_slot_divides_day"),
        CheckConstraint("min_minutes BETWEEN 1 AND max_minutes AND max_minutes <= 10080", name="space_lengths"),
        CheckConstraint("max_minutes / slot_minutes * slot_minutes >= min_minutes", name="space_some_length_on_grid"),
        CheckConstraint(
            "min_notice_minutes >= 0 AND horizon_days >= 0 AND buffer_before_minutes >= 0 AND buffer_after_minutes >= 0",
            name="space_not_negative",
        ),
    )

    @validates("opening_hours")
    def _readable_weekly(self, _: str, entries: list[Any]) -> list[Any]:
        weekly_hours_of(entries)
        return entries

    @validates("holiday_hours")
    def _readable(self, _: str, entries: list[Any]) -> list[Any]:
        hours_of(entries)
        return entries

    def blocked(self, starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
        """The time that a booking blocks: its own time, with the turnover before and after it."""
        return (
            starts_at - timedelta(minutes=self.buffer_before_minutes),
            ends_at + timedelta(minutes=self.buffer_after_minutes),
        )

    def kept_from(self, claims: Sequence[Span]) -> Sequence[Span]:
        """The instants that a new booking of this space cannot use, given `claims` (blocked spans of other bookings). The
        turnover of the new booking must not touch the claims either. So each claim is widened: at its start by the turnover
        after a booking, at its end by the turnover before one."""
        before, after = self.buffer_before_minutes * 60, self.buffer_after_minutes * 60
        return [(start - after, end + before) for start, end in claims] if before or after else claims

    def earliest(self, now: datetime) -> int:
        """The first instant, in whole seconds, at which a booking made at `now` may start."""
        return ceil(now.timestamp()) + self.min_notice_minutes * 60

    def check_request(self, starts_at: datetime, ends_at: datetime, attendees: int, now: datetime) -> None:
        """The rules that need no calendar: length, notice, number of people. Times are aware. Raises EndsBeforeStart, InPast,
        TooSoon, TooShort, TooLong or OverCapacity."""
        if ends_at <= starts_at:
            raise EndsBeforeStart()
        if starts_at < now:
            raise InPast()
        if starts_at.timestamp() < self.earliest(now):
            raise TooSoon(min_notice_minutes=self.min_notice_minutes)
        if ends_at - starts_at < timedelta(minutes=self.min_minutes):
            raise TooShort(min_minutes=self.min_minutes)
        if ends_at - starts_at > timedelta(minutes=self.max_minutes):
            raise TooLong(max_minutes=self.max_minutes)
        self.check_capacity(attendees)

    def check_capacity(self, attendees: int) -> None:
        """Raises OverCapacity if it does not hold so many people."""
        if attendees > self.capacity:
            raise OverCapacity(capacity=self.capacity, attendees=attendees)
