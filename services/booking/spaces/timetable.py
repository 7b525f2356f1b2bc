"""When a space can be booked: what `free` tells and what `check_request` accepts are the same times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.booking.calendar import opening_hours
from services.booking.calendar.intervals import Span, clip, merge, subtract
from services.booking.calendar.local_days import LocalDays, end_of_day_after
from services.booking.calendar.opening_hours import OpeningHours
from services.booking.interface.refusals import Closed, OffGrid, TooFar
from services.booking.spaces.models import Space

BusyReason = Literal["booked", "buffer", "past"] | opening_hours.Reason


@dataclass(frozen=True, slots=True)
class Timetable:
    """A space with its opening hours over some days. `leaf_ids` are the spaces that a booking of it claims, sorted:
    its parts, or itself. Spans are in seconds since the epoch and must lie within `days`. `revision` is the calendar's
    that it was made of (CalendarRevision)."""

    space: Space
    leaf_ids: tuple[UUID, ...]
    hours: OpeningHours
    days: LocalDays
    revision: UUID

    def check_request(self, starts_at: datetime, ends_at: datetime, attendees: int, now: datetime) -> None:
        """Raises the first rule that a booking made at `now` (aware) would break; whether others hold the time already is
        for the database to say. Raises what Space.check_request does, TooFar, OffGrid or Closed."""
        self.space.check_request(starts_at, ends_at, attendees, now)
        start, end = starts_at.timestamp(), ends_at.timestamp()
        if end > self.latest(now):
            raise TooFar(horizon_days=self.space.horizon_days)
        step = self.space.slot_minutes * 60
        if not all(at.is_integer() and self.days.on_grid(int(at), step) for at in (start, end)):
            raise OffGrid(slot_minutes=self.space.slot_minutes)
        if self.hours.open_spans(self.days, int(start), int(end)) != [(int(start), int(end))]:
            raise Closed(reason=self._why_closed(int(start), int(end)))

    def latest(self, now: datetime) -> int:
        """The instant by which bookings made at `now` end: the end of the last local day of the horizon."""
        return end_of_day_after(self.days.zone, now, self.space.horizon_days)

    def free(self, claims: Sequence[Span], now: datetime, start: int, end: int) -> list[Span]:
        """The times between `start` and `end` that can be booked at `now`, given others' `claims` (blocked spans of the
        leaves, sorted): any stretch inside one of them that is on the grid and of an allowed length is accepted."""
        start, end = max(start, self.space.earliest(now)), min(end, self.latest(now))
        if start >= end:
            return []
        spans = subtract(self.hours.open_spans(self.days, start, end), self.space.kept_from(claims))
        step, shortest = self.space.slot_minutes * 60, self.space.min_minutes * 60
        return [span for span in self.days.narrowed_to_grid(spans, step) if span[1] - span[0] >= shortest]

    def busy(
        self, free: Sequence[Span], booked: Sequence[Span], now: datetime, start: int, end: int
    ) -> list[tuple[int, int, BusyReason]]:
        """Why the rest of `start` to `end` is not free, sorted: booked, closed, holiday, blocked, past (also what is too
        soon to book), or buffer (turnover, and gaps too short to use). `booked` are others' times without turnover."""
        rest = subtract([(start, end)], free)
        told: list[tuple[int, int, BusyReason]] = []

        def tell(reason: BusyReason, spans: Sequence[Span]) -> None:
            nonlocal rest
            left = subtract(rest, merge(spans))
            told.extend((*span, reason) for span in subtract(rest, left))
            rest = left

        open_spans = self.hours.open_spans(self.days, start, end)
        closed = self.hours.closed_reasons(self.days, start, end)
        tell("booked", booked)
        tell("blocked", subtract(closed["blocked"], open_spans))
        tell("holiday", subtract(closed["holiday"], open_spans))
        tell("closed", [*subtract(closed["closed"], open_spans), *clip([(start, end)], self.latest(now), end)])
        tell("past", clip([(start, end)], start, self.space.earliest(now)))
        ends, starts = {b: reason for _, b, reason in told}, {a: reason for a, _, reason in told}
        told.extend((a, b, _beside(ends.get(a) or starts.get(b))) for a, b in rest)
        return _joined(told)

    def _why_closed(self, start: int, end: int) -> BusyReason:
        open_spans = self.hours.open_spans(self.days, start, end)
        for reason, spans in self.hours.closed_reasons(self.days, start, end).items():
            if subtract(spans, open_spans):
                return reason
        return "closed"


def _beside(neighbour: BusyReason | None) -> BusyReason:
    """What is left over beside a booking is its turnover; what is cut off by the grid belongs to what cuts it."""
    return "buffer" if neighbour in ("booked", None) else neighbour


def _joined(told: list[tuple[int, int, BusyReason]]) -> list[tuple[int, int, BusyReason]]:
    reasons = {reason for _, _, reason in told}
    spans = {reason: merge((a, b) for a, b, because in told if because == reason) for reason in reasons}
    return sorted((*span, reason) for reason, of_reason in spans.items() for span in of_reason)
