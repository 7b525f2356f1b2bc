"""Until when somebody who stands at the door can have the space."""

from collections.abc import Sequence
from datetime import datetime
from math import ceil

from services.booking.calendar.intervals import Span, merge, subtract
from services.booking.spaces.timetable import Timetable

SHORTEST = 10 * 60  # seconds; the shortest booking of the space does not count, because the time would be lost
_MINUTE = 60


def start_of(now: datetime) -> int:
    """The full minute, as an instant, from which somebody who walks in at `now` (aware) has the space."""
    return ceil(now.timestamp() / _MINUTE) * _MINUTE


def possible_ends(timetable: Timetable, claims: Sequence[Span], now: datetime, until: int) -> list[int]:
    """The instants at which a booking that starts right away could end, sorted: the times of the slot grid, and the last moment
    before the next claim, closing, a time that a lottery decides or that is kept for others, or the longest booking.
    `claims` are blocked spans of the leaves, known until `until`. Empty if the space is not free now."""
    space, start = timetable.space, start_of(now)
    if space.is_out_of_use:
        return []
    latest = min(start + space.max_minutes * 60, until)
    free = subtract(timetable.open_spans(start, latest), timetable.not_for_all(claims)) if start < latest else []
    free = subtract(free, merge((one.start, one.end) for one in timetable.kept_times(now, start, latest)) if free else ())
    if not free or free[0][0] != start:
        return []
    end, step = free[0][1], space.slot_minutes * 60
    earliest = start + SHORTEST
    on_grid = timetable.days.grid_after(earliest, step)
    ends = {at for at in range(on_grid, end + 1, step) if timetable.days.on_grid(at, step)}
    return sorted(ends | ({end} if end >= earliest else set()))
