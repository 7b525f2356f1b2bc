"""Holidays and worked weekends of the State Council, from the PyPI package chinesecalendar (2004 and later).

A migration inserts the rows once for each release of the package. After that, operators may edit them.
"""

from datetime import date
from typing import Any

from chinese_calendar import Holiday
from chinese_calendar.constants import holidays, workdays

from services.booking.calendar.models import EVERYWHERE

FRIDAY, SATURDAY, MONDAY = 5, 6, 1
_CHINESE = {holiday.value: holiday.chinese for holiday in Holiday}  # type: ignore[attr-defined]  # set in __new__


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
        "source": "State Council notice on public holidays, by PyPI chinesecalendar",
    }
