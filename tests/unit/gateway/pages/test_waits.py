"""Waiting for a time on the pages: asking, one's place, the two answers, the link of an SMS, and the desk."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.centre import Json
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT = centre.uid("space", "badminton-1")
WAIT = f"/spaces/{COURT}/wait?start=2026-03-11T15:00:00%2B08:00"
SECRET = "d2FpdGluZy1zZWNyZXQx"


@pytest.fixture
def waiting(district: FakeDistrict) -> Json:
    return district.waits[0]


def test_a_taken_time_can_be_waited_for_from_the_calendar_and_from_the_refusal(wang: Browser, district: FakeDistrict) -> None:
    district.bookings[0] |= {"starts_at": centre.at("15:00"), "ends_at": centre.at("16:00")}
    page = wang.get(f"/spaces/{COURT}")
    assert f"/spaces/{COURT}/wait?start=" in page.html
    refused = Refused("booking.space_taken", "conflict", "该时段已被预约。", {"alternatives": []})
    district.refusals["check_time"] = refused
    assert f"/spaces/{COURT}/wait?start=" in wang.get(f"/spaces/{COURT}/book?start=2026-03-09T15:00:00%2B08:00").html


def test_who_asks_sees_the_place_in_line_and_can_give_it_up_after_a_question(wang: Browser, district: FakeDistrict) -> None:
    form = wang.get(WAIT).form("/wait")
    page = wang.send_and_follow(form, end="2026-03-11T16:00:00+08:00", attendees="2")
    assert "已加入候补" in page.text and "第 2 位" in page.text
    (asked,) = district.asked("wait_for_space")
    assert asked == {
        "space_id": COURT,
        "starts_at": "2026-03-11T15:00:00+08:00",
        "ends_at": "2026-03-11T16:00:00+08:00",
        "alike": False,
        "attendees": 2,
    }
    assert "退出以后要重新排队" in page.text
    gone = wang.send_and_follow(page.form("/cancel"))
    assert "已退出候补" in gone.text and district.waits[-1]["state"] == "withdrawn"


def test_another_time_of_the_day_will_do(wang: Browser, district: FakeDistrict) -> None:
    form = wang.get(WAIT).form("/wait")
    wang.send(form, end="2026-03-11T16:00:00+08:00", earliest="14:00", latest="", alike="y")
    (asked,) = district.asked("wait_for_space")
    assert (asked["earliest_at"], asked["latest_at"], asked["alike"]) == (
        "2026-03-11T14:00:00+08:00",
        "2026-03-11T16:00:00+08:00",
        True,
    )
    answer = wang.send(form, end="2026-03-11T16:00:00+08:00", earliest="25:00")
    assert answer.status_code == 422 and len(district.asked("wait_for_space")) == 1


def test_what_is_free_is_booked_instead(wang: Browser, district: FakeDistrict) -> None:
    free = {"space_id": COURT, "space_name": centre.both("一号", "One"), "starts_at": "2026-03-11T15:00:00+08:00"}
    free |= {"ends_at": "2026-03-11T16:00:00+08:00"}
    district.refusals["wait_for_space"] = Refused("booking.time_is_free", "conflict", "现在就有空。", {"alternatives": [free]})
    answer = wang.send(wang.get(WAIT).form("/wait"), end="2026-03-11T16:00:00+08:00")
    assert answer.status_code == 409 and f"/spaces/{COURT}/book?start=2026-03-11T15" in answer.get_data(as_text=True)


def test_an_offer_has_two_buttons_on_the_page_mine(wang: Browser, district: FakeDistrict, waiting: Json) -> None:
    assert "候补第 2 位" in wang.get("/mine").text
    offer = district.offered(waiting)
    page = wang.get("/mine")
    assert "为您保留到" in page.text
    done = wang.send_and_follow(page.form("/accept"))
    assert "订好了" in done.text
    (asked,) = district.asked("accept_offer")
    assert asked == {"wait_id": waiting["id"], "offer_id": offer["id"]}


def test_declining_leaves_it_to_the_next(wang: Browser, district: FakeDistrict, waiting: Json) -> None:
    district.offered(waiting)
    page = wang.send_and_follow(wang.get(f"/waits/{waiting['id']}").form("/decline"))
    assert "已让给下一位" in page.text and waiting["state"] == "declined"


def test_an_offer_that_is_over_or_a_limit_is_said_and_nothing_is_booked(
    wang: Browser, district: FakeDistrict, waiting: Json
) -> None:
    district.offered(waiting)
    district.refusals["accept_offer"] = Refused("booking.limit_reached", "conflict", "超出预约限额。", {})
    page = wang.send_and_follow(wang.get(f"/waits/{waiting['id']}").form("/accept"))
    assert "超出预约限额" in page.text and waiting["state"] == "offered"


def remind(district: FakeDistrict, waiting: Json) -> Json:
    offer = district.offered(waiting)
    district.reminded[SECRET] = {
        "subject_type": "wait", "subject_id": waiting["id"], "account_id": waiting["resident_id"], "community_id": "liuyi",
        "name": waiting["space_name"], "location": None, "starts_at": offer["starts_at"], "ends_at": offer["ends_at"],
        "offer_id": offer["id"], "answer_by": offer["expires_at"], "earlier": False,
    }  # fmt: skip
    return offer


def test_the_link_of_the_sms_takes_it_with_one_tap_and_no_account(
    visitor: Browser, district: FakeDistrict, waiting: Json
) -> None:
    remind(district, waiting)
    answer = visitor.client.get(f"/r/{SECRET}")
    page = answer.get_data(as_text=True)
    assert "有空位了" in page and "不要了，让给下一位" in page and answer.headers["Cache-Control"] == "no-store"
    assert waiting["state"] == "offered", "opening it changes nothing"
    done = visitor.send(visitor.get(f"/r/{SECRET}").form("/take"))
    assert done.status_code == 200 and "订好了" in done.get_data(as_text=True)
    (context,) = [context for name, _, context in district.calls if name == "accept_offer"]
    assert (context.identity.account_id, context.identity.roles) == (waiting["resident_id"], frozenset())
    assert visitor.client.get(f"/r/{SECRET}").status_code == 410, "it is void now"


def test_the_link_declines_with_one_tap(visitor: Browser, district: FakeDistrict, waiting: Json) -> None:
    remind(district, waiting)
    form = next(form for form in visitor.get(f"/r/{SECRET}").forms if form.action == f"/r/{SECRET}")
    page = visitor.send_and_follow(form)
    assert "已让给下一位" in page.text and waiting["state"] == "declined"


def test_the_link_of_an_older_offer_is_void(visitor: Browser, district: FakeDistrict, waiting: Json) -> None:
    remind(district, waiting)
    district.offered(waiting)  # another one
    assert visitor.client.get(f"/r/{SECRET}").status_code == 410


def test_a_limit_at_the_link_is_said_and_the_offer_stays(visitor: Browser, district: FakeDistrict, waiting: Json) -> None:
    remind(district, waiting)
    district.refusals["accept_offer"] = Refused("booking.limit_reached", "conflict", "超出预约限额。", {})
    page = visitor.send_and_follow(visitor.get(f"/r/{SECRET}").form("/take"))
    assert "超出预约限额" in page.text and waiting["state"] == "offered"


def test_the_desk_sees_who_waits_and_what_is_held_for_whom(
    browser_as: Callable[[str], Browser], district: FakeDistrict, waiting: Json
) -> None:
    clerk = browser_as("clerk")
    district.bookings.clear()
    listed = clerk.get("/desk/waits").text
    assert "第 2 位" in listed and "王秀英" in listed
    district.offered(waiting)
    grid = clerk.get(f"/desk/bookings?date={waiting['starts_at'].date()}")
    assert f"/waits/{waiting['id']}" in grid.html and "候补保留" in grid.html


def test_the_desk_puts_a_resident_in_line(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    clerk = browser_as("clerk")
    page = clerk.get("/desk/bookings?date=2026-03-11")
    assert 'formaction="/desk/waits' in page.html
    form = next(form for form in page.forms if "phone" in form.fields)
    typed = {"phone": "19900000001", "space_id": COURT, "day": "2026-03-11", "start": "15:00", "length": "60"}
    answer = clerk.send(replace(form, action="/desk/waits"), **typed, care="y")
    assert answer.status_code == 303, answer.get_data(as_text=True)[:1500]
    (asked,) = district.asked("wait_for_space")
    assert (asked["care"], asked["alike"], asked["resident_id"]) == (True, False, str(centre.WANG))


def test_an_earlier_time_of_a_booking_can_be_waited_for(wang: Browser, district: FakeDistrict) -> None:
    booking = district.bookings[0]
    form = wang.get(f"/bookings/{booking['id']}").form("/earlier")
    page = wang.send_and_follow(form, after="2026-03-12", alike="y")
    assert "等更早的时间" in page.text and "看预约单" in page.text
    (asked,) = district.asked("ask_for_earlier")
    assert asked == {"booking_id": booking["id"], "after": "2026-03-12T00:00:00+08:00", "alike": True}


def test_an_earlier_time_that_is_free_now_is_shown_at_once(wang: Browser, district: FakeDistrict) -> None:
    booking = district.bookings[0]
    free = {"space_id": COURT, "space_name": {}, "starts_at": "2026-03-11T11:00:00+08:00", "ends_at": ""}
    refused = Refused("booking.time_is_free", "conflict", "现在就有空，请直接预约。", {"alternatives": [free]})
    district.refusals["ask_for_earlier"] = refused
    page = wang.send_and_follow(wang.get(f"/bookings/{booking['id']}").form("/earlier"))
    assert "现在就有空" in page.text and "/move" in page.html
