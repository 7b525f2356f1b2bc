"""Which days an admin can decide."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.booking.interface.refusals import DayInPast, DayTooFar
from services.booking.interface.single_days import MOST_AHEAD_DAYS


def check_decidable(day: date, zone: ZoneInfo, now: datetime) -> None:
    """A local day of `zone` can be decided from today to MOST_AHEAD_DAYS ahead. `now` is aware. Raises DayInPast, DayTooFar."""
    today = now.astimezone(zone).date()
    if day < today:
        raise DayInPast(today=today.isoformat())
    if day > (last := today + timedelta(days=MOST_AHEAD_DAYS)):
        raise DayTooFar(last_day=last.isoformat())
