"""A clerk blocks a free time from the grid of the desk, and unblocks it."""

from collections.abc import Callable

import pytest

from chassis.rpc.refusal import Refused
from gateway.web.desk_closures import by_space, with_closures
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.centre import Json
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.reading import Page

COURT = centre.uid("space", "badminton-1")
NEW = f"/desk/blocks/new?spaces={COURT}&first_day=2026-03-12&first_time=10:00"
TO = "/desk/blocks/new"


@pytest.fixture
def clerk(browser_as: Callable[[str], Browser]) -> Browser:
    return browser_as("clerk")


def test_the_grid_leads_to_the_form_with_the_space_and_the_time(clerk: Browser) -> None:
    page = clerk.get(f"/desk/bookings?date=2026-03-12&space_id={COURT}&start=10:00")
    assert any("data-block" in attributes and TO in attributes["data-block"] for _, attributes in page.tags)
    form = clerk.get(page.link(f"{TO}?community=liuyi&spaces=")).form(TO)
    assert {name: form.fields[name] for name in ("spaces", "first_day", "first_time", "last_day", "last_time")} == {
        "spaces": COURT,
        "first_day": "2026-03-12",
        "first_time": "10:00",
        "last_day": "2026-03-12",
        "last_time": "11:00",
    }


def test_a_time_is_blocked_and_unblocked(clerk: Browser, district: FakeDistrict) -> None:
    times = {"starts_at": centre.at("10:00", 1), "ends_at": centre.at("12:00", 1)}
    district.closed_times = [{"space_id": COURT, "closed": [times | {"reason": "blocked", "provisional": False}]}]
    page = clerk.send_and_follow(clerk.get(NEW).form(TO), last_time="12:00", reason="cleaning", note_zh="打蜡")
    (sent,) = district.asked("block_time")
    assert sent == {
        "space_id": COURT,
        "starts_at": "2026-03-12T10:00:00+08:00",
        "ends_at": "2026-03-12T12:00:00+08:00",
        "reason": "cleaning",
        "note": {"zh-CN": "打蜡"},
    }
    assert "已封闭" in page.text
    address = clerk.get("/desk/bookings?date=2026-03-12").link(f"/desk/blocks/{district.closures[0]['id']}")
    page = clerk.get(address)
    assert "清洁消毒" in page.text and "打蜡" in page.text
    done = clerk.send_and_follow(page.form("/end"))
    assert "已解除封闭" in done.text and district.asked("end_closure")[0]["expected_version"] == 1


def test_a_closure_of_an_admin_has_no_button(clerk: Browser, district: FakeDistrict) -> None:
    clerk.send(clerk.get(NEW).form(TO))
    district.closures[0]["can"] = []
    page = clerk.get(f"/desk/blocks/{district.closures[0]['id']}")
    assert not [form for form in page.forms if form.action.endswith("/end")] and "只有管理员能解除" in page.text


def test_a_time_in_use_is_refused_and_admins_get_the_closing_assistant(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    district.refusals["block_time"] = Refused("booking.time_in_use", "conflict", "该时段不是空闲的：已有预约。", {})
    for role, offered in (("clerk", False), ("admin", True)):
        reader = browser_as(role)
        answer = reader.send(reader.get(NEW).form(TO), note_zh="打蜡")
        page = Page(answer.text)
        assert answer.status_code == 409 and "已有预约" in page.text
        assert page.form(TO).fields["note_zh"] == "打蜡"
        links = [href for href, _ in page.links if "/admin/closures/new" in href]
        assert bool(links) is offered and all(COURT in href and "first_time=10" in href for href in links)


def test_who_may_not_block(browser_as: Callable[[str], Browser]) -> None:
    for role in ("supervisor", "grid_worker", "wang"):
        browser_as(role).get(TO, status=403)
    assert TO not in browser_as("supervisor").get("/desk/bookings").html


@pytest.mark.parametrize("odd", ["first_time=25:00", "first_day=x", "first_time=10:00%2B08:00", "last_time=&spaces=x"])
def test_odd_addresses_show_the_form(clerk: Browser, odd: str) -> None:
    assert clerk.get(f"{TO}?{odd}").form(TO)


def closure(name: str, start: str, end: str, **over: Json | bool | list[Json]) -> Json:
    about = {"id": name, "whole": False, "spaces": [{"space_id": "hall"}]}
    return about | {"starts_at": centre.at(start).isoformat(), "ends_at": centre.at(end).isoformat()} | over


def test_closures_of_a_whole_and_of_a_part_are_on_both_rows() -> None:
    spaces = [{"id": "hall", "parent_id": None}, {"id": "east", "parent_id": "hall"}, {"id": "court", "parent_id": None}]
    whole = closure("1", "10:00", "11:00")
    part = closure("2", "09:00", "10:00", spaces=[{"space_id": "east"}])
    everything = closure("3", "12:00", "13:00", whole=True, spaces=[])
    found = by_space([whole, everything, part], spaces)
    ids = {space_id: [one["id"] for one in closures] for space_id, closures in found.items()}
    assert ids == {"hall": ["2", "1", "3"], "east": ["2", "1", "3"], "court": ["3"]}


def test_a_blocked_time_is_cut_into_its_closures() -> None:
    blocked = {**closure("", "09:00", "13:00"), "reason": "blocked"}
    holiday = {**closure("", "14:00", "15:00"), "reason": "holiday"}
    closures = [closure("1", "08:00", "10:00"), closure("2", "09:30", "11:00"), closure("3", "12:00", "12:30")]
    cut = with_closures([blocked, holiday], closures)
    assert [(one["starts_at"][11:16], one["ends_at"][11:16], one.get("closure_id")) for one in cut] == [
        ("09:00", "10:00", "1"),
        ("10:00", "11:00", "2"),
        ("11:00", "12:00", None),
        ("12:00", "12:30", "3"),
        ("12:30", "13:00", None),
        ("14:00", "15:00", None),
    ]
