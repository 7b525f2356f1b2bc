"""Doors on pages: the display, check-in with its code, walk-ins there and at the desk, and the admin's page."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.doors_district import CODE, KEY
from tests.unit.gateway.pages.reading import Page

DOOR, AT = f"/door/{KEY}", f"/d/{CODE}"
COURT = centre.uid("space", "badminton-1")


def test_the_display_says_in_both_languages_what_is_now_and_next(visitor: Browser) -> None:
    shown = visitor.client.get(DOOR)
    words = " ".join(Page(shown.text).text.split())
    assert "空闲 Free" in words and "扫码签到 Scan to check in" in words and "已有预约 Booked" in words
    assert 'data-until="' in shown.text and "签到二维码" in shown.text
    assert shown.headers["Cache-Control"] == "no-store" and shown.headers["X-Robots-Tag"] == "noindex"


def test_a_closed_door_says_why(visitor: Browser, district: FakeDistrict) -> None:
    district.door_use, district.door_closure = "blocked", {"reason": "maintenance", "note": {"zh-CN": "换灯", "en": "Lamps"}}
    words = visitor.get(DOOR).text
    assert "暂停开放" in words and "换灯" in words and "开放 opens" in words


def test_a_key_that_was_renewed_shows_nothing(visitor: Browser, district: FakeDistrict) -> None:
    district.refusals["get_door"] = Refused("not_found", "not_found", "没有找到。", {})
    visitor.get(DOOR, status=404)


def test_opening_the_code_changes_nothing_and_the_button_checks_in(wang: Browser, district: FakeDistrict) -> None:
    page = wang.get(AT)
    assert district.asked("check_in_at_door") == []
    wang.send(page.form(AT))
    assert district.asked("check_in_at_door") == [{"door_code": CODE}]
    assert "已签到" in Page(wang.get(AT).text).text


def test_visitors_sign_in_first_and_come_back(visitor: Browser) -> None:
    assert visitor.client.get(AT).headers["Location"].endswith(f"next=/d/{CODE}")


@pytest.mark.parametrize(("kind", "status"), [("gone", 410), ("invalid", 422)])
def test_a_code_that_does_not_hold_says_so(wang: Browser, district: FakeDistrict, kind: str, status: int) -> None:
    district.refusals["get_at_door"] = Refused("booking.door_code_expired", kind, "请重新扫码。", {})  # type: ignore[arg-type]
    assert "请重新扫码。" in wang.get(AT, status).text


def test_who_has_no_booking_takes_the_space_on_the_spot(wang: Browser, district: FakeDistrict) -> None:
    district.bookings[0]["resident_id"] = centre.uid("account", "li")
    wang.send(wang.get(AT).form(f"{AT}/walk-in"), attendees="2")
    (asked,) = district.asked("walk_in")
    assert (asked["space_id"], asked["door_code"], asked["attendees"]) == (COURT, CODE, 2) and "ends_at" in asked


def test_a_walk_in_that_is_refused_is_shown_with_the_form(wang: Browser, district: FakeDistrict) -> None:
    district.bookings[0]["resident_id"] = centre.uid("account", "li")
    form = wang.get(AT).form(f"{AT}/walk-in")
    district.refusals["walk_in"] = Refused("booking.space_taken", "conflict", "该时段已被预约。", {})
    page = wang.send(form)
    assert page.status_code == 422 and "该时段已被预约。" in page.text


def test_no_walk_in_where_it_is_not_allowed(wang: Browser, district: FakeDistrict) -> None:
    district.bookings[0]["resident_id"] = centre.uid("account", "li")
    district.may_walk_in = False
    assert "开始使用" not in wang.get(AT).text


def test_the_desk_lets_somebody_in(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    clerk = browser_as("clerk")
    clerk.send(clerk.get("/desk/walk-in").form("/desk/walk-in"), phone="19900000001")
    (asked,) = district.asked("walk_in")
    assert asked["resident_id"] == str(centre.WANG) and "door_code" not in asked
    district.door_use = "booked"
    assert "这个场地现在不空" in clerk.get("/desk/walk-in").text


def test_admins_make_and_revoke_the_display_and_print_a_poster(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    admin = browser_as("admin")
    page = admin.get(f"/admin/spaces/{COURT}/door")
    assert KEY in page.text
    for step in ("renew", "close"):
        admin.send(page.form(f"/admin/spaces/{COURT}/door/{step}"))
        assert district.asked(f"{step}_door") == [{"space_id": COURT}]
    assert "到场请扫码签到" in admin.get(f"/admin/spaces/{COURT}/door/poster").text


def test_who_is_restricted_reads_it_before_booking(wang: Browser, district: FakeDistrict) -> None:
    standing = {"points": 2.4, "no_shows": 3, "tolerated": 2, "forget_days": 60, "days_ahead": 2}
    district.no_shows = standing | {"until": centre.NOW + timedelta(days=9)}
    for path in (f"/spaces/{COURT}", f"/spaces/{COURT}/book?start=2026-03-11T13:00:00%2B08:00"):
        assert "近期有 3 次预约没有到场" in wang.get(path).text and "这里最多提前 2 天预约" in wang.get(path).text
    district.no_shows |= {"until": None}
    assert "现在 2.4 分，超过 2 分会限制预约" in wang.get(f"/spaces/{COURT}").text


def test_admins_set_what_follows_from_not_coming(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    form = admin.get("/admin/no-shows").form("/admin/no-shows")
    admin.send(form, tolerated="1", days_ahead="")
    (asked,) = district.asked("set_no_show_rule")
    assert (asked["tolerated"], asked["active"], asked["forget_days"]) == (1, True, 60) and not asked.get("days_ahead")
    assert admin.send(form, tolerated="-1").status_code == 422


def test_the_page_mine_has_the_code_in_itself(wang: Browser, district: FakeDistrict) -> None:
    page = wang.get("/mine")
    assert "出示签到码" in page.text and "签到二维码" in page.text and "<path" in page.html
    district.bookings[0]["checked_in_at"] = centre.NOW
    assert "出示签到码" not in wang.get("/mine").text
