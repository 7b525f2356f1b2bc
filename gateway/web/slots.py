"""Computes the slots that a person can choose from free and busy intervals: starts, ends, and the reasons of busy times. No
I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from gateway.web.times import at, local, midnight

# If a day has nothing free, the first of these reasons that it has is shown.
REASONS_BY_PRIORITY = (
    "holiday",
    "blocked",
    "lottery",
    "event",
    "booked",
    "held",
    "kept_for_elders",
    "kept_for_counter",
    "gap",
    "too_soon",
    "too_far",
    "past",
    "closed",
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a day. If it is free, `reason` is None and `starts` has the times at which a booking may begin. `title` is the
    name of the event that takes place then, in both languages. `provisional`: it is closed for a holiday that may change.
    `taken_as`: only a `part` of the space is taken, or its `whole`. `opens_at` is when a kept time, or a week that is not open
    yet, opens for the reader. `lottery_id`: the lottery that decides it."""

    starts_at: datetime
    ends_at: datetime
    reason: str | None = None
    starts: tuple[datetime, ...] = ()
    title: Mapping[str, str] | None = None
    provisional: bool = False
    taken_as: str | None = None
    opens_at: datetime | None = None
    lottery_id: str | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a space: its segments in order, from opening to closing."""

    day: date
    segments: tuple[Segment, ...]

    @property
    def starts(self) -> list[datetime]:
        return [start for segment in self.segments for start in segment.starts]

    @property
    def reason(self) -> str | None:
        """Why nothing is free (`closed`, `holiday`, …). None if something is free."""
        if self.starts:
            return None
        reasons = {segment.reason for segment in self.segments}
        return next((reason for reason in REASONS_BY_PRIORITY if reason in reasons), "closed")

    @property
    def provisional(self) -> bool:
        """Whether it is closed for a holiday that may change."""
        return self.reason == "holiday" and any(segment.provisional for segment in self.segments)


def days_of(availability: Mapping[str, Any], space: Mapping[str, Any], first: date, count: int) -> list[Day]:
    """`count` days from `first`, from one answer of `get_availability`."""
    return [_day(availability, space, first + timedelta(days=offset)) for offset in range(count)]


def _day(availability: Mapping[str, Any], space: Mapping[str, Any], day: date) -> Day:
    """A booking belongs to the day on which it starts, and may end on the next one."""
    low, high = midnight(day), midnight(day + timedelta(days=1))
    free = [
        Segment(max(s, low), min(e, high), None, tuple(at for at in starts_within(s, e, space) if low <= at < high))
        for s, e in spans_of(availability["free"])
        if s < high and e > low
    ]
    busy = [_busy_segment(start, end, item) for item in availability["busy"] for start, end in _cut([item], day)]
    both = sorted([piece for piece in free if piece.starts] + busy, key=lambda piece: piece.starts_at)
    return Day(day, tuple(_merged(_without_closed_edges(both))))


def _busy_segment(start: datetime, end: datetime, item: Mapping[str, Any]) -> Segment:
    more = {"title": item.get("title"), "provisional": item.get("provisional", False), "taken_as": item.get("taken_as")}
    if opens_at := item.get("opens_at"):
        more["opens_at"] = local(opens_at)
    return Segment(start, end, item["reason"], **more, lottery_id=item.get("lottery_id"))


def spans_of(items: Sequence[Mapping[str, Any]]) -> list[tuple[datetime, datetime]]:
    """Intervals of an answer, in the page's time zone."""
    return [(local(item["starts_at"]), local(item["ends_at"])) for item in items]


def starts_within(start: datetime, end: datetime, space: Mapping[str, Any]) -> list[datetime]:
    """The start times in a free interval: on the slot grid, with time for the shortest booking."""
    step = timedelta(minutes=space["slot_minutes"])
    shortest = timedelta(minutes=max(space["min_minutes"], 1))
    origin = midnight(start.date())
    begin = origin + -(-(start - origin) // step) * step
    found = []
    while begin + shortest <= end:
        found.append(begin)
        begin += step
    return found


def ends_after(start: datetime, free: Sequence[Mapping[str, Any]], space: Mapping[str, Any]) -> list[datetime]:
    """The end times of a booking that begins at `start`: on the grid, in the same free interval, within the limits of the
    space."""
    for item in free:
        begins, closes = local(item["starts_at"]), local(item["ends_at"])
        if begins <= start < closes:
            step = timedelta(minutes=space["slot_minutes"])
            longest = min(closes, start + timedelta(minutes=space["max_minutes"]))
            shortest = timedelta(minutes=space["min_minutes"])
            count = int((longest - start) / step)
            return [start + step * n for n in range(1, count + 1) if step * n >= shortest]
    return []


def free_now(free: Sequence[Mapping[str, Any]], moment: datetime) -> datetime | None:
    """The end of the free interval around `moment`. None if it is not free then."""
    for item in free:
        if local(item["starts_at"]) <= moment < local(item["ends_at"]):
            return local(item["ends_at"])
    return None


def next_free(free: Sequence[Mapping[str, Any]], moment: datetime) -> datetime | None:
    """The start of the next free interval after `moment`. None if there is none."""
    later = [local(item["starts_at"]) for item in free if local(item["starts_at"]) > moment]
    return min(later, default=None)


def _cut(items: Sequence[Mapping[str, Any]], day: date) -> list[tuple[datetime, datetime]]:
    low, high = midnight(day), midnight(day + timedelta(days=1))
    pieces = [(max(low, local(item["starts_at"])), min(high, local(item["ends_at"]))) for item in items]
    return [(start, end) for start, end in pieces if start < end]


def _without_closed_edges(segments: list[Segment]) -> list[Segment]:
    """Without closed time at the start and the end of the day, unless the whole day is closed."""
    inner = list(segments)
    while len(inner) > 1 and inner[0].reason == "closed":
        inner.pop(0)
    while len(inner) > 1 and inner[-1].reason == "closed":
        inner.pop()
    return inner


def _merged(segments: list[Segment]) -> list[Segment]:
    """Merge adjacent segments with the same reason. A buffer counts as part of the booking beside it."""
    beside: dict[datetime, str | None] = {}
    for piece in (one for one in segments if one.reason == "booked"):
        beside |= {piece.ends_at: piece.taken_as, piece.starts_at: piece.taken_as}
    merged: list[Segment] = []
    for piece in segments:
        last = merged[-1] if merged else None
        if piece.reason == "buffer":
            share = beside.get(piece.starts_at, beside.get(piece.ends_at))
            piece = replace(piece, reason="booked", taken_as=share)
        if last and piece.reason and _is_alike(last, piece) and last.ends_at >= piece.starts_at:
            merged[-1] = replace(last, ends_at=max(last.ends_at, piece.ends_at))
        else:
            merged.append(piece)
    return merged


def _is_alike(one: Segment, other: Segment) -> bool:
    return replace(one, starts_at=other.starts_at, ends_at=other.ends_at) == other


def opening_span(space: Mapping[str, Any], day: date) -> tuple[datetime, datetime] | None:
    """First opening and last closing of that day by the weekly hours; a night ends on the next day. It ignores holidays, which
    only the service knows."""
    hours = [item for item in space["opening_hours"] if item["weekday"] == day.isoweekday()]
    if not hours:
        return None
    parsed = [(opens, closes if closes > opens else closes + timedelta(days=1)) for opens, closes in _walls(day, hours)]
    return min(opens for opens, _ in parsed), max(closes for _, closes in parsed)


def _walls(day: date, hours: Sequence[Mapping[str, Any]]) -> list[tuple[datetime, datetime]]:
    return [(_wall(day, item["opens"]), _wall(day, item["closes"])) for item in hours]


def _wall(day: date, text: str) -> datetime:
    if text.startswith("24"):
        return midnight(day + timedelta(days=1))
    return at(day, time.fromisoformat(text))
