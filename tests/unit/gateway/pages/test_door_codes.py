"""Door codes on pages: the resident sees the own code; staff press a button, and that is logged."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.operations import door_codes
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT, FRONT = centre.uid("space", "badminton-1"), centre.uid("lock", "front")
OURS = centre.uid("booking", "ours")
LIST, SPACE, DAY = "/admin/locks", f"/admin/spaces/{COURT}/lock", "/desk/door-codes"


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was logged. The log is in the database, which these tests do not have."""
    seen: list[Any] = []
    monkeypatch.setattr(door_codes, "_log", lambda shown: seen.extend(shown))
    return seen


def test_the_resident_reads_the_code_on_the_slip(wang: Browser, district: FakeDistrict) -> None:
    booking = district.bookings[0]
    slip = f"/bookings/{booking['id']}"
    assert "开门密码" not in wang.get(slip).text, "no lock, no box"
    district.door = {"state": "ready", "door_code": "402917"}
    page = wang.get(slip)
    assert "402917" in page.text and "有效" in page.text
    district.door = {"state": "waiting", "door_code": "402917"}
    page = wang.get(slip)
    assert "402917" in page.text and "请打电话给服务中心" in page.text
    porter = {"lock_id": FRONT, "name": {"zh-CN": "门卫", "en": "Porter"}, "kind": "porter", "on_lock": True}
    district.door = {"state": "ready", "door_code": "402917", "doors": [porter]}
    assert "把密码报给门卫" in wang.get(slip).text
    district.door = {"state": "later", "door_code": None}
    assert "开始前两天" in wang.get(slip).text
    booking |= {"state": "cancelled", "cancelled_at": centre.NOW}
    assert "开门密码" not in wang.get(slip).text


def test_staff_see_how_codes_stand_and_press_a_button_for_them(
    browser_as: Callable[[str], Browser], district: FakeDistrict, logged: list[Any]
) -> None:
    clerk = browser_as("clerk")
    assert "没有需要开门密码的预约" in clerk.get(DAY).text
    district.door = {"state": "ready", "door_code": "402917"}
    page = clerk.get(DAY)
    assert "402917" not in page.text and "可以开门" in page.text and logged == []
    action = next(form.action for form in page.forms if "/desk/door-codes?" in form.action)
    shown = clerk.send(page.form(action))
    assert "402917" in shown.text and len(logged) == 1
    slip = f"/bookings/{district.bookings[0]['id']}"
    page = clerk.get(slip)
    assert "402917" not in page.text
    assert "402917" in clerk.send(page.form(f"{slip}/door-code")).text and len(logged) == 2


def test_who_only_looks_has_no_button(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    district.door = {"state": "ready", "door_code": "402917"}
    page = browser_as("supervisor").get(DAY)
    assert "可以开门" in page.text and "显示密码" not in page.text
    browser_as("wang").get(DAY, status=403)


def test_admins_add_a_lock_and_put_it_on_a_door(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    typed = {"name_zh": "后门", "kind": "http", "bridge": "hall", "device": "back-1"}
    admin.send_and_follow(admin.get(f"{LIST}/new").form(f"{LIST}/new"), **typed)
    (sent,) = district.asked("add_lock")
    assert (sent["community_id"], sent["kind"], sent["bridge"], sent["device"]) == ("liuyi", "http", "hall", "back-1")
    assert admin.get(f"/admin/spaces/{COURT}").link(SPACE)
    admin.send_and_follow(admin.get(SPACE).form(SPACE), lock_id=FRONT, code_minutes_before="15")
    (sent,) = district.asked("change_space")
    assert (sent["lock_id"], sent["code_minutes_before"], sent["code_minutes_after"]) == (FRONT, 15, 10)
    admin.send_and_follow(admin.get(f"{LIST}/{FRONT}").form(f"{LIST}/{FRONT}"))
    (sent,) = district.asked("change_lock")
    assert (sent["device"], sent["active"], sent["expected_version"]) == ("front-1", True, 1)


def test_a_lock_that_cannot_be_reached_is_said(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    district.locks[0] |= {"failing_since": centre.NOW, "problem": "timeout"}
    admin = browser_as("admin")
    assert "联系不上" in admin.get(LIST).text and "timeout" in admin.get(f"{LIST}/{FRONT}").text
