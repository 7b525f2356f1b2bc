"""Home shows what is on, asks little, and stands when a service is away."""

import pytest
from flask import Flask

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict


def test_the_four_sections_with_todays_spaces_and_events(visitor: Browser) -> None:
    page = visitor.get("/")
    for section in ("便民服务中心", "邻里生活中心", "智慧服务中心", "老年康乐中心"):
        assert section in page.text
    assert "2026年3月11日 星期三" in page.text
    assert "10:00 起" in page.text and "今天还有场地可约，3 场活动。" in page.text
    assert "14:30" in page.text and "剩 2 席" in page.text
    assert "已满，可候补" in page.text
    assert "后天 10:00" in page.text


def test_one_seat_is_singular_in_english(visitor: Browser, district: FakeDistrict) -> None:
    district.events[0]["sessions"][0]["seats_left"] = 1
    visitor.client.set_cookie("linli_language", "en")
    assert "1 seat left" in visitor.get("/").text


def test_it_asks_each_service_once_and_then_not_again(visitor: Browser, district: FakeDistrict) -> None:
    visitor.get("/")
    asked = [method for method, _, _ in district.calls]
    assert sorted(asked) == ["get_centre_availability", "list_club_events", "list_spaces"]
    visitor.get("/")
    assert len(district.calls) == 3


def test_public_reads_are_made_as_a_visitor(wang: Browser, district: FakeDistrict) -> None:
    wang.get("/")
    assert {context.identity.account_id for _, _, context in district.calls} == {None}


def test_without_booking_the_events_are_still_there(visitor: Browser, district: FakeDistrict) -> None:
    district.down = {"booking"}
    page = visitor.get("/")
    assert page.text.count("场地暂时无法显示，请稍后刷新。") == 4
    assert "乒乓球趣味赛" in page.text


def test_without_events_the_spaces_are_still_there(visitor: Browser, district: FakeDistrict) -> None:
    district.down = {"events"}
    page = visitor.get("/")
    assert page.text.count("活动暂时无法显示，请稍后刷新。") == 4
    assert "图书阅览室" in page.text


def test_a_refusal_that_is_no_outage_is_not_hidden(visitor: Browser, district: FakeDistrict) -> None:
    district.refusals["list_spaces"] = Refused("x", "forbidden", "不行", {})
    visitor.get("/", status=403)


def test_mine_degrades_block_by_block(wang: Browser, district: FakeDistrict) -> None:
    district.down = {"cases", "notify"}
    page = wang.get("/mine")
    assert "羽毛球场一号" in page.text
    assert "事项暂时无法显示" in page.text and "通知暂时无法显示" in page.text


def test_a_page_of_one_service_says_that_it_is_away(visitor: Browser, district: FakeDistrict) -> None:
    district.down = {"booking"}
    answer = visitor.client.get(f"/spaces/{centre.uid('space', 'reading')}")
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    assert "服务暂时不可用" in answer.get_data(as_text=True)


def test_what_is_not_there_is_a_page(visitor: Browser) -> None:
    assert "没有找到这个页面" in visitor.get("/nope", status=404).text
    assert "没有找到" in visitor.get(f"/spaces/{centre.uid('space', 'none')}", status=404).text


def test_programs_still_get_problems(visitor: Browser) -> None:
    answer = visitor.client.get("/api/v1/nope")
    assert answer.status_code == 404 and answer.mimetype == "application/problem+json"


def test_late_in_the_day_home_looks_at_tomorrow(visitor: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(centre, "NOW", centre.at("21:00"))
    monkeypatch.setitem(app.extensions, "linli.clock", lambda: centre.NOW)
    page = visitor.get("/")
    assert "明天可约" in page.text and "08:00 起" in page.text
    assert "今天还有" not in page.text
    assert "明天 08:00 起可约" in visitor.get("/spaces").text
