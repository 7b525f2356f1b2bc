"""Check-in on pages: the code of a booking, the desk's scanner, the buttons of the day."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.reading import Page

OURS = centre.uid("booking", "wang-1")
SLIP = f"/bookings/{OURS}"


def code_on(page_text: str) -> str:
    """The code is the only word of such a length."""
    return next(word for word in page_text.split() if len(word) == 42 and word.isalnum())


def test_the_slip_has_a_code_that_checks_in_at_the_desk(
    wang: Browser, browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    slip = wang.get(SLIP)
    assert "签到二维码" in slip.text
    clerk = browser_as("clerk")
    answer = clerk.send(clerk.get("/desk/check-in").form("/desk/check-in"), scanned=code_on(slip.text))
    assert "已签到：羽毛球场一号" in Page(answer.text).text
    assert district.asked("check_in") == [{"booking_id": OURS}]


def test_a_scanner_may_type_the_whole_address(
    wang: Browser, browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    code = code_on(wang.get(SLIP).text)
    clerk = browser_as("clerk")
    clerk.send(clerk.get("/desk/check-in").form("/desk/check-in"), scanned=f"HTTP://LOCALHOST/Q/{code.upper()} ")
    assert district.asked("check_in") == [{"booking_id": OURS}]


@pytest.mark.parametrize("how", ["changed", "short", "nonsense", "中文", "https://example.org/pay/123"])
def test_a_forged_or_foreign_code_is_refused(
    wang: Browser, browser_as: Callable[[str], Browser], district: FakeDistrict, how: str
) -> None:
    code = code_on(wang.get(SLIP).text)
    made_up = {"changed": ("b" if code[0] == "a" else "a") + code[1:], "short": code[:26]}.get(how, how)
    clerk = browser_as("clerk")
    page = clerk.send(clerk.get("/desk/check-in").form("/desk/check-in"), scanned=made_up)
    assert page.status_code == 422 and "不是本平台预约的签到码" in page.text
    assert district.asked("check_in") == []


def test_a_code_of_another_community_is_not_found(
    wang: Browser, browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    district.refusals["check_in"] = Refused("not_found", "not_found", "没有找到。", {})
    clerk = browser_as("clerk")
    page = clerk.send(clerk.get("/desk/check-in").form("/desk/check-in"), scanned=code_on(wang.get(SLIP).text))
    assert page.status_code == 404 and "可能是其他社区的" in page.text


def test_opening_the_address_of_a_code_changes_nothing(
    wang: Browser, browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    code = code_on(wang.get(SLIP).text)
    assert wang.client.get(f"/q/{code}").headers["Location"] == SLIP
    assert browser_as("clerk").client.get(f"/q/{code}").headers["Location"] == f"/desk/check-in?code={code}"
    assert district.asked("check_in") == []


def test_there_is_no_code_when_nobody_can_check_in(wang: Browser, district: FakeDistrict) -> None:
    district.bookings[0] |= {"checked_in_at": centre.NOW}
    assert "签到二维码" not in wang.get(SLIP).text
    district.bookings[0] |= {"checked_in_at": None, "starts_at": centre.NOW - timedelta(hours=2), "ends_at": centre.NOW}
    assert "签到二维码" not in wang.get(SLIP).text


def test_the_day_has_a_button_for_each_who_is_awaited(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    district.bookings[0]["can"] = ["end", "check_in", "no_show"]
    clerk = browser_as("clerk")
    page = clerk.get("/desk/bookings")
    assert "现在可以签到" in page.text
    clerk.send(page.form(f"{SLIP}/presence/check_in"))
    assert district.asked("check_in") == [{"booking_id": OURS, "expected_version": 1}]
    clerk.send(page.form(f"{SLIP}/presence/no_show"))
    day = clerk.get("/desk/bookings")
    assert "未到场" in day.text and "没有等着签到的预约" in day.text
    page = clerk.send_and_follow(clerk.get(SLIP).form(f"{SLIP}/presence/undo"))
    assert "已撤销未到场记录" in page.text


def test_who_did_not_come_reads_it_on_the_slip(wang: Browser, district: FakeDistrict) -> None:
    district.bookings[0] |= {"state": "no_show", "no_show_at": centre.NOW, "can": []}
    page = wang.get(SLIP)
    assert "没有人按时签到" in page.text and "/presence/" not in str(page.tags)


@pytest.mark.parametrize("who", ["wang", "supervisor"])
def test_residents_and_who_only_looks_have_no_buttons(
    browser_as: Callable[[str], Browser], district: FakeDistrict, who: str
) -> None:
    browser_as(who).get("/desk/check-in", status=403)
    assert "签到" not in browser_as("supervisor").get("/desk/bookings").text
