"""How much of a limit is taken, and when there is room again. No I/O. A span is (start, end), both aware."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.booking.limits.models import Limit
from services.booking.spaces.models import LONGEST_BOOKING

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Use:
    """What one subject has taken of a limit around one booking, which is not counted. `again_at` is from when a booking of its
    length is possible; None if it is possible as it is, or never."""

    limit: Limit
    taken: int
    fits: bool
    again_at: datetime | None

    @property
    def left(self) -> int:
        return max(0, self.limit.allowed - self.taken)


def use_of(limit: Limit, booked: Sequence[Span], wanted: Span, now: datetime, zone: ZoneInfo) -> Use:
    """The use of `limit` by the subject whose spans that count are `booked`, for a booking `wanted`. `zone` is that of the
    space's community."""
    fits = _fits(limit, booked, wanted, now, zone)
    return Use(
        limit, _taken(limit, booked, wanted, now, zone), fits, None if fits else _again_at(limit, booked, wanted, now, zone)
    )


def has_room(limit: Limit, booked: Sequence[Span], wanted: Span, now: datetime, zone: ZoneInfo) -> Use:
    """As `use_of`, but without looking for a later time, which takes long if it is asked for each date of a series."""
    return Use(limit, _taken(limit, booked, wanted, now, zone), _fits(limit, booked, wanted, now, zone), None)


def earliest(limit: Limit, wanted: Span, now: datetime, zone: ZoneInfo) -> datetime:
    """Bookings that start before this instant never count for `wanted`."""
    if limit.period == "trailing":
        return wanted[0] - _length(limit)
    if limit.period == "future":
        return now
    if limit.period == "at_once":
        return wanted[0] - LONGEST_BOOKING
    return window(limit.period, wanted[0], zone)[0]


def window(period: str, at: datetime, zone: ZoneInfo) -> Span:
    """The day, week (from Monday) or month of the calendar around `at`, in `zone`."""
    day = at.astimezone(zone).date()
    if period == "day":
        first, after = day, day + timedelta(days=1)
    elif period == "week":
        first = day - timedelta(days=day.weekday())
        after = first + timedelta(days=7)
    else:
        first = day.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
    return _midnight(first, zone), _midnight(after, zone)


def _taken(limit: Limit, booked: Sequence[Span], wanted: Span, now: datetime, zone: ZoneInfo) -> int:
    if limit.period == "trailing":
        return _most_in_a_row(limit, booked, wanted[0])
    if limit.period == "future":
        return sum(limit.amount(*span) for span in booked if span[0] > now)
    if limit.period == "at_once":
        return _most_at_once(booked, wanted)
    start, end = window(limit.period, wanted[0], zone)
    return sum(limit.amount(*span) for span in booked if start <= span[0] < end)


def _fits(limit: Limit, booked: Sequence[Span], wanted: Span, now: datetime, zone: ZoneInfo) -> bool:
    return _taken(limit, booked, wanted, now, zone) + limit.amount(*wanted) <= limit.allowed


def _most_in_a_row(limit: Limit, booked: Sequence[Span], start: datetime) -> int:
    """The most that any period of `days` days has which contains `start`. It is enough to look at those that end with the start
    of a booking."""
    length = _length(limit)
    ends = [start, *(span[0] for span in booked if start < span[0] < start + length)]
    return max(sum(limit.amount(*span) for span in booked if end - length < span[0] <= end) for end in ends)


def _most_at_once(booked: Sequence[Span], wanted: Span) -> int:
    """The most spans that contain one instant of `wanted`."""
    instants = [wanted[0], *(span[0] for span in booked if wanted[0] < span[0] < wanted[1])]
    return max(sum(start <= at < end for start, end in booked) for at in instants)


def _again_at(limit: Limit, booked: Sequence[Span], wanted: Span, now: datetime, zone: ZoneInfo) -> datetime | None:
    if limit.amount(*wanted) > limit.allowed:
        return None
    if limit.period == "future":
        starts = sorted(start for start, _ in booked if start > now)
        return next((at for at in starts if _fits(limit, booked, wanted, at, zone)), None)
    length = wanted[1] - wanted[0]
    later = _later_starts(limit, booked, wanted[0], zone)
    return next((at for at in later if _fits(limit, booked, (at, at + length), now, zone)), None)


def _later_starts(limit: Limit, booked: Sequence[Span], start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The starts after `start` at which there may be more room than just before, in order. At the last one nothing is taken."""
    if limit.period == "trailing":
        yield from sorted(at for span in booked if (at := span[0] + _length(limit)) > start)
    elif limit.period == "at_once":
        yield from sorted(end for _, end in booked if end > start)
    else:
        last = max((span[0] for span in booked), default=start)
        yield (at := window(limit.period, start, zone)[1])
        while at <= last:
            yield (at := window(limit.period, at, zone)[1])


def _length(limit: Limit) -> timedelta:
    return timedelta(days=limit.days or 0)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
