"""An admin closes a space: form, list of who is hit, decision, and taking it back."""

from collections.abc import Callable

import pytest

from chassis.rpc.refusal import Refused
from gateway.web.pages import admin_closures
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT = centre.uid("space", "badminton-1")
OURS = centre.uid("booking", "wang-1")
DECIDE = f"{OURS}|cancel"
NEW = "/admin/closures/new"
TIMES = {"first_day": "2026-03-11", "first_time": "14:00", "last_day": "2026-03-11", "last_time": "18:00"}


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are read from the database, which these tests do not have."""
    monkeypatch.setattr(admin_closures, "add_names", lambda items, **columns: None)


def test_who_is_hit_is_shown_before_anything_is_closed(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    plan = admin.send(admin.get(NEW).form(NEW), spaces=COURT, **TIMES)
    assert plan.status_code == 200 and "1 个预约受影响" in plan.text and f"{DECIDE}" in plan.text
    assert district.asked("close_spaces") == []
    done = admin.send_and_follow(admin.get(NEW).form(NEW), spaces=COURT, decided="yes", decision=DECIDE, **TIMES)
    assert "已关闭场地" in done.text
    (sent,) = district.asked("close_spaces")
    assert sent["space_ids"] == [COURT] and sent["starts_at"] == "2026-03-11T14:00:00+08:00"
    assert sent["decisions"] == [{"booking_id": OURS}]


def test_a_plan_that_is_outdated_is_shown_again_with_what_was_typed(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    admin = browser_as("admin")
    district.refusals["close_spaces"] = Refused("booking.closure_plan_outdated", "conflict", "请重新核对名单。", {})
    again = admin.send(admin.get(NEW).form(NEW), spaces=COURT, decided="yes", note_zh="换灯", **TIMES)
    assert again.status_code == 409
    assert "请重新核对名单。" in again.text and "换灯" in again.text and "1 个预约受影响" in again.text


def test_no_space_is_no_closure(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    page = admin.send(admin.get(NEW).form("/admin/closures/new"), **TIMES)
    assert "请至少选一个场地。" in page.text and district.asked("preview_closure") == []


def test_club_events_in_the_way_are_named(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    times = {"starts_at": "2026-03-11T15:00:00+08:00", "ends_at": "2026-03-11T16:00:00+08:00"}
    district.claimed_times = [times | {"title": {"zh-CN": "乒乓球趣味赛"}}, times | {"title": None}]
    admin = browser_as("admin")
    plan = admin.send(admin.get(NEW).form(NEW), spaces=COURT, **TIMES)
    assert "组织者会收到通知" in plan.text and "15:00–16:00 · 乒乓球趣味赛" in plan.text


def test_what_is_locked_stays_when_the_rest_is_planned_again(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    admin = browser_as("admin")
    again = admin.send(admin.get(NEW).form(NEW), spaces=COURT, decision=DECIDE, locked=OURS, **TIMES)
    assert district.asked("preview_closure")[-1]["decisions"] == [{"booking_id": OURS}]
    assert "selected" in again.text.split(f'value="{DECIDE}"')[1][:20] and district.asked("close_spaces") == []
    admin.send(admin.get(NEW).form(NEW), spaces=COURT, decision=DECIDE, **TIMES)
    assert district.asked("preview_closure")[-1]["decisions"] == [], "what is not locked is planned again"


def test_what_was_decided_is_kept_if_the_plan_is_outdated(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    district.refusals["close_spaces"] = Refused("booking.closure_plan_outdated", "conflict", "请重新核对名单。", {})
    admin.send(admin.get(NEW).form(NEW), spaces=COURT, decided="yes", decision=DECIDE, **TIMES)
    assert district.asked("preview_closure")[-1]["decisions"] == [{"booking_id": OURS}]


def test_another_time_for_the_closure_is_one_tap(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    other = {"starts_at": "2026-03-12T14:00:00+08:00", "ends_at": "2026-03-12T18:00:00+08:00", "bookings": 0, "people": 0}
    district.fewer = [other | {"sessions": 0}]
    admin = browser_as("admin")
    plan = admin.send(admin.get(NEW).form(NEW), spaces=COURT, **TIMES)
    assert "受影响的人更少" in plan.text
    chosen = f"{other['starts_at']}|{other['ends_at']}"
    shifted = admin.send(admin.get(NEW).form(NEW), spaces=COURT, shift=chosen, decision=DECIDE, locked=OURS, **TIMES)
    asked = district.asked("preview_closure")[-1]
    assert (asked["starts_at"], asked["decisions"]) == (other["starts_at"], [])
    assert 'value="2026-03-12"' in shifted.text
    nonsense = admin.send(admin.get(NEW).form(NEW), spaces=COURT, shift="x|y", **TIMES)
    assert nonsense.status_code == 200 and district.asked("preview_closure")[-1]["starts_at"] == "2026-03-11T14:00:00+08:00"
