"""When somebody is reminded. Pure rules: every time is an argument."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

EVENING: Final = time(18)  # of the day before, on the community's clock
SHORTLY_BEFORE: Final = timedelta(hours=2)
STILL_KNOWN: Final = timedelta(hours=3)  # who was told less than this before the start needs no reminder
NIGHT_BEGINS: Final = time(22)
NIGHT_ENDS: Final = time(8)


def due_time(starts_at: datetime, told_at: datetime, zone: ZoneInfo) -> datetime | None:
    """When to remind somebody of what starts at `starts_at`, who was told of it at `told_at`; both are aware. The evening
    before at EVENING. If that is over, SHORTLY_BEFORE the start. None, if that would be in the night, or if the person was
    told less than STILL_KNOWN before the start. The answer is after `told_at`, before `starts_at`, and in UTC's or `zone`'s
    offset; compare it as an aware time."""
    evening = _at(starts_at.astimezone(zone) - timedelta(days=1), EVENING)
    if told_at < evening:
        return evening
    shortly = starts_at - SHORTLY_BEFORE
    if told_at > starts_at - STILL_KNOWN or night_ends(shortly, zone) is not None:
        return None
    return shortly


def night_ends(at: datetime, zone: ZoneInfo) -> datetime | None:
    """If `at` (aware) is in the night of the community, when that night ends; else None. Nobody is reminded at night."""
    local = at.astimezone(zone)
    if local.time() >= NIGHT_BEGINS:
        return _at(local + timedelta(days=1), NIGHT_ENDS)
    if local.time() < NIGHT_ENDS:
        return _at(local, NIGHT_ENDS)
    return None


def _at(day: datetime, clock: time) -> datetime:
    """The time `clock` on the local day of `day`. `day` has a ZoneInfo, so adding days to it keeps the local clock."""
    return datetime.combine(day.date(), clock, tzinfo=day.tzinfo)
