"""When a space can be booked. `free` and `check_request` must always agree; property tests compare them."""

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
    """A space with its opening hours over some days. `leaf_ids` are the spaces that a booking claims, sorted: the parts of a
    divisible space, else the space itself. Spans are in seconds since the epoch and must be within `days`. `revision` is the
    CalendarRevision from which it was loaded."""

    space: Space
    leaf_ids: tuple[UUID, ...]
    hours: OpeningHours
    days: LocalDays
    revision: UUID

    def check_request(self, starts_at: datetime, ends_at: datetime, attendees: int, now: datetime) -> None:
        """Checks a booking made at `now`. Times are aware. It does not check other bookings: the database does that. Raises
        the refusals of Space.check_request, TooFar, OffGrid or Closed."""
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
        """The instant by which a booking made at `now` must end: the end of the last local day of the horizon."""
        return end_of_day_after(self.days.zone, now, self.space.horizon_days)

    def free(self, claims: Sequence[Span], now: datetime, start: int, end: int) -> list[Span]:
        """The times between `start` and `end` that can be booked at `now`, given the `claims` of other bookings (blocked spans
        of the leaves, sorted). Every interval inside a free span is accepted if it is on the grid and has an allowed length."""
        start, end = max(start, self.space.earliest(now)), min(end, self.latest(now))
        if start >= end:
            return []
        spans = subtract(self.hours.open_spans(self.days, start, end), self.space.kept_from(claims))
        step, shortest = self.space.slot_minutes * 60, self.space.min_minutes * 60
        return [span for span in self.days.narrowed_to_grid(spans, step) if span[1] - span[0] >= shortest]

    def busy(
        self, free: Sequence[Span], booked: Sequence[Span], now: datetime, start: int, end: int
    ) -> list[tuple[int, int, BusyReason]]:
        """The times between `start` and `end` that are not free, each with a reason, sorted. `booked` are the times of other
        bookings without turnover. `past` also means too soon, `closed` also means beyond the horizon, and `buffer` is
        turnover or a gap that is too short."""
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
    """The reason for time that is left over. Beside a booking it is turnover (`buffer`). Otherwise the grid cut it off, and it
    gets the reason of its neighbour."""
    return "buffer" if neighbour in ("booked", None) else neighbour


def _joined(told: list[tuple[int, int, BusyReason]]) -> list[tuple[int, int, BusyReason]]:
    reasons = {reason for _, _, reason in told}
    spans = {reason: merge((a, b) for a, b, because in told if because == reason) for reason in reasons}
    return sorted((*span, reason) for reason, of_reason in spans.items() for span in of_reason)
