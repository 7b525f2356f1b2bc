"""Spaces: what can be booked, and the rules of booking it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from chassis.database.engine import Aggregate
from services.booking.base import Base
from services.booking.calendar.intervals import Span
from services.booking.calendar.opening_hours import hours_of, weekly_hours_of
from services.booking.interface.refusals import EndsBeforeStart, InPast, OverCapacity, TooLong, TooShort, TooSoon

# No space allows longer ones (space_lengths), so whatever overlaps a time started at most this long before it.
LONGEST_BOOKING = timedelta(days=7)


class Space(Aggregate, Base):
    """A room, court or counter. A divisible space is booked as a whole or in its parts (the spaces whose `parent_id`
    it is), which are not divided further. Texts are {"zh-CN", "en"}; lengths of time are minutes; `opening_hours` and
    `holiday_hours` (on statutory holidays; none: closed) are local times of day."""

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
    # Only for the foreign key below: a part's whole must be divisible, or bookings of the whole would not claim its parts.
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
        CheckConstraint("kind IN ('room', 'court', 'counter')", name="space_kind"),
        CheckConstraint("section IN ('convenience', 'neighbour', 'smart', 'elders')", name="space_section"),
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
        """What a booking keeps others out of: its time, and the turnover before and after."""
        return (
            starts_at - timedelta(minutes=self.buffer_before_minutes),
            ends_at + timedelta(minutes=self.buffer_after_minutes),
        )

    def kept_from(self, claims: Sequence[Span]) -> Sequence[Span]:
        """The instants that a booking of this space cannot have beside `claims` (blocked spans of others): its own
        turnover must not touch them either, so each is wider by ours, mirrored."""
        before, after = self.buffer_before_minutes * 60, self.buffer_after_minutes * 60
        return [(start - after, end + before) for start, end in claims] if before or after else claims

    def earliest(self, now: datetime) -> int:
        """The first instant, in whole seconds, that a booking made at `now` may start at."""
        return ceil(now.timestamp()) + self.min_notice_minutes * 60

    def check_request(self, starts_at: datetime, ends_at: datetime, attendees: int, now: datetime) -> None:
        """The space's own rules, which need no calendar: length, notice, people. Times are aware. Raises EndsBeforeStart,
        InPast, TooSoon, TooShort, TooLong or OverCapacity."""
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
        if attendees > self.capacity:
            raise OverCapacity(capacity=self.capacity, attendees=attendees)
