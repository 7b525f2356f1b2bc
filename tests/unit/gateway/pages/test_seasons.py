"""Admins write other weekly hours from one day to another, and see before it is saved which bookings would no longer fit."""

from collections.abc import Callable
from typing import Any

import pytest

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT = centre.uid("space", "badminton-1")
PATH = f"/admin/spaces/{COURT}/seasons"
SUMMER: dict[str, Any] = {
    "name": {"zh-CN": "暑期延时", "en": "Summer hours"},
    "first_day": "2026-07-01",
    "last_day": "2026-08-31",
    "opening_hours": [{"weekday": 1, "opens": "06:00", "closes": "23:00"}],
}
TYPED = {"name_zh": "冬季", "first_day": "2026-12-01", "last_day": "2027-02-28", "hours_1": "9:00-12:00, 14:00-17:00"}


@pytest.fixture
def admin(browser_as: Callable[[str], Browser]) -> Browser:
    return browser_as("admin")


@pytest.fixture
def space(district: FakeDistrict) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in district.spaces if one["id"] == COURT)
    found["seasons"] = [SUMMER]
    return found


def test_a_new_season_starts_from_the_usual_hours_and_is_added_to_the_others(
    admin: Browser, district: FakeDistrict, space: dict[str, Any]
) -> None:
    page = admin.get(PATH)
    assert "暑期延时" in page.text and "06:00-23:00" in page.text
    form = page.form(PATH)
    assert form.fields["hours_1"] != "" and form.fields["season"] == ""
    admin.send_and_follow(form, **TYPED)
    (sent,) = district.asked("change_space")
    assert [one["first_day"] for one in sent["seasons"]] == ["2026-07-01", "2026-12-01"]
    monday = [one for one in sent["seasons"][1]["opening_hours"] if one["weekday"] == 1]
    assert [(one["opens"], one["closes"]) for one in monday] == [("09:00", "12:00"), ("14:00", "17:00")]
    assert sent["expected_version"] == space["version"] and set(sent) == {"space_id", "seasons", "expected_version"}


def test_a_season_is_changed_and_removed(admin: Browser, district: FakeDistrict, space: dict[str, Any]) -> None:
    form = admin.get(f"{PATH}?season=2026-07-01").form(PATH)
    assert (form.fields["last_day"], form.fields["hours_1"]) == ("2026-08-31", "06:00-23:00")
    admin.send_and_follow(form, last_day="2026-09-15")
    assert [one["last_day"] for one in district.asked("change_space")[0]["seasons"]] == ["2026-09-15"]
    admin.send_and_follow(admin.get(f"{PATH}?season=2026-07-01").form(PATH), remove="yes")
    assert district.asked("change_space")[1]["seasons"] == []


def test_bookings_that_no_longer_fit_are_shown_first(admin: Browser, district: FakeDistrict, space: dict[str, Any]) -> None:
    booked = {name: district.bookings[0][name] for name in ("space_id", "space_name", "starts_at", "ends_at", "attendees")}
    district.misfits = [booked | {"booking_id": district.bookings[0]["id"], "reason": "closed"}]
    shown = admin.send(admin.get(PATH).form(PATH), **TYPED).get_data(as_text=True)
    assert "1 个预约不再合适" in shown and "仍然保存" in shown and "冬季" in shown
    assert district.asked("change_space") == []
    admin.send_and_follow(admin.get(PATH).form(PATH), **TYPED, decided="yes")
    assert len(district.asked("change_space")) == 1


@pytest.mark.parametrize("wrong", [{"name_zh": ""}, {"first_day": ""}, {"hours_2": "from nine"}, {"last_day": "x"}])
def test_what_is_missing_or_malformed_is_said_beside_the_field(
    admin: Browser, district: FakeDistrict, space: dict[str, Any], wrong: dict[str, str]
) -> None:
    assert admin.send(admin.get(PATH).form(PATH), **TYPED | wrong).status_code == 422
    assert not district.asked("change_space") and not district.asked("preview_space")


def test_a_refusal_of_the_service_is_shown(admin: Browser, district: FakeDistrict, space: dict[str, Any]) -> None:
    district.refusals["preview_space"] = Refused("common.invalid", "invalid", "两个时段的日期不能重叠。", {})
    answer = admin.send(admin.get(PATH).form(PATH), **TYPED)
    assert answer.status_code == 422 and "两个时段的日期不能重叠。" in answer.get_data(as_text=True)
