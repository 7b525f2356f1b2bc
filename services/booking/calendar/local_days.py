"""Local time of a time zone over several days, converted to instants (seconds since the epoch)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 1440


class LocalDays:
    """The days from `first` to `last`, both included, in `zone`. Instants are whole seconds since the epoch.

    Offsets are computed once per day. If they are all equal, which is usual, conversions are plain arithmetic."""

    def __init__(self, zone: ZoneInfo, first: date, last: date) -> None:
        self.zone = zone
        # Hours may end in the day after the last one, and the length of a day is known only from the midnight after it.
        self.days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        beyond = [*self.days, last + timedelta(days=1), last + timedelta(days=2), last + timedelta(days=3)]
        offsets = [_offset(datetime.combine(day, time(), zone)) for day in beyond]
        self._midnight = {day: _instant(datetime.combine(day, time(), zone)) for day in beyond}
        self._even = {day: offsets[n] == offsets[n + 1] for n, day in enumerate(beyond[:-1])}
        self._fixed_offset = offsets[0] if len(set(offsets)) == 1 else None

    @classmethod
    def around(cls, zone: ZoneInfo, start: int, end: int) -> "LocalDays":
        """The days whose hours can touch `start` to `end` (instants). Hours may end in the next day."""
        return cls(zone, _local_date(start, zone) - timedelta(days=1), _local_date(max(start, end), zone))

    def __iter__(self) -> Iterator[date]:
        return iter(self.days)

    def instant(self, day: date, minute: int) -> int:
        """The instant of a local time: `minute` counts from midnight of `day`, from 0 to 2880; from 1440 on it is in the
        following day. If the clocks skip that minute, the offset before the change is used."""
        if minute >= MINUTES_A_DAY:
            day, minute = day + timedelta(days=minute // MINUTES_A_DAY), minute % MINUTES_A_DAY
        if self._even[day]:
            return self._midnight[day] + minute * 60
        return _instant(datetime.combine(day, time(minute // 60, minute % 60), self.zone))

    def day_around(self, start: int, end: int) -> tuple[int, int]:
        """From the local midnight before `start` to the next one, or to `end` if that is later."""
        day = _local_date(start, self.zone)
        return self.instant(day, 0), max(self.instant(day, MINUTES_A_DAY), end)

    def offset_at(self, instant: int) -> int:
        """Seconds by which local time is ahead of UTC at `instant`."""
        if self._fixed_offset is not None:
            return self._fixed_offset
        return _offset(datetime.fromtimestamp(instant, self.zone))

    def on_grid(self, instant: int, step: int) -> bool:
        """Whether `instant` is a multiple of `step` seconds after local midnight. `step` must divide a day."""
        return (instant + self.offset_at(instant)) % step == 0

    def grid_after(self, instant: int, step: int) -> int:
        """The first instant on the grid at or after `instant`."""
        offset = self.offset_at(instant)
        found = instant + -(instant + offset) % step
        if self._fixed_offset is not None or (changed := self.offset_at(found)) == offset:
            return found
        # The clocks change between `instant` and `found`: take the first grid time after the change.
        found = instant + -(instant + changed) % step
        while self.offset_at(found) != changed:
            found += step
        return found

    def narrowed_to_grid(self, spans: Sequence[tuple[int, int]], step: int) -> list[tuple[int, int]]:
        """Each span narrowed to `grid_after` of its start and `grid_before` of its end, which may then be before the start."""
        if (offset := self._fixed_offset) is not None:  # the same arithmetic inline: a month has thousands of spans
            return [(start + -(start + offset) % step, end - (end + offset) % step) for start, end in spans]
        return [(self.grid_after(start, step), self.grid_before(end, step)) for start, end in spans]

    def grid_before(self, instant: int, step: int) -> int:
        """The last instant on the grid at or before `instant`."""
        offset = self.offset_at(instant)
        found = instant - (instant + offset) % step
        if self._fixed_offset is not None or (changed := self.offset_at(found)) == offset:
            return found
        found = instant - (instant + changed) % step
        while self.offset_at(found) != changed:
            found -= step
        return found


def end_of_day_after(zone: ZoneInfo, now: datetime, days: int) -> int:
    """The instant at which the local day ends that is `days` days after the day of `now` (aware)."""
    day = now.astimezone(zone).date() + timedelta(days=days + 1)
    return _instant(datetime.combine(day, time(), zone))


def _instant(at: datetime) -> int:
    return int(at.timestamp())


def _offset(at: datetime) -> int:
    offset = at.utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _local_date(instant: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(instant, UTC).astimezone(zone).date()
