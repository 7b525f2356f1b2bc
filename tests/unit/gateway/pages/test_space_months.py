"""A month of a space on a phone: a word for each day, read in one call, and a link to the day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.web import slots
from gateway.web.pages.space_months import state_of
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT = centre.uid("space", "badminton-1")
MONTH = f"/spaces/{COURT}/month"
NINE = datetime(2026, 3, 12, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
FREE = slots.Segment(NINE, NINE + HOUR, starts=(NINE,))


@pytest.mark.parametrize(
    ("reasons", "free", "state"),
    [
        ([], True, "free"),
        (["past", "closed"], True, "free"),
        (["booked"], True, "part"),
        (["kept_for_elders"], True, "part"),
        (["lottery"], False, "full"),
        (["held", "closed"], False, "full"),
        (["booked", "past"], False, "full"),
        (["too_far"], False, "later"),
        (["kept_for_counter"], False, "later"),
        (["past", "closed"], False, "over"),
        (["holiday"], False, "closed"),
        (["closed"], False, "closed"),
        ([], False, "closed"),
    ],
)
def test_the_state_of_a_day(reasons: list[str], free: bool, state: str) -> None:
    segments = [slots.Segment(NINE, NINE + HOUR, reason) for reason in reasons] + [FREE] * free
    assert state_of(slots.Day(date(2026, 3, 12), tuple(segments))) == state


def test_a_month_is_one_call_and_leads_to_its_days(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    next(space for space in district.spaces if space["id"] == COURT)["horizon_days"] = 90
    visitor = browser_as("visitor")
    visitor.get(f"/spaces/{COURT}").link(MONTH)
    district.calls.clear()
    page = visitor.get(MONTH)
    (asked,) = district.asked("get_availability")
    assert "2026-03-11" in asked["from"], "days that are over are not read"
    assert "2026年3月" in page.text and "已过" in page.text
    days = [href for href, _ in page.links if f"/spaces/{COURT}?date=" in href]
    assert len(days) == 21 and days[0].endswith("?date=2026-03-11#slots")
    page.link(f"{MONTH}?month=2026-04")


def test_a_month_of_31_days_is_read_in_one_answer(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    next(space for space in district.spaces if space["id"] == COURT)["horizon_days"] = 90
    browser_as("visitor").get(f"{MONTH}?month=2026-05")
    (asked,) = district.asked("get_availability")
    window = datetime.fromisoformat(asked["to"]) - datetime.fromisoformat(asked["from"])
    assert window == timedelta(days=31)


@pytest.mark.parametrize("month", ["1999-01", "9999-12", "2026-13", "x", "2026-03-01", ""])
def test_a_month_that_has_nothing_to_book_shows_the_nearest(browser_as: Callable[[str], Browser], month: str) -> None:
    page = browser_as("visitor").get(f"{MONTH}?month={month}")
    assert "2026年3月" in page.text or "2026年4月" in page.text
