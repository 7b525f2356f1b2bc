"""Why one was refused, and who may book a space, on the pages."""

from collections.abc import Callable

from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT = centre.uid("space", "badminton-1")
WHY = f"/spaces/{COURT}/why"
TIME = "?day=2026-03-11&start=15:00&length=60&attendees=4"


def test_a_visitor_reads_the_rules(visitor: Browser) -> None:
    assert WHY in visitor.get(f"/spaces/{COURT}").html
    page = visitor.get(WHY)
    assert "最多提前14天预约。" in page.text and "约不上" not in page.text


def test_everything_in_the_way_is_said(wang: Browser, district: FakeDistrict) -> None:
    for code, zh in (("booking.too_far", "太早了。"), ("booking.over_capacity", "人太多。")):
        district.obstacles.append({"code": code, "sentence": centre.both(zh, zh), "details": {}})
    page = wang.get(WHY + TIME)
    assert "太早了。" in page.text and "人太多。" in page.text
    (asked,) = district.asked("explain_time")
    assert (asked["starts_at"], asked["ends_at"]) == ("2026-03-11T15:00:00+08:00", "2026-03-11T16:00:00+08:00")
    assert asked["attendees"] == 4


def test_what_is_possible_leads_to_the_booking(wang: Browser) -> None:
    assert f"/spaces/{COURT}/book?start=2026-03-11T15" in wang.get(WHY + TIME).html


def test_odd_values_are_refused(wang: Browser) -> None:
    for query in ("?day=2026-03-11&start=15:00&length=7000000", "?day=x&start=15:00", "?day=2026-03-11&start=99:00"):
        assert "最多提前14天预约。" in wang.get(WHY + query, 422).text


def test_the_resident_reads_how_it_was_decided(wang: Browser, district: FakeDistrict) -> None:
    listed = wang.get("/mine/refused")
    (attempt,) = district.attempts
    assert f"/refused/{attempt['id']}" in listed.html
    page = wang.get(f"/refused/{attempt['id']}")
    assert "09:00:03" in page.text and "09:00:01" in page.text and "比这次早 2.4 秒" in page.text
    assert "/why?day=" in page.html


def test_the_desk_finds_the_attempts_of_a_resident(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    (attempt,) = district.attempts
    page = browser_as("clerk").get(f"/desk/refused?resident_id={attempt['resident_id']}")
    assert f"/refused/{attempt['id']}" in page.html
    assert district.asked("list_refused_attempts")[-1]["resident_id"] == attempt["resident_id"]
