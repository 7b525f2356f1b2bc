"""Spaces that need approval, on the pages of residents and of those who decide."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chassis.rpc.refusal import Refused
from gateway.web.requests import between, side_by_side
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.centre import Json
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict


@pytest.fixture
def asked(district: FakeDistrict) -> Json:
    """Wang's booking is a request that waits."""
    booked = district.bookings[0]
    booked |= {"state": "requested", "answer_by": booked["starts_at"] - timedelta(hours=2), "competing": 1}
    return booked


def test_one_is_told_before_asking_that_it_needs_approval(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    space = next(one for one in district.spaces if one["code"] == "badminton-1")
    wang, start = browser_as("wang"), (centre.at("17:00") + timedelta(days=3)).isoformat()
    page = wang.get(f"/spaces/{space['id']}/book?start={start.replace('+', '%2B')}").text
    assert "须经审批" not in page and "确认预约" in page
    space |= {"needs_approval": True, "answer_notice_minutes": 1440}
    page = wang.get(f"/spaces/{space['id']}/book?start={start.replace('+', '%2B')}").text
    assert "须经审批" in page and "提交申请" in page and "确认预约" not in page


def test_a_request_is_marked_on_ones_own_page_and_on_its_own(browser_as: Callable[[str], Browser], asked: Json) -> None:
    wang = browser_as("wang")
    assert "待审批" in wang.get("/mine").text
    page = wang.get(f"/bookings/{asked['id']}").text
    assert "这段时间还没有留下" in page and "另有 1 个申请要同一段时间" in page and "撤回申请" in page
    assert "/accept" not in page


def test_the_desk_sees_how_many_wait_and_answers_them(
    browser_as: Callable[[str], Browser], district: FakeDistrict, asked: Json
) -> None:
    clerk = browser_as("clerk")
    district.bookings = [asked]
    desk = clerk.get(f"/desk/bookings?date={asked['starts_at']:%Y-%m-%d}")
    assert "1 个申请等您审批" in desk.text
    drawn = [found.get("class") for tag, found in desk.tags if tag == "td"]
    assert "requested" in drawn and "taken" not in drawn
    asked["can"] = ["accept", "decline"]
    page = clerk.get("/desk/requests")
    accepted = clerk.send(page.form(f"/bookings/{asked['id']}/accept"))
    assert accepted.status_code == 303
    assert district.asked("accept_request") == [{"booking_id": asked["id"], "expected_version": 1}]
    clerk.send(page.form(f"/bookings/{asked['id']}/decline"), reason="unsuitable", note="不能放音乐")
    (sent,) = district.asked("decline_request")
    assert (sent["reason"], sent["note"]) == ("unsuitable", "不能放音乐")


def test_who_comes_second_is_told_what_became_of_it(
    browser_as: Callable[[str], Browser], district: FakeDistrict, asked: Json
) -> None:
    asked["can"] = ["accept", "decline"]
    refused = Refused("booking.request_answered", "conflict", "没有更改：该申请已经同意。", {"state": "confirmed"})
    district.refusals["accept_request"] = refused
    clerk = browser_as("clerk")
    page = clerk.send_and_follow(clerk.get("/desk/requests").form(f"/bookings/{asked['id']}/accept"))
    assert "该申请已经同意" in page.text


@pytest.mark.parametrize("path", ["/desk/requests"])
def test_residents_have_no_such_page(browser_as: Callable[[str], Browser], path: str) -> None:
    browser_as("wang").get(path, status=403)


def _request(start: str, end: str, space: str = "a") -> Json:
    return {"space_id": space, "starts_at": centre.at(start).isoformat(), "ends_at": centre.at(end).isoformat()}


def test_competing_requests_are_side_by_side_and_give_way_to_what_is_taken() -> None:
    first, second, third = _request("10:00", "11:00"), _request("10:30", "11:30"), _request("12:00", "13:00")
    elsewhere = _request("10:00", "11:00", "b")
    assert side_by_side([first, third, second, elsewhere]) == [[first, second], [third], [elsewhere]]
    drawn = between([first, second, third, elsewhere], [_request("12:30", "14:00")])
    assert [(one["space_id"], one["requests"]) for one in drawn] == [("a", 2), ("b", 1)]
    assert (drawn[0]["starts_at"], drawn[0]["ends_at"]) == (first["starts_at"], second["ends_at"])
