"""The days that the law fixes, against what the State Council announced for the years since the law was revised."""

from datetime import date

import pytest

from services.booking.calendar.provisional_days import FIRST_YEAR, provisional_days
from services.booking.calendar.statutory_days import has_notice, statutory_days

KNOWN = [year for year in range(FIRST_YEAR, 2100) if has_notice(year)]


def test_some_years_are_known_and_the_years_far_ahead_are_not() -> None:
    assert {2025, 2026} <= set(KNOWN)
    assert not has_notice(2099)


@pytest.mark.parametrize("year", KNOWN)
def test_every_day_of_the_law_was_a_holiday_of_that_name_in_the_notice(year: int) -> None:
    announced = {row["day"]: (row["kind"], row["name"]["zh-CN"]) for row in statutory_days(year, year)}
    for row in provisional_days(year):
        kind, name = announced[row["day"]]
        assert kind == "holiday"
        assert name in row["name"]["zh-CN"].split("、") or {name, row["name"]["zh-CN"]} <= {"国庆节", "中秋"}


@pytest.mark.parametrize("year", [*range(2025, 2060)])
def test_a_year_has_thirteen_days_unless_two_festivals_meet(year: int) -> None:
    rows = provisional_days(year)
    festivals = [name for row in rows for name in row["name"]["zh-CN"].split("、")]
    counted = {name: festivals.count(name) for name in festivals}
    assert counted == {"元旦": 1, "春节": 4, "清明": 1, "劳动节": 2, "端午": 1, "中秋": 1, "国庆节": 3}
    assert all(row["provisional"] and row["kind"] == "holiday" and row["day"].year == year for row in rows)
    new_year = [row["day"] for row in rows if row["name"]["zh-CN"] == "春节"]
    assert [(day - new_year[0]).days for day in new_year] == [0, 1, 2, 3]


def test_the_days_of_2027() -> None:
    days = [f"{row['day']:%m-%d}" for row in provisional_days(2027)]
    spring, rest = ["02-05", "02-06", "02-07", "02-08"], ["04-05", "05-01", "05-02", "06-09", "09-15"]
    assert days == ["01-01", *spring, *rest, "10-01", "10-02", "10-03"]


def test_two_festivals_on_one_day_are_both_named() -> None:
    (row,) = [row for row in provisional_days(2028) if row["day"] == date(2028, 10, 3)]
    assert row["name"] == {"zh-CN": "中秋、国庆节", "en": "Mid-autumn Festival, National Day"}
