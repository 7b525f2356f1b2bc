"""The times that spaces keep for some, and when their weeks open, for everybody to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.booking.spaces.fair_opening import WEEK, KeptTime, monday_of
from services.booking.spaces.timetable import Timetable


@dataclass(frozen=True, slots=True)
class ShownKeptTime:
    """A time that is kept for some (KEPT_FOR) until `opens_at`. `is_open`: everybody may book it now. Times are in UTC."""

    starts_at: datetime
    ends_at: datetime
    kept_for: str
    opens_at: datetime
    is_open: bool

    @classmethod
    def of(cls, one: KeptTime, now: datetime) -> "ShownKeptTime":
        opens_at = _at(one.until)
        return cls(_at(one.start), _at(one.end), one.kept_for, opens_at, opens_at <= now)


@dataclass(frozen=True, slots=True)
class WeekOpening:
    """When the week from `first_day` on opens for the first wave, and for everybody."""

    first_day: str
    first_opens_at: datetime
    opens_at: datetime


def kept_times(timetable: Timetable, start: datetime, end: datetime, now: datetime) -> list[ShownKeptTime]:
    """The kept times that begin between `start` and `end` (aware)."""
    if timetable.fair is None:
        return []
    window = int(start.timestamp()), int(end.timestamp())
    return [ShownKeptTime.of(one, now) for one in timetable.fair.all_kept_times(timetable.days, *window)]


def next_openings(timetable: Timetable, now: datetime, count: int) -> Sequence[WeekOpening]:
    """The next weeks that open for everybody after `now`. None if its weeks do not open one after the other."""
    opening, zone = timetable.opening, timetable.days.zone
    if opening is None:
        return ()
    week = monday_of(now.astimezone(zone).date())
    weeks = (week + n * WEEK for n in range(opening.weeks_ahead + count + 1))
    found = [
        WeekOpening(one.isoformat(), *(opening.opens_at(one, zone, first=first) for first in (True, False))) for one in weeks
    ]
    return [one for one in found if one.opens_at > now][:count]


def _at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
