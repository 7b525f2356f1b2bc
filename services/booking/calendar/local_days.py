"""The wall clock of a time zone over a run of days, as instants."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 1440


class LocalDays:
    """The days from `first` to `last`, both included, in `zone`. Instants are whole seconds since the epoch."""

    def __init__(self, zone: ZoneInfo, first: date, last: date) -> None:
        self.zone = zone
        # Hours may reach into the day after the last, and that day's length is known from the one after it.
        self.days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        beyond = [*self.days, last + timedelta(days=1), last + timedelta(days=2), last + timedelta(days=3)]
        offsets = [_offset(datetime.combine(day, time(), zone)) for day in beyond]
        self._midnight = {day: _instant(datetime.combine(day, time(), zone)) for day in beyond}
        self._even = {day: offsets[n] == offsets[n + 1] for n, day in enumerate(beyond[:-1])}
        self._fixed_offset = offsets[0] if len(set(offsets)) == 1 else None

    @classmethod
    def around(cls, zone: ZoneInfo, start: int, end: int) -> "LocalDays":
        """The days whose hours, which may reach into the next day, can touch `start` to `end` (instants)."""
        return cls(zone, _local_date(start, zone) - timedelta(days=1), _local_date(max(start, end), zone))

    def __iter__(self) -> Iterator[date]:
        return iter(self.days)

    def instant(self, day: date, minute: int) -> int:
        """The instant of `minute` (0 to 2880, past 1440 in the following day) on the wall clock of `day`. A minute that
        the clock skips is the instant that many minutes after the last one it shows."""
        if minute >= MINUTES_A_DAY:
            day, minute = day + timedelta(days=minute // MINUTES_A_DAY), minute % MINUTES_A_DAY
        if self._even[day]:
            return self._midnight[day] + minute * 60
        return _instant(datetime.combine(day, time(minute // 60, minute % 60), self.zone))

    def day_around(self, start: int, end: int) -> tuple[int, int]:
        """From the midnight before `start` to the one after it, or to `end` if that is later."""
        day = _local_date(start, self.zone)
        return self.instant(day, 0), max(self.instant(day, MINUTES_A_DAY), end)

    def offset_at(self, instant: int) -> int:
        """Seconds that the wall clock is ahead of UTC at `instant`."""
        if self._fixed_offset is not None:
            return self._fixed_offset
        return _offset(datetime.fromtimestamp(instant, self.zone))

    def on_grid(self, instant: int, step: int) -> bool:
        """True if the wall clock shows a multiple of `step` seconds since midnight; `step` divides a day."""
        return (instant + self.offset_at(instant)) % step == 0

    def grid_after(self, instant: int, step: int) -> int:
        """The first instant on the grid that is not before `instant`."""
        offset = self.offset_at(instant)
        found = instant + -(instant + offset) % step
        if self._fixed_offset is not None or (changed := self.offset_at(found)) == offset:
            return found
        # The clock changed on the way: the first multiple that it shows after the change.
        found = instant + -(instant + changed) % step
        while self.offset_at(found) != changed:
            found += step
        return found

    def narrowed_to_grid(self, spans: Sequence[tuple[int, int]], step: int) -> list[tuple[int, int]]:
        """Each span from `grid_after` its start to `grid_before` its end; the end may come before the start then."""
        if (offset := self._fixed_offset) is not None:  # as those do, for the thousands of a month without a change of clocks
            return [(start + -(start + offset) % step, end - (end + offset) % step) for start, end in spans]
        return [(self.grid_after(start, step), self.grid_before(end, step)) for start, end in spans]

    def grid_before(self, instant: int, step: int) -> int:
        """The last instant on the grid that is not after `instant`."""
        offset = self.offset_at(instant)
        found = instant - (instant + offset) % step
        if self._fixed_offset is not None or (changed := self.offset_at(found)) == offset:
            return found
        found = instant - (instant + changed) % step
        while self.offset_at(found) != changed:
            found -= step
        return found


def end_of_day_after(zone: ZoneInfo, now: datetime, days: int) -> int:
    """The instant at which the local day `days` after today ends."""
    day = now.astimezone(zone).date() + timedelta(days=days + 1)
    return _instant(datetime.combine(day, time(), zone))


def _instant(at: datetime) -> int:
    return int(at.timestamp())


def _offset(at: datetime) -> int:
    offset = at.utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _local_date(instant: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(instant, UTC).astimezone(zone).date()
