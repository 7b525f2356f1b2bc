"""Weekly opening hours in a few lines, such as 周一至周五 08:00–20:00."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale, gettext


@dataclass(frozen=True, slots=True)
class Line:
    """Successive weekdays with the same hours."""

    days: str
    hours: str


def weekly(opening_hours: Sequence[dict[str, Any]]) -> list[Line]:
    """The hours, grouped by successive weekdays, Monday first. Days without hours have the text 休息."""
    by_day = [_of(opening_hours, weekday) for weekday in range(1, 8)]
    runs: list[tuple[int, int, str]] = []
    for weekday, hours in enumerate(by_day):
        if runs and runs[-1][2] == hours:
            runs[-1] = (runs[-1][0], weekday, hours)
        else:
            runs.append((weekday, weekday, hours))
    return [Line(_days(first, last), hours or gettext("休息")) for first, last, hours in runs]


def _of(opening_hours: Sequence[dict[str, Any]], weekday: int) -> str:
    spans = sorted((item["opens"][:5], item["closes"][:5]) for item in opening_hours if item["weekday"] == weekday)
    return gettext("，").join(f"{opens}–{closes}" for opens, closes in spans)


def _days(first: int, last: int) -> str:
    locale = get_locale()
    names = locale.days["stand-alone"]["abbreviated"] if locale else {}
    if (first, last) == (0, 6):
        return gettext("每天")
    return names[first] if first == last else gettext("%(first)s至%(last)s", first=names[first], last=names[last])
