"""Points for no-shows. Each is one point on its day and fades evenly, to nothing after `forget_days`. Nothing is stored: points
are computed from the no-shows that there are, so a no-show that is undone or excused leaves no trace."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil

_DAY = 86_400


def points_at(no_shows: Sequence[datetime], now: datetime, forget_days: int) -> Fraction:
    """The points at `now` of bookings that started at `no_shows` (aware) and to which nobody came."""
    lasts = forget_days * _DAY
    ages = (max(now - one, timedelta(0)) // timedelta(seconds=1) for one in no_shows)
    return sum((Fraction(lasts - age, lasts) for age in ages if age < lasts), Fraction(0))


def restricted_until(no_shows: Sequence[datetime], now: datetime, forget_days: int, tolerated: int) -> datetime | None:
    """The first whole second at which no more than `tolerated` points are left. None if that is so at `now`."""
    if points_at(no_shows, now, forget_days) <= tolerated:
        return None
    # While k points fade together, they are (sum of their ends - k * t) / lasts at the instant t.
    lasts = forget_days * _DAY
    ends = sorted(int(one.timestamp()) + lasts for one in no_shows if one <= now)
    ends = [end for end in ends if end > now.timestamp()]
    while ends:
        reached = Fraction(sum(ends) - tolerated * lasts, len(ends))
        if reached <= ends[0]:
            return datetime.fromtimestamp(ceil(reached), UTC)
        ends = ends[1:]
    return None
