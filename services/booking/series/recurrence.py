"""The rule by which a series repeats: the part of RFC 5545 (RRULE) that centres need, over local days. No I/O.

dateutil computes the days. What it is given here always has a next day within a few years, so that no rule keeps it busy.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, weekday

from chassis.rpc.refusal import InvalidField
from services.booking.interface.refusals import SeriesTooLong, SeriesWithoutDates
from services.booking.interface.series import (
    COUNT_AND_UNTIL,
    MOST_DATES,
    NO_END,
    NOT_A_RECURRENCE,
    PART_NOT_SUPPORTED,
)

_FREQUENCIES = {"DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY}
# Twelve months or more would allow a rule whose day never comes, such as each 30 February.
_LONGEST_INTERVAL = {"DAILY": 366, "WEEKLY": 52, "MONTHLY": 11}
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[0-9]{1,4}")
_MONTH_DAY = re.compile(r"[+-]?[0-9]{1,2}")
_DAY = re.compile(r"[0-9]{8}")

Weekday = tuple[int, int]  # which one of the month (0: each, -1: the last), and the day of the week (0: Monday)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """`by_weekday` and `by_month_day` are empty for the day of the week, or of the month, on which the series begins. Exactly
    one of `count` and `until` (a local day, included) is set."""

    frequency: str
    interval: int = 1
    by_weekday: tuple[Weekday, ...] = ()
    by_month_day: tuple[int, ...] = ()
    count: int | None = None
    until: date | None = None

    @classmethod
    def parse(cls, text: str) -> "Recurrence":
        """Read `FREQ=WEEKLY;BYDAY=TU;UNTIL=20261231`. Raises InvalidField for what is no such rule, is not supported, or has
        no end."""
        parts = _parts(text)
        frequency = parts.pop("FREQ", "")
        if frequency not in _FREQUENCIES:
            raise _unsupported(f"FREQ={frequency}")
        interval = _number(parts.pop("INTERVAL", "1"), 1, _LONGEST_INTERVAL[frequency], "INTERVAL")
        by_weekday = _weekdays(parts.pop("BYDAY", ""), frequency)
        by_month_day = _month_days(parts.pop("BYMONTHDAY", ""))
        count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
        if parts.pop("WKST", "MO") != "MO":
            raise _unsupported("WKST")
        if parts:
            raise _unsupported(next(iter(parts)))
        if by_month_day and (frequency == "WEEKLY" or by_weekday):
            raise _unsupported("BYMONTHDAY")
        if frequency == "DAILY" and interval > 1 and (by_weekday or by_month_day):
            raise _unsupported("INTERVAL")
        if count is None and until is None:
            raise InvalidField(NO_END, "rrule")
        if count is not None and until is not None:
            raise InvalidField(COUNT_AND_UNTIL, "rrule")
        return cls(
            frequency,
            interval,
            by_weekday,
            by_month_day,
            _number(count, 1, MOST_DATES, "COUNT") if count is not None else None,
            _until(until) if until is not None else None,
        )

    def __str__(self) -> str:
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.by_weekday:
            parts.append("BYDAY=" + ",".join(f"{nth or ''}{_WEEKDAYS[day]}" for nth, day in self.by_weekday))
        if self.by_month_day:
            parts.append("BYMONTHDAY=" + ",".join(map(str, self.by_month_day)))
        parts.append(f"COUNT={self.count}" if self.count is not None else f"UNTIL={self.until:%Y%m%d}")
        return ";".join(parts)

    def days(self, starts_on: date) -> list[date]:
        """The local days from `starts_on` on, in order: those that fit the rule, so `starts_on` need not be one. Raises
        SeriesWithoutDates, or SeriesTooLong for more than MOST_DATES days or for days later than that after the first."""
        last = starts_on + timedelta(days=MOST_DATES)
        if self.until is not None and self.until > last:
            raise SeriesTooLong(most=MOST_DATES)
        rule = rrule(
            _FREQUENCIES[self.frequency],
            dtstart=datetime.combine(starts_on, time()),
            interval=self.interval,
            byweekday=[weekday(day, nth or None) for nth, day in self.by_weekday] or None,
            bymonthday=self.by_month_day or None,
            until=datetime.combine(self.until or last, time()),
        )
        found = [at.date() for at in islice(rule, self.count)]
        if not found:
            raise SeriesWithoutDates()
        if len(found) > MOST_DATES or (self.count is not None and len(found) < self.count):
            raise SeriesTooLong(most=MOST_DATES)
        return found

    def before(self, day: date) -> "Recurrence":
        """The same rule with its end on the day before."""
        return replace(self, count=None, until=day - timedelta(days=1))

    def with_count(self, count: int) -> "Recurrence":
        """The same rule with that number of dates, if it has a number of dates. A rule with a last day keeps it."""
        return self if self.count is None else replace(self, count=count)


def without(days: list[date], except_days: Collection[date]) -> list[date]:
    """The days that are not excepted. Raises SeriesWithoutDates if none is left."""
    left = [day for day in days if day not in set(except_days)]
    if not left:
        raise SeriesWithoutDates()
    return left


def local_start(day: date, clock: time, zone: ZoneInfo) -> datetime | None:
    """The instant, in UTC, at which the wall clock in `zone` shows `clock` on `day`: the first of the two in a night that has
    this time twice. None if the clocks skip it."""
    local = datetime.combine(day, clock, zone)
    instant = local.astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not name or not value or name in found:
            raise InvalidField(NOT_A_RECURRENCE, "rrule")
        found[name] = value
    return found


def _weekdays(text: str, frequency: str) -> tuple[Weekday, ...]:
    found = []
    for entry in text.split(",") if text else ():
        match = _BYDAY.fullmatch(entry)
        if match is None or (match[1] and frequency != "MONTHLY"):
            raise _unsupported(f"BYDAY={entry}")
        found.append((int(match[1] or 0), _WEEKDAYS.index(match[2])))
    # dateutil would look for a day that is both the first Monday and a Tuesday, and never stop.
    if len({nth == 0 for nth, _ in found}) > 1:
        raise _unsupported(f"BYDAY={text}")
    return tuple(dict.fromkeys(found))


def _month_days(text: str) -> tuple[int, ...]:
    entries = text.split(",") if text else []
    if any(not _MONTH_DAY.fullmatch(entry) or not 1 <= abs(int(entry)) <= 31 for entry in entries):
        raise _unsupported("BYMONTHDAY")
    return tuple(dict.fromkeys(int(entry) for entry in entries))


def _number(text: str, least: int, most: int, part: str) -> int:
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise _unsupported(f"{part}={text[:10]}")
    return int(text)


def _until(text: str) -> date:
    """A local day. A time would be compared with the start, which says nothing that a day does not say."""
    try:
        if _DAY.fullmatch(text):
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        pass
    raise _unsupported("UNTIL")


def _unsupported(part: str) -> InvalidField:
    return InvalidField(PART_NOT_SUPPORTED, "rrule", part=part[:40])
