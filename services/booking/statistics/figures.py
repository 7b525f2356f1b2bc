"""Open and used time, by space, by day and by hour of the week. Pure functions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from services.booking.calendar.intervals import Span
from services.booking.calendar.local_days import LocalDays

HOUR = 3600
BOOKED, EVENT = "booking", "session"

Slot = tuple[int, int]  # ISO weekday, hour


@dataclass(slots=True)
class Open:
    """Open seconds: in total, by local day, and by hour of the week."""

    total: int = 0
    days: Counter[date] = field(default_factory=Counter)
    hours: Counter[Slot] = field(default_factory=Counter)

    def add(self, other: "Open") -> None:
        self.total += other.total
        self.days.update(other.days)
        self.hours.update(other.hours)


def open_time(spans: Iterable[Span], days: LocalDays) -> Open:
    """The open time of `spans` (instants, disjoint). The clock of each span is that of its start."""
    found = Open()
    for start, end in spans:
        offset = days.offset_at(start)
        at, until = start + offset, end + offset
        found.total += end - start
        while at < until:
            stop = min(until, at // HOUR * HOUR + HOUR)
            local = datetime.fromtimestamp(at, UTC)
            found.days[local.date()] += stop - at
            found.hours[local.isoweekday(), local.hour] += stop - at
            at = stop
    return found


@dataclass(frozen=True, slots=True)
class Use:
    """Minutes: how long something was open, and used by bookings and by club events."""

    open_minutes: int
    booked_minutes: int
    event_minutes: int


def use(open_seconds: int, used: Counter[str]) -> Use:
    """`used` has seconds by BOOKED and EVENT."""
    return Use(round(open_seconds / 60), round(used[BOOKED] / 60), round(used[EVENT] / 60))


@dataclass(frozen=True, slots=True)
class Fairness:
    """See interface.statistics."""

    households: int
    gini: float | None
    top_tenth: float | None


def fairness(minutes: Sequence[int]) -> Fairness:
    """Of the booked minutes of each household, all above 0. The coefficient is the mean difference of all pairs, divided by
    twice the mean (C. Gini, 1912)."""
    ordered, whole = sorted(minutes), sum(minutes)
    count = len(ordered)
    if whole == 0:
        return Fairness(count, None, None)
    ranked = sum(rank * value for rank, value in enumerate(ordered, 1))
    most = ordered[-max(1, round(count / 10)) :]
    return Fairness(count, round(2 * ranked / (count * whole) - (count + 1) / count, 3), round(sum(most) / whole, 3))
