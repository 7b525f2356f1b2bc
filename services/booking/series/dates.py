"""The dates of a series, and what is decided about each of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.rpc.call import Call
from chassis.rpc.refusal import Refusal
from services.booking.bookings.alternatives import offer_alternatives
from services.booking.bookings.limited import RunningLimits
from services.booking.bookings.messages import words_of_lost
from services.booking.bookings.models import Booking
from services.booking.interface.booking_words import ACTIVE
from services.booking.interface.refusals import (
    LocalTimeSkipped,
    SeriesOverlapsItself,
    SpaceTaken,
)
from services.booking.series.models import Series
from services.booking.series.recurrence import local_start
from services.booking.spaces.timetable import Timetable

# Alternatives cost two statements for each date, while others may be waiting.
MOST_WITH_ALTERNATIVES = 31


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A local day of a series with its time (aware, UTC), which is None if the clocks skip it."""

    day: date
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(slots=True)
class SeriesDate:
    """A date in an answer. `state` is one of DATE_STATES."""

    day: date
    starts_at: datetime | None
    ends_at: datetime | None
    state: str
    booking_id: UUID | None = None
    refusal: Refusal | None = None
    alternatives: list[dict[str, Any]] = field(default_factory=list)
    missing_equipment: dict[str, str] | None = None  # in both languages

    @property
    def code(self) -> str | None:
        return self.refusal.code if self.refusal else None

    @property
    def message(self) -> dict[str, str] | None:
        """Why it is refused or kept, in both languages."""
        return None if self.refusal is None else self.refusal.in_words()

    def in_details(self) -> dict[str, Any]:
        """It, in the details of a refusal."""
        return {"day": self.day.isoformat(), "code": self.code, "message": self.message}


@dataclass(frozen=True, slots=True)
class SeriesShown:
    """A series with its dates, as answers have it."""

    series: Series
    dates: Sequence[SeriesDate]


def window_of(days: Sequence[date], minutes: int) -> tuple[datetime, datetime]:
    """Times (UTC) between which all dates are, in whatever time zone."""
    first, last = (datetime.combine(day, time(), UTC) for day in (days[0], days[-1]))
    return first - timedelta(days=1), last + timedelta(days=2, minutes=minutes)


def occurrences(days: Iterable[date], clock: time, minutes: int, zone: ZoneInfo) -> list[Occurrence]:
    """The dates with their times. A date is as long as the others also in a night that changes the clocks. Raises
    SeriesOverlapsItself if one lasts until the next one has begun."""
    found = []
    for day in days:
        start = local_start(day, clock, zone)
        found.append(Occurrence(day, start, start + timedelta(minutes=minutes) if start else None))
    timed = [one for one in found if one.starts_at]
    for one, after in pairwise(timed):
        if one.ends_at and after.starts_at and one.ends_at > after.starts_at:
            raise SeriesOverlapsItself(day=one.day.isoformat(), next_day=after.day.isoformat())
    return found


def check_date(booking: Booking, timetable: Timetable, limits: RunningLimits, now: datetime, beyond: str | None = None) -> None:
    """All rules for one date but other bookings, which the database checks. With the reason `beyond`, it is stored in the
    booking with the rules that this breaks. Raises the refusals of Timetable.check_request, or LimitReached."""
    around = timetable.around(booking.starts_at, booking.ends_at)
    around.check_request(booking.starts_at, booking.ends_at, booking.attendees, now, beyond is not None)
    if beyond is None:
        limits.check(booking)
        return
    broken = [*around.broken(booking.starts_at, booking.ends_at, now), *limits.broken(booking)]
    if broken:
        booking.beyond_reason, booking.beyond_rules = beyond, broken


def skipped(one: Occurrence) -> SeriesDate:
    """A date whose time the clocks skip."""
    return SeriesDate(one.day, None, None, "refused", refusal=LocalTimeSkipped(day=one.day.isoformat()))


def add_alternatives(call: Call, refused: Sequence[tuple[SeriesDate, Booking]]) -> None:
    """What can be booked instead, of the first dates whose time is taken or closed for now. Two statements for each."""
    possible = [(shown, booking) for shown, booking in refused if _has_alternatives(shown.refusal)]
    for shown, booking in possible[:MOST_WITH_ALTERNATIVES]:
        shown.alternatives = offer_alternatives(call, booking)


def dates_of(series: Series, zone: ZoneInfo, bookings: Iterable[Booking], told: Mapping[date, SeriesDate] = {}) -> SeriesShown:
    """The series with all its dates by day. `bookings` are its bookings, with their equipment (equipment.taking.show); of
    several of one day the last counts that is confirmed, requested or missed, else the last. `told` are dates about which there
    is more to say."""
    of_day: dict[date, Booking] = {}
    for booking in sorted(bookings, key=lambda one: (one.state in (*ACTIVE, "no_show"), one.id)):
        if booking.series_day is not None:
            of_day[booking.series_day] = booking
    return SeriesShown(series, [told.get(day) or _date(series, zone, day, of_day.get(day)) for day in series.days])


def _date(series: Series, zone: ZoneInfo, day: date, booking: Booking | None) -> SeriesDate:
    if booking is None:
        start = local_start(day, series.starts_at, zone)
        return SeriesDate(day, start, start + timedelta(minutes=series.minutes) if start else None, "skipped")
    state = "booked" if booking.state == "confirmed" else booking.state
    missing = words_of_lost(booking.shown_equipment)
    return SeriesDate(day, booking.starts_at, booking.ends_at, state, booking.id, missing_equipment=missing)


def _has_alternatives(refusal: Refusal | None) -> bool:
    """As for a single booking: if the time is taken or kept for others, or a closure is in the way."""
    return isinstance(refusal, SpaceTaken) or (
        refusal is not None and bool(refusal.details.keys() & {"closed_from", "kept_until"})
    )
