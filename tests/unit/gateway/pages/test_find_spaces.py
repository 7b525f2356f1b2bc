"""Find a space by day, time and people."""

from collections.abc import Callable

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

WISH = "/spaces/find?day=2026-03-11&start=10:00&length=90"


def test_what_is_found_can_be_booked_with_two_taps(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    reader = browser_as("wang")
    assert reader.get("/spaces").link("/spaces/find")
    page = reader.get(WISH + "&attendees=4&equipment=投影")
    (asked,) = district.asked("find_free_spaces")
    assert asked == {
        "starts_at": "2026-03-11T10:00:00+08:00",
        "ends_at": "2026-03-11T11:30:00+08:00",
        "attendees": 4,
        "equipment": "投影",
    }
    first = page.link("/book?start=")
    assert "start=2026-03-11T10:00:00%2B08:00" in first and "end=2026-03-11T11:30:00%2B08:00" in first
    assert "当天其他时间" in page.text


def test_a_wrong_wish_asks_nobody(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    visitor = browser_as("visitor")
    assert visitor.get("/spaces/find").form("").fields
    for wrong in ("?day=soon", "?day=2026-03-11&start=10:00&attendees=0", "?day=2026-03-11&start=10:00&length=7"):
        visitor.get("/spaces/find" + wrong, status=422)
    assert district.asked("find_free_spaces") == []


def test_a_time_that_is_over_is_said(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    district.refusals["find_free_spaces"] = Refused("booking.in_past", "invalid", "不能预约过去的时间。", {})
    assert "不能预约过去的时间。" in browser_as("visitor").get(WISH, status=422).text
