"""Writes a calendar file (RFC 5545).

icalendar escapes and folds the texts and makes the time zones. The lines of the entries are put together here, because
icalendar needs a second for 5,000 entries, and most of their lines are the same digits and words.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone
from icalendar.parser import Contentline, escape_char

from gateway.calendars.entries import Entry

MEDIA_TYPE = "text/calendar; charset=utf-8"
_PRODUCT = "-//Linli//Linli//ZH"
_MARGIN = timedelta(days=366)  # a clock change that counts for an entry may be a year before it


def write(name: str, entries: Iterable[Entry], *, zone: str, site: str, refresh: timedelta | None = None) -> bytes:
    """The file. `zone` is an IANA name; all times are written in it, so that a program shows the hour on the centre's wall.
    `site` is the address of the pages, without a slash at its end. `refresh` asks programs that subscribe to look again after
    so long."""
    entries, place = list(entries), ZoneInfo(zone)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{_PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [_text("NAME", name), _text("X-WR-CALNAME", name), f"X-WR-TIMEZONE:{zone}"]
    if refresh is not None:
        minutes = int(refresh.total_seconds()) // 60
        lines += [f"REFRESH-INTERVAL;VALUE=DURATION:PT{minutes}M", f"X-PUBLISHED-TTL:PT{minutes}M"]
    if entries:
        first = min(entry.starts_at for entry in entries) - _MARGIN
        last = max(entry.ends_at for entry in entries) + _MARGIN
        lines.append(_time_zone(zone, date(first.year, 1, 1), date(last.year + 1, 1, 1)))
    for entry in entries:
        lines += _entry(entry, zone, place, site)
    lines.append("END:VCALENDAR")
    return ("\r\n".join(lines) + "\r\n").encode()


def _entry(entry: Entry, zone: str, place: ZoneInfo, site: str) -> Iterator[str]:
    stamp = entry.changed_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.uid}@linli"  # never the host: a centre that moves to another name keeps its entries
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTAMP:{stamp}"
    yield f"LAST-MODIFIED:{stamp}"
    yield f"DTSTART;TZID={zone}:{_local(entry.starts_at, place)}"
    yield f"DTEND;TZID={zone}:{_local(entry.ends_at, place)}"
    yield f"STATUS:{entry.status}"
    yield _text("SUMMARY", entry.summary)
    if entry.location:
        yield _text("LOCATION", entry.location)
    if entry.path:
        yield _folded(f"URL:{site}{entry.path}")
    yield "END:VEVENT"


def _local(moment: datetime, place: ZoneInfo) -> str:
    return moment.astimezone(place).strftime("%Y%m%dT%H%M%S")


@lru_cache(maxsize=4096)  # the same rooms and titles come again and again
def _text(name: str, value: str) -> str:
    """A line with a text, escaped, and folded at 75 octets."""
    return _folded(f"{name}:{escape_char(value)}")


def _folded(line: str) -> str:
    folded: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]  # icalendar is typed in parts
    return folded.decode()


@lru_cache(maxsize=64)
def _time_zone(zone: str, first: date, last: date) -> str:
    """The VTIMEZONE with all clock changes between the two days."""
    content: bytes = Timezone.from_tzid(zone, first_date=first, last_date=last).to_ical()
    return content.decode().strip()
