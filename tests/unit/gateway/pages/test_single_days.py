"""Admins decide holidays and hours of single days, and see before it is saved which bookings would no longer fit."""

from collections.abc import Callable
from datetime import date

import pytest

from chassis.rpc.refusal import Refused
from gateway.web.pages import admin_calendar_days, admin_day_hours
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT = centre.uid("space", "badminton-1")
LIST, DAY, HOURS = "/admin/calendar_days", "/admin/calendar-days/day", f"/admin/spaces/{COURT}/days"
YEAR = centre.NOW.year + 1
NEW_YEAR = date(YEAR, 1, 1)
PROVISIONAL = {
    "day": NEW_YEAR, "version": 3, "community_id": None, "kind": "holiday", "weekday": None,
    "name": {"zh-CN": "元旦", "en": "New Year's Day"}, "provisional": True, "source": "law",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are read from the database, which these tests do not have."""
    for module in (admin_calendar_days, admin_day_hours):
        monkeypatch.setattr(module, "add_names", lambda items, **columns: None)


def misfit(district: FakeDistrict) -> None:
    booked = {name: district.bookings[0][name] for name in ("space_id", "space_name", "starts_at", "ends_at", "attendees")}
    district.misfits = [booked | {"booking_id": district.bookings[0]["id"], "reason": "holiday"}]


def test_the_list_says_what_is_provisional_and_leads_to_the_day(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    district.calendar_days = [PROVISIONAL]
    shown = browser_as("admin").get(f"{LIST}?year={YEAR}")
    assert "暂定" in shown.text and "元旦" in shown.text and "全区" in shown.text
    assert district.asked("list_calendar_days")[0] == {"year": YEAR, "community_id": "liuyi"}
    assert shown.link(f"{DAY}?day={NEW_YEAR}&community=liuyi")


def test_a_provisional_day_is_confirmed_with_one_button(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    district.calendar_days = [PROVISIONAL]
    admin = browser_as("admin")
    page = admin.get(f"{DAY}?day={NEW_YEAR}&community=liuyi")
    assert "国务院还没有公布" in page.text
    admin.send_and_follow(page.form(DAY))
    (sent,) = district.asked("set_calendar_day")
    assert (sent["day"], sent["kind"], sent["community_id"]) == (NEW_YEAR.isoformat(), "holiday", "liuyi")
    assert sent["name"] == PROVISIONAL["name"]
    assert "expected_version" not in sent, "the version of the district's row is not that of the community"


def test_bookings_that_no_longer_fit_are_shown_before_a_day_is_saved(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    misfit(district)
    admin = browser_as("admin")
    asked = {"day": NEW_YEAR.isoformat(), "kind": "workday", "weekday": "5"}
    shown = admin.send(admin.get(DAY).form(DAY), **asked)
    assert shown.status_code == 200 and "1 个预约不再合适" in shown.get_data(as_text=True)
    assert district.asked("set_calendar_day") == []
    admin.send_and_follow(admin.get(DAY).form(DAY), **asked, decided="yes")
    (sent,) = district.asked("set_calendar_day")
    assert (sent["kind"], sent["weekday"]) == ("workday", 5)


def test_the_own_decision_is_taken_back_after_a_look(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    district.calendar_days = [PROVISIONAL | {"community_id": "liuyi", "provisional": False}]
    misfit(district)
    admin = browser_as("admin")
    page = admin.get(f"{DAY}?day={NEW_YEAR}&community=liuyi")
    shown = admin.send(page.form(DAY), reset="yes")
    assert "仍然撤回" in shown.get_data(as_text=True) and district.asked("reset_calendar_day") == []
    assert "kind" not in district.asked("preview_calendar_day")[0]
    admin.send_and_follow(page.form(DAY), reset="yes", decided="yes")
    assert district.asked("reset_calendar_day") == [{"day": NEW_YEAR.isoformat(), "community_id": "liuyi"}]


def test_the_version_that_was_shown_is_sent(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    district.calendar_days = [PROVISIONAL | {"community_id": "liuyi"}]
    admin = browser_as("admin")
    page = admin.get(f"{DAY}?day={NEW_YEAR}&community=liuyi")
    admin.send_and_follow(page.form(DAY))
    admin.send_and_follow(page.form(DAY), day=date(YEAR, 1, 2).isoformat())
    assert [sent.get("expected_version") for sent in district.asked("set_calendar_day")] == [3, None]


def test_a_refusal_is_told_in_the_form(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    district.refusals["set_calendar_day"] = Refused("booking.day_in_past", "invalid", "这一天已经过去。", {})
    admin = browser_as("admin")
    answer = admin.send(admin.get(DAY).form(DAY), day=NEW_YEAR.isoformat(), kind="plain")
    assert answer.status_code == 422 and "这一天已经过去。" in answer.get_data(as_text=True)


def test_only_admins(browser_as: Callable[[str], Browser]) -> None:
    for path in (LIST, DAY, HOURS):
        assert browser_as("clerk").client.get(path).status_code == 403


def test_hours_of_a_day_are_set_changed_and_taken_away(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    assert admin.get(f"/admin/spaces/{COURT}").link(HOURS)
    admin.send_and_follow(
        admin.get(HOURS).form(HOURS), day=NEW_YEAR.isoformat(), hours="9:00-12:00, 14:00-17:00", note_zh="值班"
    )
    spans = [{"opens": "09:00", "closes": "12:00"}, {"opens": "14:00", "closes": "17:00"}]
    (sent,) = district.asked("set_day_hours")
    assert sent == {"space_id": COURT, "day": NEW_YEAR.isoformat(), "hours": spans, "note": {"zh-CN": "值班"}}
    row = {"day": NEW_YEAR, "version": 2, "space_id": COURT, "community_id": "liuyi", "hours": spans, "note": None}
    district.day_hours = [row]
    page = admin.get(f"{HOURS}?day={NEW_YEAR}")
    assert "09:00-12:00, 14:00-17:00" in page.text
    admin.send_and_follow(page.form(HOURS), hours="")
    assert (district.asked("set_day_hours")[1]["hours"], district.asked("set_day_hours")[1]["expected_version"]) == ([], 2)
    misfit(district)
    shown = admin.send(page.form(HOURS), remove="yes")
    assert "仍然取消" in shown.get_data(as_text=True) and district.asked("remove_day_hours") == []
    admin.send_and_follow(page.form(HOURS), remove="yes", decided="yes")
    assert district.asked("remove_day_hours") == [{"space_id": COURT, "day": NEW_YEAR.isoformat()}]


def test_wrong_hours_are_told_at_their_field(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    answer = admin.send(admin.get(HOURS).form(HOURS), day=NEW_YEAR.isoformat(), hours="上午")
    assert answer.status_code == 422 and 'id="hours-error1"' in answer.get_data(as_text=True)
    assert district.asked("preview_day_hours") == district.asked("set_day_hours") == []
