"""Reads an outside calendar (RFC 5545), such as the timetable of the school that shares a hall: when is something on, in the
next year?

Calendars of strangers are odd or hostile, so everything has a bound: bytes, entries, occurrences, and the time that it takes.
Rules repeat daily at most. What cannot be read right
is not guessed: it is listed with the reason.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from icalendar.cal import Component
from recurring_ical_events import of

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule

FIELD: Final = "file"
MOST_BYTES: Final = 1024 * 1024
MOST_ENTRIES: Final = 2_000
MOST_OCCURRENCES: Final = 200
SECONDS: Final = 3.0
AHEAD: Final = timedelta(days=366)
LONGEST: Final = timedelta(days=366)  # of one closure
_RULES: Final = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_TOO_FINE: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")
_OLDEST: Final = 1970  # in which a rule may begin

TOO_LARGE = Rule("calendar_too_large", "At most {most} KB.", "文件最大 {most} KB。")
NO_CALENDAR = Rule("no_calendar", "This is no calendar file (iCalendar, UTF-8).", "这不是日历文件（iCalendar，UTF-8）。")
TOO_MANY = Rule(
    "calendar_too_long",
    "At most {most} times of the next year. Please split the calendar.",
    "未来一年最多 {most} 个时段，请拆分日历。",
)
TOO_SLOW = Rule("calendar_too_slow", "This calendar takes too long to read.", "这个日历太复杂，读取超时。")

# Why an entry was left out.
UNKNOWN_ZONE, NO_LENGTH, TOO_LONG, BAD_RULE, UNREADABLE = SKIPPED = (
    "unknown_zone",
    "no_length",
    "too_long",
    "bad_rule",
    "unreadable",
)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A time at which something is on (aware, UTC). `uid` is the same whenever the calendar is read, also if the time
    changes."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that was left out, and why (SKIPPED)."""

    title: str
    why: str


@dataclass(frozen=True, slots=True)
class OutsideCalendar:
    """What is on in the next year, by start; cancelled entries, and those that block no time, are not in it."""

    occurrences: list[Occurrence]
    skipped: list[Skipped]


def read(content: bytes, zone: ZoneInfo, now: datetime) -> OutsideCalendar:
    """`zone` is that of times without one. What is over by `now` (aware) is left out. It takes up to SECONDS, so call it in a
    thread. Raises InvalidField for the field `file`."""
    if len(content) > MOST_BYTES:
        raise InvalidField(TOO_LARGE, FIELD, most=MOST_BYTES // 1024)
    try:
        with _at_most(SECONDS):
            return _read(content, zone, now)
    except _TookTooLong as error:
        raise InvalidField(TOO_SLOW, FIELD) from error


class _TookTooLong(BaseException):
    """Not an Exception: what meets it in a library must not take it for an error of the file."""


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raises _TookTooLong in this thread when the time is over, at the next call of any function. A rule that never comes, such
    as 30 February, is looked for until the year 9999 in one loop of the library, which nothing else interrupts."""
    until = time.monotonic() + seconds

    def check(*_: object) -> None:
        if time.monotonic() > until:
            sys.setprofile(None)
            raise _TookTooLong

    before = sys.getprofile()
    sys.setprofile(check)
    try:
        yield
    finally:
        sys.setprofile(before)


def _read(content: bytes, zone: ZoneInfo, now: datetime) -> OutsideCalendar:
    calendar = _parsed(content)
    entries = sorted(calendar.walk("VEVENT"), key=_uid)
    if len(entries) > MOST_ENTRIES:
        raise InvalidField(TOO_MANY, FIELD, most=MOST_OCCURRENCES)
    zones = calendar.walk("VTIMEZONE")
    found: list[Occurrence] = []
    skipped: list[Skipped] = []
    for uid, group in groupby(entries, key=_uid):
        for one in _of_entry(uid, list(group), zones, zone, now):
            (found if isinstance(one, Occurrence) else skipped).append(one)  # type: ignore[arg-type]
        if len(found) > MOST_OCCURRENCES or len(skipped) > MOST_ENTRIES:
            raise InvalidField(TOO_MANY, FIELD, most=MOST_OCCURRENCES)
    # Some programs write an entry twice. Then the last one counts.
    once = {(one.uid, one.starts_at): one for one in found}
    return OutsideCalendar(sorted(once.values(), key=lambda one: (one.starts_at, one.uid)), skipped)


def _parsed(content: bytes) -> Calendar:
    try:
        text = content.decode("utf-8-sig")
        if not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
            raise ValueError
        return Calendar.from_ical(text)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise InvalidField(NO_CALENDAR, FIELD) from error


def _uid(entry: Component) -> str:
    """What has no UID gets one of its start and title, which is stable as long as they are."""
    return str(entry.get("UID") or f"{_raw(entry, 'DTSTART')}-{entry.get('SUMMARY', '')}")[:200]


def _of_entry(
    uid: str, group: list[Component], zones: list[Component], zone: ZoneInfo, now: datetime
) -> Iterator[Occurrence | Skipped]:
    """The occurrences of one entry with its exceptions."""
    title = str(group[0].get("SUMMARY", ""))[:100]
    try:
        if why := next((why for entry in group if (why := _why_not(entry))), None):
            yield Skipped(title, why)
            return
        alone = Calendar()
        for part in [*zones, *group]:
            alone.add_component(part)
        for entry in of(alone).between(now - LONGEST, now + AHEAD):
            if str(entry.get("STATUS", "")).upper() == "CANCELLED" or str(entry.get("TRANSP", "")).upper() == "TRANSPARENT":
                continue
            yield from _occurrence(
                uid, title, entry, bool(len(group) > 1 or "RRULE" in group[0] or "RDATE" in group[0]), zone, now
            )
    except Exception:  # two libraries and a stranger's file: whatever they meet, that entry cannot be read
        yield Skipped(title, UNREADABLE)


def _occurrence(
    uid: str, title: str, entry: Event, repeats: bool, zone: ZoneInfo, now: datetime
) -> Iterator[Occurrence | Skipped]:
    start, end = _moment(entry.start, zone), _moment(entry.end, zone)
    if end <= now:
        return
    if end <= start:
        yield Skipped(title, NO_LENGTH)
    elif end - start > LONGEST:
        yield Skipped(title, TOO_LONG)
    else:
        which = entry.get("RECURRENCE-ID")
        original = _moment(which.dt, zone) if which is not None else start
        yield Occurrence(
            f"{uid}|{original:%Y%m%dT%H%M%SZ}" if repeats else uid, str(entry.get("SUMMARY", title))[:100], start, end
        )


def _why_not(entry: Component) -> str | None:
    """Why this entry cannot be read right, or None."""
    start = entry.get("DTSTART")
    if start is None or isinstance(start, list):
        return UNREADABLE
    if "RRULE" in entry and start.dt.year < _OLDEST:
        return BAD_RULE
    for name in ("DTSTART", "DTEND"):
        value = entry.get(name)
        if value is None:
            continue
        if isinstance(value.dt, datetime) and value.dt.tzinfo is None and value.params.get("TZID"):
            return UNKNOWN_ZONE
    end, duration = entry.get("DTEND"), entry.get("DURATION")
    if end is not None and type(end.dt) is not type(start.dt):
        return UNREADABLE
    if duration is not None and duration.dt <= timedelta():
        return NO_LENGTH
    if end is None and duration is None and isinstance(start.dt, datetime):
        return NO_LENGTH
    if (
        end is not None
        and (end.dt.replace(tzinfo=None) if isinstance(end.dt, datetime) else end.dt)
        <= (start.dt.replace(tzinfo=None) if isinstance(start.dt, datetime) else start.dt)
        and _zone_of(end) == _zone_of(start)
    ):
        return NO_LENGTH
    rules = entry.get("RRULE") or []
    for rule in rules if isinstance(rules, list) else [rules]:
        if str((rule.get("FREQ") or [""])[0]).upper() not in _RULES or any(name in rule for name in _TOO_FINE):
            return BAD_RULE
    return BAD_RULE if "EXRULE" in entry else None


def _zone_of(value: Any) -> str:
    return str(value.params.get("TZID", value.dt.tzinfo if isinstance(value.dt, datetime) else ""))


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _moment(value: date, zone: ZoneInfo) -> datetime:
    """In UTC. A day begins at local midnight; a time without a zone is local."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, clock(), zone)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)


def _raw(entry: Component, name: str) -> str:
    value = entry.get(name)
    return value.to_ical().decode() if hasattr(value, "to_ical") else ""
