"""Lotteries at the desk: in the grid of the day, and entering for a resident."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chassis.rpc.refusal import Refused
from gateway.web import people
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.reading import Page

ID, WANG = centre.uid("lottery", "open"), centre.uid("account", "wang")
ONE = f"/desk/lotteries/{ID}"
PHONE = "19900000001"


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "names_of_residents", lambda ids: dict.fromkeys(ids, "王秀英"))
    monkeypatch.setattr(people, "chosen_resident", lambda account_id, *_: {"name": "王秀英"} if account_id else None)


@pytest.fixture
def clerk(browser_as: Callable[[str], Browser]) -> Browser:
    return browser_as("clerk")


def test_a_resident_is_entered_changed_and_withdrawn(clerk: Browser, district: FakeDistrict) -> None:
    page = clerk.send_and_follow(clerk.get(ONE).form(ONE), phone=PHONE, wish_1="3", wish_2="1", attendees="2")
    assert district.asked("enter_lottery") == [{"lottery_id": ID, "wishes": [3, 1], "attendees": 2, "resident_id": WANG}]
    assert "已代为报名" in page.text and "王秀英" in page.text
    form = clerk.get(page.link(f"{ONE}?entry=")).form(ONE)
    assert [form.fields[name] for name in ("resident_id", "wish_1", "wish_2", "attendees")] == [WANG, "3", "1", "2"]
    page = clerk.send_and_follow(form, wish_1="2")
    assert district.asked("enter_lottery")[1]["wishes"] == [2, 1]
    after = clerk.send_and_follow(page.form(f"/entries/{district.entries[0]['id']}/withdraw"))
    assert "已代为退出" in after.text and district.asked("withdraw_entry")[0]["expected_version"] == 1


def test_what_is_wrong_is_beside_its_field_and_nothing_is_lost(clerk: Browser, district: FakeDistrict) -> None:
    form = clerk.get(ONE).form(ONE)
    for typed, said in (
        ({"wish_1": "1"}, "请填写手机号"),
        ({"phone": PHONE}, "请至少选一个时段"),
        ({"phone": "19900000009", "wish_1": "1"}, "没有登记过这个号码"),
        ({"phone": PHONE, "wish_1": "1", "attendees": "x"}, "人数请填"),
    ):
        answer = clerk.send(form, **typed)
        assert answer.status_code == 422 and said in answer.text
    assert district.asked("enter_lottery") == []
    district.refusals["enter_lottery"] = Refused("booking.lottery_household_entered", "conflict", "家人已经报名。", {})
    page = Page(clerk.send(form, phone=PHONE, wish_1="3").text)
    assert "家人已经报名" in page.text and page.form(ONE).fields["wish_1"] == "3"


def test_who_may_what(browser_as: Callable[[str], Browser]) -> None:
    looks = browser_as("supervisor").get(ONE)
    assert not [form for form in looks.forms if form.action == ONE]
    for address in (ONE, "/desk/lotteries"):
        browser_as("wang").get(address, status=403)
    assert browser_as("supervisor").client.post(ONE).status_code in (400, 403)


def test_the_list_leads_to_a_lottery_and_a_drawn_one_has_no_form(clerk: Browser) -> None:
    assert clerk.get("/desk/bookings").link("/desk/lotteries")
    assert clerk.get("/desk/lotteries").link(ONE)
    drawn = clerk.get("/desk/lotteries?over=1").link("/desk/lotteries/")
    assert not [form for form in clerk.get(drawn).forms if "/desk/lotteries/" in form.action]


def test_the_grid_shows_times_of_a_lottery(clerk: Browser, district: FakeDistrict) -> None:
    times = {"starts_at": centre.at("18:00", 1), "ends_at": centre.at("19:00", 1)}
    district.lottery_times = [{**times, "lottery_id": ID, "draws_at": centre.NOW + timedelta(hours=9)}]
    page = clerk.get("/desk/bookings?date=2026-03-12")
    assert page.link(ONE) and "抽签" in page.html.partition("day-table")[2]
