"""A booking that is dropped on the desk's grid: what the page asks, says and sends. And the week of one space."""

from collections.abc import Callable
from typing import Any

import pytest

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT, OTHER = centre.uid("space", "badminton-1"), centre.uid("space", "badminton-2")


@pytest.fixture
def clerk(browser_as: Callable[[str], Browser]) -> Browser:
    return browser_as("clerk")


@pytest.fixture
def dropped(district: FakeDistrict) -> str:
    """The address of the page for a booking from 15:00 to 16:00 that is dropped on 17:00 in another court."""
    district.bookings = [district._booking("badminton-1", "15:00", "16:00", "wang", "wang-1")]
    day = centre.day_of(centre.NOW)
    return f"/desk/bookings/{district.bookings[0]['id']}/move?space_id={OTHER}&day={day}&start=17:00&length=60"


def test_a_drop_asks_first_and_moves_when_it_is_confirmed(clerk: Browser, district: FakeDistrict, dropped: str) -> None:
    page = clerk.get(dropped)
    asked = district.asked("check_time")[0]
    assert (asked["space_id"], asked["moving"]) == (OTHER, district.bookings[0]["id"])
    assert "15:00–16:00" in page.text and "17:00–18:00" in page.text and not district.asked("reschedule_booking")
    answer = clerk.send(page.form("/move"), staff_reason="asked")
    assert answer.status_code == 303 and "/desk/bookings?" in answer.headers["Location"]
    sent = district.asked("reschedule_booking")[0]
    assert (sent["space_id"], sent["staff_reason"], sent["starts_at"][11:16]) == (OTHER, "asked", "17:00")
    assert sent["ends_at"][11:16] == "18:00" and "beyond_reason" not in sent


def test_a_drop_on_a_taken_time_says_why_and_offers_others(clerk: Browser, district: FakeDistrict, dropped: str) -> None:
    times = {"starts_at": "2026-03-09T18:00:00+08:00", "ends_at": "2026-03-09T19:00:00+08:00"}
    other = {"space_id": COURT, "space_name": centre.both("羽毛球1号场", "Court 1"), **times}
    district.refusals["check_time"] = Refused("booking.space_taken", "conflict", "该时段已被预约。", {"alternatives": [other]})
    page = clerk.get(dropped)
    assert "该时段已被预约。" in page.text and "确认改期" not in page.text
    assert "start=18:00" in page.link(COURT).replace("%3A", ":")


@pytest.mark.parametrize("code", ["booking.too_far", "booking.decided_by_lottery", "booking.too_many_no_shows"])
def test_a_rule_that_staff_may_break_asks_for_a_reason(clerk: Browser, district: FakeDistrict, dropped: str, code: str) -> None:
    district.refusals["check_time"] = Refused(code, "conflict", "该时段从2026-03-20起可以预约。", {})
    page = clerk.get(dropped)
    clerk.send(page.form("/move"), staff_reason="asked", beyond_reason="会场更换")
    assert district.asked("reschedule_booking")[0]["beyond_reason"] == "会场更换"


def test_a_lost_race_shows_the_refusal_and_nothing_moved(clerk: Browser, district: FakeDistrict, dropped: str) -> None:
    page = clerk.get(dropped)
    district.refusals["reschedule_booking"] = Refused("booking.space_taken", "conflict", "该时段已被预约。", {})
    answer = clerk.send(page.form("/move"), staff_reason="asked")
    assert answer.status_code == 409 and "该时段已被预约。" in answer.get_data(as_text=True)
    assert "确认改期" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?day=2026-03-09",
        "?day=x&start=10:00&length=60",
        "?day=2026-03-09&start=10:00&length=0",
        "?day=2026-03-09&start=10:00&length=99999999999",
        "?day=9999-12-31&start=23:00&length=60",
        "?day=0001-01-01&start=00:00&length=60",
    ],
)
def test_an_address_without_a_time_leads_to_the_usual_page(
    clerk: Browser, district: FakeDistrict, dropped: str, query: str
) -> None:
    answer = clerk.client.get(dropped.partition("?")[0] + query)
    assert answer.status_code == 303 and answer.headers["Location"].endswith(f"/bookings/{district.bookings[0]['id']}/move")


def test_only_those_who_book_for_residents_drop(browser_as: Callable[[str], Browser], dropped: str) -> None:
    assert browser_as("organiser").client.get(dropped).status_code == 403


def test_the_grid_has_names_only_on_demand(clerk: Browser, monkeypatch: pytest.MonkeyPatch, dropped: str) -> None:
    from gateway.web import people

    shown: list[Any] = []
    monkeypatch.setattr(people, "names_of_residents", lambda ids: shown.append(ids) or dict.fromkeys(ids, "王秀英"))
    assert "王秀英" not in clerk.get("/desk/bookings").html.partition("day-table")[2] and not shown
    assert "王秀英" in clerk.get("/desk/bookings?names=yes").html.partition("day-table")[2] and len(shown) == 1


def test_the_week_of_a_space_has_a_row_for_each_day(clerk: Browser, district: FakeDistrict, dropped: str) -> None:
    page = clerk.get(f"/desk/bookings/spaces/{COURT}?date={centre.day_of(centre.NOW)}")
    assert page.html.count(f'<tr data-space="{COURT}"') == 7
    assert page.html.count("data-booking=") == 1
    assert {one.get("space_id") for one in district.asked("list_bookings")} >= {COURT}
    clerk.get(f"/desk/bookings/spaces/{centre.uid('space', 'nowhere')}", status=404)


@pytest.mark.parametrize("verb", ["list_bookings", "list_waits", "list_claimed_times", "list_closed_times", "list_kept_times"])
def test_what_is_not_known_does_not_look_free(clerk: Browser, district: FakeDistrict, dropped: str, verb: str) -> None:
    district.refusals[verb] = Refused("unavailable", "unavailable", "系统忙。", {})
    for path in ("/desk/bookings", f"/desk/bookings/spaces/{COURT}"):
        page = clerk.get(path)
        assert "预约暂时无法显示" in page.text and 'id="day-table"' not in page.html
    assert ("没有等着签到的预约" in clerk.get("/desk/bookings").text) is (verb != "list_bookings")


def test_the_table_says_of_when_it_is(clerk: Browser, dropped: str) -> None:
    page = clerk.get("/desk/bookings")
    assert f'data-as-of="{centre.NOW.astimezone(centre.ZONE):%H:%M}"' in page.html and 'id="grid-lost"' in page.html


def test_the_week_of_all_spaces_takes_one_call_and_leads_to_the_days(clerk: Browser, district: FakeDistrict) -> None:
    day = centre.day_of(centre.NOW)
    page = clerk.get(f"/desk/bookings/week?date={day}")
    assert len(district.asked("get_space_days")) == 1 and not district.asked("list_bookings")
    assert "25%" in page.text and '<rect class="bar-booked" width="15"' in page.html
    assert '<rect class="bar-event" x="15" width="10"' in page.html
    assert page.link(f"/desk/bookings?date={day}") and page.link(f"/desk/bookings/spaces/{COURT}")
    assert page.html.count('class="closed"') == 6 * len(district.spaces), "days without an answer look closed"


def test_the_closure_form_takes_what_the_grid_chose(browser_as: Callable[[str], Browser]) -> None:
    query = f"spaces={COURT}&first_day=2026-03-09&first_time=12:00&last_day=2026-03-09&last_time=14:00"
    page = browser_as("admin").get(f"/admin/closures/new?{query}")
    fields = page.form("/admin/closures/new").fields
    assert (fields["first_day"], fields["first_time"], fields["last_time"]) == ("2026-03-09", "12:00", "14:00")
    assert fields["spaces"] == COURT
    browser_as("admin").get("/admin/closures/new?first_time=x&last_day=y")
