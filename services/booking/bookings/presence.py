"""Whether the people of a booking came: check-in, no-show, and taking a no-show back."""

from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from chassis.database.checks import one_of
from services.booking.interface.appeal_refusals import NotAppealable
from services.booking.interface.bookings import CHECKED_IN_BY, NO_SHOW_BY
from services.booking.interface.refusals import NotCheckInTime, NotMissable, NotUndoable

CHECK_IN_OPENS = timedelta(minutes=15)  # before the start
CORRECTED_FOR = timedelta(days=14)  # after the end, so long staff can still say that nobody came, or that somebody did
APPEALS_FOR = timedelta(days=14)  # after it became a no-show
_MINUTE = timedelta(minutes=1)


class Presence:
    """The part of a booking that says who came. `checked_in_by` is CHECKED_IN_BY. A no-show (`no_show_at`, `no_show_by`) keeps
    its row: `planned_ends_at` is when it was to end, `ends_at` since when its time is free. An excused one counts for nothing.
    `appealed_at` is when its resident said why (appeals).
    Times are aware."""

    checked_in_at: Mapped[datetime | None]
    checked_in_by: Mapped[str | None]
    no_show_at: Mapped[datetime | None]
    no_show_by: Mapped[str | None]
    excused_at: Mapped[datetime | None]
    appealed_at: Mapped[datetime | None]

    if TYPE_CHECKING:
        state: Mapped[str]
        starts_at: Mapped[datetime]
        ends_at: Mapped[datetime]
        planned_ends_at: Mapped[datetime | None]

        def changed(self) -> None: ...

    CHECKS: ClassVar = (
        one_of("checked_in_by", CHECKED_IN_BY, "booking_checked_in_by"),
        CheckConstraint("(checked_in_at IS NULL) = (checked_in_by IS NULL)", name="booking_checked_in"),
        one_of("no_show_by", NO_SHOW_BY, "booking_no_show_by"),
        CheckConstraint(
            "(state = 'no_show') = (no_show_at IS NOT NULL) AND (no_show_at IS NULL) = (no_show_by IS NULL)",
            name="booking_no_show",
        ),
        CheckConstraint("no_show_at IS NULL OR checked_in_at IS NULL", name="booking_came_or_not"),
        CheckConstraint("excused_at IS NULL OR no_show_at IS NOT NULL", name="booking_excused_no_show"),
    )

    def presence_steps(self, now: datetime) -> list[str]:
        """The steps that staff of its community may take at `now`."""
        steps = ("check_in", self._why_no_check_in(now)), ("no_show", self._why_not_missed(now))
        found = [step for step, obstacle in steps if obstacle is None and self.checked_in_at is None]
        return [*found, "undo"] if self.state == "no_show" and self._is_correctable(now) else found

    def check_in(self, now: datetime, *, by: str) -> bool:
        """Its people are there, from 15 minutes before the start until the end. False if that was known. `by` is one of
        CHECKED_IN_BY. Raises NotCheckInTime."""
        if self.state == "confirmed" and self.checked_in_at is not None:
            return False
        if state := self._why_no_check_in(now):
            opens_at = self.starts_at - CHECK_IN_OPENS
            raise NotCheckInTime(state=state, opens_at=opens_at.isoformat(), ends_at=self.ends_at.isoformat())
        self.checked_in_at, self.checked_in_by = now, by
        self.changed()
        return True

    def miss(self, now: datetime, *, by: str) -> None:
        """Nobody came. The rest of its time is free from the next full minute on. `by` is one of NO_SHOW_BY. Raises NotMissable
        if somebody came, or if it has not begun, was cancelled, or ended long ago."""
        if state := self._why_not_missed(now):
            raise NotMissable(state=state)
        self.state, self.no_show_at, self.no_show_by = "no_show", now, by
        if self.planned_ends_at is None:
            self.planned_ends_at = self.ends_at
        since = max(now - self.starts_at, timedelta(seconds=1))
        self.ends_at = min(self.ends_at, self.starts_at + _MINUTE * ceil(since / _MINUTE))
        self.changed()

    def undo_no_show(self, now: datetime) -> None:
        """Somebody was there after all, and has all of the time again; the caller claims it. Raises NotUndoable."""
        if self.state != "no_show" or not self._is_correctable(now):
            raise NotUndoable(state=self.state)
        self.state, self.no_show_at, self.no_show_by, self.excused_at = "confirmed", None, None, None
        self.ends_at, self.planned_ends_at = self.planned_ends_at or self.ends_at, None
        self.checked_in_at, self.checked_in_by = now, "staff"
        self.changed()

    def appeal(self, now: datetime) -> None:
        """Its resident says why nobody came, or that somebody did. Raises NotAppealable."""
        if state := self._why_no_appeal(now):
            raise NotAppealable(state=state)
        self.appealed_at = now
        self.changed()

    def is_appealable(self, now: datetime) -> bool:
        return self._why_no_appeal(now) is None

    def excuse(self, now: datetime) -> None:
        """The no-show counts for nothing any more. One that was undone has nothing to excuse."""
        if self.state == "no_show" and self.excused_at is None:
            self.excused_at = now
        self.changed()

    def _why_no_appeal(self, now: datetime) -> str | None:
        if self.appealed_at is not None:
            return "appealed"
        if self.state != "no_show" or self.no_show_at is None:
            return "no_no_show"
        if self.excused_at is not None:
            return "excused"
        return "too_late" if now >= self.no_show_at + APPEALS_FOR else None

    def _why_no_check_in(self, now: datetime) -> str | None:
        if self.state != "confirmed":
            return self.state
        if now < self.starts_at - CHECK_IN_OPENS:
            return "coming"
        return "over" if self.ends_at <= now else None

    def _why_not_missed(self, now: datetime) -> str | None:
        if self.state != "confirmed":
            return self.state
        if self.checked_in_at is not None:
            return "checked_in"
        if now < self.starts_at:
            return "coming"
        return None if self._is_correctable(now) else "over"

    def _is_correctable(self, now: datetime) -> bool:
        return now < (self.planned_ends_at or self.ends_at) + CORRECTED_FOR
