"""Weeks that open in waves and kept times, as admins write them and residents and the desk see them."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.calls import named_resident
from gateway.web.admin.fair_forms import weekly_of
from gateway.web.pages import admin_spaces, desk_bookings
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT = centre.uid("space", "badminton-1")
PATH = f"/admin/spaces/{COURT}"
OPENING: dict[str, Any] = {"weekday": 5, "at": "10:00", "weeks_ahead": 2, "first": ["elders", "rested"]}
OPENING |= {"head_start_hours": 24, "rested_days": 30}
MORNINGS = [{"weekday": day, "opens": "09:00", "closes": "11:00"} for day in (2, 4)]
SHARE = {"kept_for": "elders", "hours": MORNINGS, "until_hours": 48}


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are read from the database, which these tests do not have."""
    monkeypatch.setattr(admin_spaces, "add_names", lambda items, **columns: None)


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("周二 9:00-11:00\n周四 9:00-11:00", [2, 4]),
        ("周二、周四 9:00-11:00", [2, 4]),
        ("周一至周五 9:00–11:00", [1, 2, 3, 4, 5]),
        ("星期天 9:00-11:00", [7]),
        ("每天 9:00-11:00", [1, 2, 3, 4, 5, 6, 7]),
        ("Tue, Thu 9:00-11:00", [2, 4]),
        ("Tuesday 9:00-11:00", [2]),
        ("Mon–Wed 9:00-11:00", [1, 2, 3]),
        ("daily 9:00-11:00", [1, 2, 3, 4, 5, 6, 7]),
        ("", []),
        (None, []),
    ],
)
def test_times_of_weekdays_are_read_as_people_write_them(typed: str | None, days: list[int]) -> None:
    assert weekly_of(typed) == [{"weekday": day, "opens": "09:00", "closes": "11:00"} for day in days]


@pytest.mark.parametrize("typed", ["周八 9:00-11:00", "周二", "9:00-11:00", "周二 上午", "Xyz 9:00-11:00"])
def test_what_is_not_such_times_is_not_guessed(typed: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        weekly_of(typed)


def test_an_admin_sets_opening_and_kept_times(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    typed: dict[str, Any] = {
        "opens_weekday": "5",
        "opens_time": "10：00",
        "opens_weeks_ahead": "2",
        "first": ["elders", "rested"],
        "head_start_hours": "24",
        "elder_age": "65",
        "elder_times": "周二、周四 9:00-11:00",
        "elder_until": "48",
    }
    admin.send_and_follow(admin.get(PATH).form(PATH), **typed)
    (sent,) = district.asked("change_space")
    assert (sent["opening"], sent["shares"], sent["elder_age"]) == (OPENING, [SHARE], 65)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_form_that_is_sent_as_it_stands_keeps_the_rules(
    browser_as: Callable[[str], Browser], district: FakeDistrict, language: str
) -> None:
    district.spaces[0] |= {"opening": OPENING, "shares": [SHARE, SHARE | {"kept_for": "counter", "until_hours": 2}]}
    admin = browser_as("admin")
    path = f"/admin/spaces/{district.spaces[0]['id']}"
    form = admin.get(f"{path}?lang={language}").form(path)
    admin.send_and_follow(form, first=["elders", "rested"])  # the form of these tests has one value for each name
    (sent,) = district.asked("change_space")
    assert (sent["opening"], sent["shares"]) == (OPENING, district.spaces[0]["shares"])


def test_an_admin_looks_before_it_is_saved(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    kept = {"starts_at": centre.at("15:00"), "ends_at": centre.at("16:00"), "kept_for": "elders"}
    district.kept_times = [kept | {"opens_at": centre.at("14:00"), "is_open": False}]
    district.openings = [{"first_day": "2026-03-16", "first_opens_at": centre.at("15:00"), "opens_at": centre.at("16:00")}]
    admin = browser_as("admin")
    html = admin.send(admin.get(PATH).form(PATH), decided="look").get_data(as_text=True)
    assert "保存后会是这样" in html and "今天 15:00–16:00 · 老年人 · 今天 14:00起对所有人开放" in html
    assert "先约 今天 15:00，所有人 今天 16:00" in html
    assert district.asked("change_space") == []


def test_lines_that_are_no_times_are_told_at_their_field(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    answer = admin.send(admin.get(PATH).form(PATH), elder_times="周八上午")
    assert answer.status_code == 422 and 'id="elder_times-error1"' in answer.get_data(as_text=True)
    assert district.asked("change_space") == []


def test_a_space_says_when_it_opens_and_what_it_keeps(visitor: Browser, district: FakeDistrict) -> None:
    court = next(space for space in district.spaces if space["id"] == COURT)
    court |= {"opening": OPENING, "shares": [SHARE]}
    text = visitor.get(f"/spaces/{COURT}?date=2026-03-11").text
    assert "星期五 10:00 开放 2 周后的那一周" in text
    assert "60 岁及以上老年人、近 30 天没有约过同类场地的家庭可以早 24 小时预约" in text
    assert "09:00–11:00" in text and "提前 48 小时对所有人开放" in text
    assert "天预约" not in text


def test_kept_time_says_when_it_opens_and_is_asked_again_for_who_is_signed_in(
    browser_as: Callable[[str], Browser], district: FakeDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = district.get_availability

    def keeping(p: Any, c: Any) -> Any:
        busy = {"starts_at": centre.at("17:00"), "ends_at": centre.at("18:00"), "reason": "kept_for_elders"}
        answer = usual(p, c)
        return answer | {"busy": [*answer["busy"], busy | {"opens_at": centre.at("14:00")}]}

    monkeypatch.setattr(district, "get_availability", keeping)
    page = f"/spaces/{COURT}?date=2026-03-11"
    assert "为老年人保留，剩余的今天 14:00起对所有人开放" in browser_as("visitor").get(page).text
    asked = len(district.asked("get_availability"))
    browser_as("wang").get(page)
    assert len(district.asked("get_availability")) == asked + 1  # the visitor's answer is cached; this one is personal


def test_the_desk_sees_kept_times_and_vouches_for_elders(
    browser_as: Callable[[str], Browser], district: FakeDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {"starts_at": centre.at("17:00"), "ends_at": centre.at("19:00"), "opens_at": centre.at("16:00")}
    district.kept_times = [first | {"kept_for": "counter", "is_open": False}]
    clerk = browser_as("clerk")
    page = clerk.get("/desk/bookings?date=2026-03-11")
    assert "留给窗口和电话预约" in page.text
    monkeypatch.setattr(desk_bookings, "resident_of", lambda form: centre.uid("account", "wang"))
    monkeypatch.setattr(named_resident, "facts_of", lambda account_id: (None, 65, None))
    form = page.form("/desk/bookings")
    clerk.send(form, space_id=COURT, start="17:00", length="60", as_elder="y")
    assert district.asked("book_space")[0]["as_elder"] is True
    context = next(c for name, _, c in district.calls if name == "book_space")
    assert dict(context.identity.ages) == {centre.uid("account", "wang"): 65}
