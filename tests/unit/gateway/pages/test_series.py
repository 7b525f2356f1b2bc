"""Bookings that repeat: each date is seen before anything is booked."""

from collections.abc import Callable
from datetime import date

import pytest

from gateway.web import repeating
from gateway.web.pages import series
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.centre import Json
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.reading import Page

COURT = centre.uid("space", "badminton-1")
BOOK = f"/spaces/{COURT}/book?start=2026-03-11T13:00:00%2B08:00"
WEEKLY = {"repeat": "weekly-1", "until": "2026-04-01", "attendees": "4", "purpose": "打球"}


def reviewed(browser: Browser, **typed: str) -> Page:
    answer = browser.send(browser.get(BOOK).form("/book"), **(WEEKLY | typed))
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    return Page(answer.get_data(as_text=True))


def booked(browser: Browser) -> Page:
    return browser.send_and_follow(reviewed(browser).form(f"/spaces/{COURT}/series"))


def test_each_date_is_shown_before_anything_is_booked(wang: Browser, district: FakeDistrict) -> None:
    page = reviewed(wang)
    assert "4 个日期都可以预约" in page.text and page.text.count("可以预约") == 5 and "每周周三" in page.text
    assert not district.asked("book_series") and not district.asked("book_space")
    (asked,) = district.asked("preview_series")
    assert asked == {
        "space_id": COURT,
        "rrule": "FREQ=WEEKLY;INTERVAL=1;BYDAY=WE;UNTIL=20260401",
        "starts_on": "2026-03-11",
        "starts_at": "13:00",
        "minutes": 60,
        "attendees": 4,
    }
    done = wang.send_and_follow(page.form("/series"))
    assert "已预约 4 次" in done.text and done.text.count("已预约") >= 5
    (sent,) = district.asked("book_series")
    assert sent == asked | {"purpose": "打球", "only_if_all": True}


def test_of_dates_that_are_taken_the_reader_chooses_the_rest_and_sees_alternatives(
    wang: Browser, district: FakeDistrict
) -> None:
    taken = district._booking("badminton-1", "13:30", "14:30", "li", "li-2")
    week = {name: taken[name].replace(day=18) for name in ("starts_at", "ends_at")}
    district.bookings.append(taken | week)
    page = reviewed(wang)
    assert "4 个日期中有 3 个可以预约" in page.text and "该时段已被预约。" in page.text
    assert any("/book?start=2026-03-18T14" in href for href, _ in page.links)
    done = wang.send_and_follow(page.form("/series"))
    assert "已预约 3 次" in done.text
    assert district.asked("book_series")[0]["only_if_all"] is False


def test_a_date_that_was_taken_meanwhile_is_shown_before_the_rest_is_booked(wang: Browser, district: FakeDistrict) -> None:
    form = reviewed(wang).form("/series")
    district.bookings.append(district._booking("badminton-1", "13:00", "14:00", "li", "li-2"))
    answer = wang.send(form)
    assert answer.status_code == 409 and len(district.series) == 1
    page = Page(answer.get_data(as_text=True))
    assert "一次都没有预约" in page.text and "4 个日期中有 3 个可以预约" in page.text
    assert "已预约 3 次" in wang.send_and_follow(page.form("/series")).text


@pytest.mark.parametrize(("until", "problem"), [("", "请选择重复到哪一天"), ("2026-03-01", "不能早于第一次的日期")])
def test_a_series_needs_an_end(wang: Browser, district: FakeDistrict, until: str, problem: str) -> None:
    answer = wang.send(wang.get(BOOK).form("/book"), **(WEEKLY | {"until": until}))
    assert answer.status_code == 422 and problem in answer.get_data(as_text=True)
    assert not district.asked("preview_series")


def test_a_series_is_cancelled_from_a_date_and_a_date_is_put_back(wang: Browser, district: FakeDistrict) -> None:
    page = booked(wang)
    page = wang.send_and_follow(page.form("/cancel"), from_day="2026-03-25")
    assert district.asked("cancel_series")[0]["from_day"] == "2026-03-25"
    assert page.text.count("已取消") >= 2
    page = wang.send_and_follow(page.form("/dates"))
    assert district.asked("add_series_date")[0]["day"] == "2026-03-25" and "这一次已预约" in page.text
    everything = wang.send_and_follow(page.form("/cancel"))
    assert "from_day" not in district.asked("cancel_series")[1] and "已取消" in everything.text


def test_only_what_differs_is_changed(wang: Browser, district: FakeDistrict) -> None:
    page = booked(wang)
    wang.send_and_follow(page.form("/change"), from_day="2026-03-18", start="14:00")
    (sent,) = district.asked("change_series")
    assert {name: sent.get(name) for name in ("from_day", "starts_at", "minutes")} == {
        "from_day": "2026-03-18",
        "starts_at": "14:00",
        "minutes": None,
    }


def test_the_list_leads_to_the_series_and_each_date_to_its_booking(wang: Browser, district: FakeDistrict) -> None:
    page = booked(wang)
    dates = [href for href, _ in page.links if href.startswith("/bookings/")]
    assert len(dates) == 4
    listed = wang.get("/series")
    assert any(href == f"/series/{district.series[-1]['id']}" for href, _ in listed.links)


def test_a_clerk_books_a_series_for_a_resident(
    browser_as: Callable[[str], Browser], district: FakeDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[Json] = []
    monkeypatch.setattr(series, "check_subjects", checked.append)
    clerk, resident = browser_as("clerk"), str(centre.WANG)
    form = next(form for form in clerk.get("/desk/bookings?date=2026-03-11").forms if "phone" in form.fields)
    typed = {"phone": "19900000001", "space_id": COURT, "day": "2026-03-11", "start": "13:00", "length": "60"}
    answer = clerk.send(form, **typed, repeat="monthly", until="2026-06-30", beyond_reason="活动")
    assert answer.status_code == 200, answer.get_data(as_text=True)[:3000]
    review = Page(answer.get_data(as_text=True))
    assert "第二个周三" in review.text
    page = clerk.send_and_follow(review.form("/series"))
    (sent,) = district.asked("book_series")
    assert (sent["resident_id"], sent["beyond_reason"], checked) == (resident, "活动", [{"resident_id": resident}])
    assert sent["rrule"] == "FREQ=MONTHLY;BYDAY=2WE;UNTIL=20260630"
    assert "王秀英" in page.text and "告诉居民的原因" in page.text
    listed = clerk.get("/desk/series")
    assert any(href == f"/series/{district.series[-1]['id']}" for href, _ in listed.links)
    clerk.send_and_follow(page.form("/cancel"), staff_reason="weather")
    assert district.asked("cancel_series")[0]["staff_reason"] == "weather"


def test_nobody_books_a_series_for_somebody_else(wang: Browser, district: FakeDistrict) -> None:
    form = reviewed(wang).form("/series")
    answer = wang.send(form, resident_id=centre.uid("account", "li"))
    assert answer.status_code == 403 and len(district.series) == 1


@pytest.mark.parametrize(
    ("repeat", "day", "rule"),
    [
        ("weekly-3", date(2026, 3, 11), "FREQ=WEEKLY;INTERVAL=3;BYDAY=WE;UNTIL=20261231"),
        ("monthly", date(2026, 3, 28), "FREQ=MONTHLY;BYDAY=4SA;UNTIL=20261231"),
        ("monthly", date(2026, 3, 29), "FREQ=MONTHLY;BYDAY=-1SU;UNTIL=20261231"),
    ],
)
def test_rules_of_the_choices(repeat: str, day: date, rule: str) -> None:
    assert repeating.rule_of(repeat, day, date(2026, 12, 31)) == rule


def test_words_of_other_rules(wang: Browser, district: FakeDistrict) -> None:
    """What only the API can make is shown too."""
    booked(wang)
    for rule, words in {
        "FREQ=DAILY;COUNT=3": "每天",
        "FREQ=DAILY;INTERVAL=2;COUNT=3": "每 2 天",
        "FREQ=WEEKLY;COUNT=3": "每周",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=3": "每 2 周周一、周四",
        "FREQ=MONTHLY;BYMONTHDAY=1,-1;COUNT=3": "每月1,-1 日",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=-2FR;COUNT=3": "每 2 个月倒数第 2 个周五",
        "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3": "每月最后一个周五",
    }.items():
        district.series[-1]["rrule"] = rule
        assert words in wang.get(f"/series/{district.series[-1]['id']}").text


def test_an_open_question_is_on_the_pages_and_answered_there(wang: Browser, district: FakeDistrict) -> None:
    asked = district.question()
    for address in ("/mine", f"/series/{asked['series_id']}"):
        text = wang.get(address).text
        assert "还要用吗？" in text and "前答复" in text
    form = wang.get(f"/series/{asked['series_id']}").form(f"/questions/{asked['id']}/answer")
    page = wang.send_and_follow(form, answer="not_needed")
    assert "已取消这一次" in page.text and "还要用吗？" not in page.text
    assert district.asked("answer_question")[0]["expected_version"] == 1
    assert "还要用吗？" not in wang.get("/mine").text


def test_the_desk_sees_who_has_not_answered_and_answers_for_them(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    asked, clerk = district.question(), browser_as("clerk")
    page = clerk.get("/desk/questions")
    assert "王秀英" in page.text and "前答复" in page.text
    after = clerk.send_and_follow(page.form(f"/questions/{asked['id']}/answer"), answer="needed")
    assert "已保留这一次" in after.text and "没有等待答复的" in after.text
    browser_as("wang").get("/desk/questions", 403)


def test_the_desk_exempts_a_series_with_a_reason_and_asks_again(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    series = district.series[0]
    address = f"/series/{series['id']}"
    assert "/exempt" not in browser_as("wang").get(address).html
    series["can"] = [*series["can"], "exempt"]
    clerk = browser_as("clerk")
    form = clerk.get(address).form("/exempt")
    assert "请写明原因" in clerk.send_and_follow(form, reason=" ").text and not district.asked("exempt_series")
    page = clerk.send_and_follow(form, reason="老年团队")
    assert "窗口决定不询问：老年团队" in page.text
    assert "窗口决定不询问" not in clerk.send_and_follow(page.form("/ask")).text
