"""A cache of timetables in this process. `insert_booking` checks in its statement that the calendar has not changed since, so
an outdated timetable is never used for a booking."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from services.booking.calendar.local_days import LocalDays
from services.booking.spaces.storage.timetables import end_of_request, load_timetable
from services.booking.spaces.timetable import Timetable

MOST = 1_000  # spaces in the cache
AHEAD = timedelta(days=62)  # a cached timetable covers this time; most bookings are for the next weeks


class _Memory:
    """The cache for one database: timetables by space id, each with the time that its hours cover. The `days` of a cached
    timetable are those of the last request."""

    def __init__(self) -> None:
        self._kept: dict[UUID, tuple[datetime, datetime, Timetable]] = {}

    def find(self, space_id: UUID, start: datetime, end: datetime) -> Timetable | None:
        if (kept := self._kept.get(space_id)) is None:
            return None
        begins, ends, timetable = kept
        return timetable if begins <= start <= end <= ends else None

    def keep(self, begins: datetime, ends: datetime, timetable: Timetable) -> None:
        self._kept.pop(timetable.space.id, None)
        if len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]  # the oldest entry
        self._kept[timetable.space.id] = begins, ends, timetable


_memories: WeakKeyDictionary[Engine, _Memory] = WeakKeyDictionary()


def remembered_timetable(session: Session, space_id: UUID, starts_at: datetime, ends_at: datetime) -> Timetable | None:
    """The cached timetable of a space for a booking from `starts_at` to `ends_at` (aware). It may be outdated. None if the
    cache has none for that time."""
    end = end_of_request(starts_at, ends_at)
    found = _memory_of(session).find(space_id, starts_at, end)
    return found and _around(found, starts_at, end)


def learn_timetable(
    session: Session, space_id: UUID, starts_at: datetime, ends_at: datetime, now: datetime
) -> Timetable | None:
    """The current timetable of a space for that booking. It is cached if the booking is within AHEAD of `now`. None if there is
    no such space."""
    end = end_of_request(starts_at, ends_at)
    if not now <= starts_at <= end <= now + AHEAD:
        return load_timetable(session, space_id, starts_at, end)
    found = load_timetable(session, space_id, now, now + AHEAD)
    if found is None:
        return None
    session.expunge(found.space)  # the cache keeps it longer than the session lives
    asked = _around(found, starts_at, end)
    _memory_of(session).keep(now, now + AHEAD, asked)
    return asked


def _around(timetable: Timetable, start: datetime, end: datetime) -> Timetable:
    return replace(timetable, days=LocalDays.around(timetable.days.zone, int(start.timestamp()), int(end.timestamp())))


def _memory_of(session: Session) -> _Memory:
    engine = session.get_bind().engine
    return _memories.setdefault(engine, _Memory())
