"""Times, weekly hours and the English catalogue."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g

from gateway.web import times
from gateway.web.opening_hours import weekly
from tests.unit.gateway.pages import centre

ROOT = Path(__file__).parents[4]
CATALOGUE = ROOT / "gateway/web/translations/en/LC_MESSAGES"
RENEW = "run `make translations`, translate the new texts in messages.po, and run it again"


@pytest.fixture
def in_language(app: Flask) -> Iterator[Callable[[str], None]]:
    with app.test_request_context("/"):
        yield lambda language: setattr(g, "language", language)


@pytest.mark.parametrize(
    ("language", "days", "said"),
    [
        ("zh-CN", 0, "今天 14:00–15:30"),
        ("zh-CN", 1, "明天 14:00–15:30"),
        ("zh-CN", -1, "昨天 14:00–15:30"),
        ("zh-CN", 9, "3月20日 周五 14:00–15:30"),
        ("en", 0, "Today 14:00–15:30"),
        ("en", 9, "Fri 20 Mar 14:00–15:30"),
        ("en", 365, "11 Mar 2027 14:00–15:30"),
    ],
)
def test_times_read_as_people_say_them(in_language: Callable[[str], None], language: str, days: int, said: str) -> None:
    in_language(language)
    assert times.span(centre.at("14:00", days), centre.at("15:30", days)) == said


def test_a_span_to_midnight_and_one_over_it(in_language: Callable[[str], None]) -> None:
    in_language("zh-CN")
    assert times.span(centre.at("20:00"), centre.at("00:00", 1)) == "今天 20:00–24:00"
    assert times.span(centre.at("22:00"), centre.at("01:00", 1)) == "今天 22:00 – 明天 01:00"
    assert times.duration(centre.at("09:00"), centre.at("10:30")) == "1 小时 30 分钟"


def test_times_of_other_offsets_are_shown_in_ours(in_language: Callable[[str], None]) -> None:
    in_language("zh-CN")
    assert times.moment("2026-03-11T06:00:00+00:00") == "今天 14:00"
    with pytest.raises(ValueError, match="offset"):
        times.moment("2026-03-11T06:00:00")


def test_days_turn_at_midnight_here_not_in_greenwich(in_language: Callable[[str], None]) -> None:
    in_language("zh-CN")
    assert times.day_name("2026-03-11T16:30:00+00:00") == "明天"
    assert times.today() == (centre.NOW + timedelta(hours=8)).date()


def test_an_early_morning_has_todays_weekday(in_language: Callable[[str], None]) -> None:
    """At 06:30 here it is still yesterday in Greenwich."""
    in_language("zh-CN")
    assert times.weekday(centre.at("06:30")) == "周三"
    assert times.day_name(centre.at("06:30", 9)) == "3月20日 周五"
    assert times.short_month(centre.at("00:30", 21)) == "4月"


def test_weekly_hours_in_few_lines(in_language: Callable[[str], None]) -> None:
    in_language("zh-CN")
    hours = [{"weekday": day, "opens": "08:00", "closes": "12:00"} for day in range(1, 6)]
    hours += [{"weekday": day, "opens": "14:00", "closes": "18:00"} for day in range(1, 6)]
    hours += [{"weekday": 6, "opens": "09:00", "closes": "17:00"}]
    assert [(line.days, line.hours) for line in weekly(hours)] == [
        ("周一至周五", "08:00–12:00，14:00–18:00"),
        ("周六", "09:00–17:00"),
        ("周日", "休息"),
    ]


def test_every_string_has_its_english() -> None:
    with (ROOT / "gateway/web/translations/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}
    found = extract_from_dir(ROOT, methods, options, keywords=keywords)  # type: ignore[arg-type]
    used = {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}
    catalogue = read_po(BytesIO((CATALOGUE / "messages.po").read_bytes()), locale="en")
    known = {
        entry.id if isinstance(entry.id, str) else entry.id[0]
        for entry in catalogue
        if entry.id and not entry.fuzzy and (all(entry.string) if isinstance(entry.string, tuple) else entry.string)
    }
    assert len(used) > 300
    assert used == known, RENEW


def test_the_compiled_catalogue_is_fresh() -> None:
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO((CATALOGUE / "messages.po").read_bytes()), locale="en"))
    assert compiled.getvalue() == (CATALOGUE / "messages.mo").read_bytes(), RENEW
