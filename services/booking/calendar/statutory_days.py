"""Holidays and worked weekends of the State Council, from the PyPI package chinesecalendar (2004 and later).

Migration 0002 inserted those until 2026. `missing_years` stores the notices of later years, when a release of the package has
them. After that, admins may edit them.
"""

from datetime import date
from typing import Any

from chinese_calendar import Holiday
from chinese_calendar.constants import holidays, workdays

from services.booking.calendar.models import EVERYWHERE

NOTICE = "State Council notice on public holidays, by PyPI chinesecalendar"
FRIDAY, SATURDAY, MONDAY = 5, 6, 1
_CHINESE = {holiday.value: holiday.chinese for holiday in Holiday}  # type: ignore[attr-defined]  # set in __new__


def has_notice(year: int) -> bool:
    """Whether the package knows the notice of that year. Single days of a year are also in the notices beside it."""
    return date(year, 10, 1) in holidays


def statutory_days(first_year: int, last_year: int) -> list[dict[str, Any]]:
    """Rows of `calendar_day` for the whole country, both years included. A worked Saturday has the hours of a Friday, a
    worked Sunday those of a Monday."""
    rows = [_row(day, "holiday", english, None) for day, english in holidays.items()]
    rows += [
        _row(day, "workday", english, FRIDAY if day.isoweekday() == SATURDAY else MONDAY) for day, english in workdays.items()
    ]
    return sorted((row for row in rows if first_year <= row["day"].year <= last_year), key=lambda row: row["day"])


def _row(day: date, kind: str, english: str, weekday: int | None) -> dict[str, Any]:
    return {
        "community_id": EVERYWHERE,
        "day": day,
        "kind": kind,
        "weekday": weekday,
        "name": {"zh-CN": _CHINESE[english], "en": english},
        "source": NOTICE,
        "provisional": False,
    }
