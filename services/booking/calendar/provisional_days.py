"""Holidays of years for which the State Council has not published its notice: the days that the law fixes (Order No. 513,
《全国年节及纪念日放假办法》, as revised in 2024). Lunar dates and Qingming are from the PyPI package holidays.
Worked weekends and the days around a holiday are decided each year, so they are not guessed."""

from datetime import date
from typing import Any

from holidays.constants import HOLIDAY_NAME_DELIMITER
from holidays.countries.china import China

from services.booking.calendar.models import EVERYWHERE

LAW = "《全国年节及纪念日放假办法》 (State Council Order No. 795 of 2024), dates by PyPI holidays"
FIRST_YEAR = 2025  # of the revised law
# The names of the law's days, as the package writes them, and as the rows have them (those of statutory_days).
_NAMES = {
    "元旦": ("元旦", "New Year's Day"),
    "农历除夕": ("春节", "Spring Festival"),
    "春节": ("春节", "Spring Festival"),
    "清明节": ("清明", "Tomb-sweeping Day"),
    "劳动节": ("劳动节", "Labour Day"),
    "端午节": ("端午", "Dragon Boat Festival"),
    "中秋节": ("中秋", "Mid-autumn Festival"),
    "国庆节": ("国庆节", "National Day"),
}


def provisional_days(year: int) -> list[dict[str, Any]]:
    """Rows of `calendar_day` for the whole country, sorted by day. If two festivals fall on one day, it has both names."""
    found = China(years=year, language="zh_CN", observed=False)
    named = (
        (day, [_NAMES[name] for name in text.split(HOLIDAY_NAME_DELIMITER) if name in _NAMES])
        for day, text in sorted(found.items())
    )
    return [_row(day, names) for day, names in named if names and day.year == year]


def _row(day: date, names: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "community_id": EVERYWHERE,
        "day": day,
        "kind": "holiday",
        "weekday": None,
        "name": {"zh-CN": "、".join(zh for zh, _ in names), "en": ", ".join(en for _, en in names)},
        "source": LAW,
        "provisional": True,
    }
