"""The rooms of club events on pages: choosing one, waiting for it, alternatives, moving and calling off one session."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

EVENT, SESSION = centre.uid("club_event", "tt-fun"), centre.uid("session", "tt-fun")
ROOM = centre.uid("space", "badminton-1")
DESK, PAGE = f"/desk/events/{EVENT}", f"/events/{EVENT}"
MOVE = f"{DESK}/sessions/{SESSION}/move"
TIMES = {"starts_at": "2026-03-12T09:00:00+08:00", "ends_at": "2026-03-12T11:00:00+08:00"}


@pytest.fixture
def organiser(browser_as: Callable[[str], Browser]) -> Browser:
    return browser_as("organiser")


@pytest.fixture
def refused_room(district: FakeDistrict) -> dict[str, Any]:
    """A draft whose room was refused."""
    district.events[0]["state"] = "draft"
    refusal = {
        "space_id": ROOM,
        "reason": "booking.space_taken",
        "message": centre.both("该时段已被预约。", "The space is already taken at that time."),
        "held": False,
        "wanted": {**TIMES, "location": "羽毛球1号场", "space_id": ROOM},
        "alternatives": [{**TIMES, "space_id": ROOM, "space_name": centre.both("羽毛球2号场", "Court 2")}],
    }
    district.rooms = [{"session_id": SESSION, "room": "refused", "refusal": refusal}]
    return refusal


def test_a_draft_names_a_space_and_takes_its_name(organiser: Browser, district: FakeDistrict) -> None:
    typed = {"title": "剪纸课", "description": "带剪刀", "space_id": ROOM, "starts_at": "2026-03-18T09:00"}
    form = organiser.get("/desk/events/new").form("/desk/events/new")
    organiser.send_and_follow(form, **typed)
    sent = district.asked("draft_club_event")[0]
    assert sent["space_id"] == ROOM and sent["location"] == next(s for s in district.spaces if s["id"] == ROOM)["name"]["zh-CN"]
    nowhere = organiser.send(form, **(typed | {"space_id": "", "location": ""}))
    assert nowhere.status_code == 422 and "请选择场地，或填写地点。" in nowhere.get_data(as_text=True)


def test_publishing_with_a_room_says_that_it_waits(organiser: Browser, district: FakeDistrict) -> None:
    district.events[0] |= {"state": "draft", "space_id": ROOM}
    page = organiser.send_and_follow(organiser.get(DESK).form("/publish"))
    assert "正在确认场地，确认后自动发布。" in page.text and "等待场地" in page.text
    assert "/publish" not in page.html and "/cancel" in page.html


def test_an_alternative_is_taken_and_published_by_one_tap(
    organiser: Browser, district: FakeDistrict, refused_room: dict[str, Any]
) -> None:
    page = organiser.get(DESK)
    assert "没有订到场地" in page.text and "该时段已被预约。" in page.text and "羽毛球2号场" in page.text
    organiser.send_and_follow(page.form("/alternative"))
    sent = district.asked("move_session")[0]
    assert sent == {"session_id": SESSION, **TIMES, "location": "羽毛球2号场", "space_id": ROOM}
    assert len(district.asked("publish_club_event")) == 1


def test_who_only_looks_gets_no_buttons(browser_as: Callable[[str], Browser], refused_room: dict[str, Any]) -> None:
    for name in ("clerk", "supervisor"):
        page = browser_as(name).get(DESK)
        assert "该时段已被预约。" in page.text
        assert "/alternative" not in page.html and "/move" not in page.html
        browser_as(name).get(MOVE, status=403)


def test_a_session_is_moved_and_the_page_says_when_that_counts(organiser: Browser, district: FakeDistrict) -> None:
    form = organiser.get(MOVE).form("/move")
    assert form.fields["starts_at"] == "2026-03-11T14:30" and form.fields["length"] == "120"
    page = organiser.send_and_follow(form, starts_at="2026-03-12T09:00", space_id=ROOM, location="")
    assert "场地确认后生效" in page.text
    sent = district.asked("move_session")[0]
    assert (sent["starts_at"], sent["space_id"], sent["expected_version"]) == (TIMES["starts_at"], ROOM, 2)
    page = organiser.send_and_follow(organiser.get(MOVE).form("/move"), location="小广场")
    assert "已改期，报名的人会收到通知。" in page.text
    assert "space_id" not in district.asked("move_session")[1]


def test_another_space_brings_its_own_name(organiser: Browser, district: FakeDistrict) -> None:
    first, second = district.spaces[0], district.spaces[1]
    district.events[0]["sessions"][0] |= {"space_id": first["id"], "location": first["name"]["zh-CN"]}
    form = organiser.get(MOVE).form("/move")
    assert form.fields["space_id"] == first["id"] and not form.fields.get("location")
    organiser.send_and_follow(form, space_id=second["id"])
    assert district.asked("move_session")[0]["location"] == second["name"]["zh-CN"]


def test_a_move_that_is_refused_keeps_what_was_typed(organiser: Browser, district: FakeDistrict) -> None:
    district.refusals["move_session"] = Refused("events.rooms_pending", "conflict", "该活动正在等待场地确认，请稍后再试。", {})
    answer = organiser.send(organiser.get(MOVE).form("/move"), location="小广场")
    assert answer.status_code == 422
    assert "正在等待场地确认" in answer.get_data(as_text=True) and "小广场" in answer.get_data(as_text=True)


def test_what_waits_and_what_is_held_is_shown(organiser: Browser, district: FakeDistrict) -> None:
    waits = {**TIMES, "location": "图书阅览室", "space_id": ROOM}
    district.rooms = [{"session_id": SESSION, "room": "waiting", "moves_to": waits}]
    assert "等待改到 明天 09:00–11:00，图书阅览室" in organiser.get(DESK).text
    district.rooms = [{"session_id": SESSION, "room": "held"}]
    assert "场地已确认" in organiser.get(DESK).text


def test_one_session_of_several_is_called_off(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    organiser = browser_as("organiser")
    event = district.events[0]
    assert f"/sessions/{SESSION}/cancel" not in organiser.get(DESK).html, "the last one"
    later = event["sessions"][0] | {"id": centre.uid("session", "later"), "starts_at": centre.at("14:30", 1)}
    event["sessions"].append(later | {"ends_at": centre.at("16:30", 1)})
    form = organiser.get(DESK).form(f"/sessions/{SESSION}/cancel")
    assert "请写明取消的原因" in organiser.send_and_follow(form, reason=" ").text
    assert not district.asked("cancel_session")
    assert "这一场已取消" in organiser.send_and_follow(form, reason="教师请假").text
    assert "这一场已取消。教师请假" in browser_as("visitor").get(PAGE).text
    assert "乒乓球趣味赛" not in browser_as("visitor").get("/events?when=today").text


def test_texts_of_what_is_published_are_corrected(organiser: Browser, district: FakeDistrict) -> None:
    form = organiser.get(f"{DESK}/edit").form("/edit")
    assert form.fields["title"] == "乒乓球趣味赛" and form.fields["title_en"] == "Fun table-tennis match"
    page = organiser.send_and_follow(form, title="乒乓球友谊赛")
    assert "乒乓球友谊赛" in page.text
    sent = district.asked("revise_club_event")[0]
    assert sent["title"] == {"zh-CN": "乒乓球友谊赛", "en": "Fun table-tennis match"} and sent["expected_version"] == 2
    assert organiser.send(form, title="").status_code == 422


def test_an_own_place_is_shown_to_those_who_come(visitor: Browser, district: FakeDistrict) -> None:
    district.events[0]["sessions"][0] |= {"location": "图书阅览室", "space_id": ROOM}
    page = visitor.get(PAGE)
    assert "图书阅览室" in page.text and f"/spaces/{ROOM}" in page.html


def test_events_are_on_the_day_grid_of_the_desk(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    hall, court = district.spaces[0], district.spaces[1]
    court["parent_id"] = hall["id"]
    start = centre.at("14:00")
    held = {"holder_id": SESSION, "space_ids": [hall["id"]], "starts_at": start, "ends_at": start + timedelta(hours=2)}
    district.claimed_times = [held | {"title": centre.both("合唱", "Choir")}]
    page = browser_as("clerk").get("/desk/bookings")
    assert page.html.count("合唱") >= 2, "on the row of the hall and on that of its part"
    district.claimed_times[0]["title"] = None
    assert "活动占用" in browser_as("clerk").get("/desk/bookings").html


def test_the_day_grid_shows_a_part_on_its_whole_and_a_whole_on_its_parts(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    """B15: courts are taken, so the hall is not free; short bookings carry a name."""
    hall, *courts = (space for space in district.spaces if space["section"] == "elders")
    for court in courts:
        court["parent_id"] = hall["id"]
    district.bookings = [
        district._booking(courts[0]["code"], "10:00", "11:00", "wang", "one"),
        district._booking(courts[1]["code"], "10:30", "12:00", "li", "two"),
        district._booking(hall["code"], "14:00", "14:30", "li", "three") | {"purpose": "排练"},
    ]
    page = browser_as("clerk").get("/desk/bookings")
    shared = re.findall(r'<td class="taken shared[^>]*colspan="(\d+)"><span title="([^"]*)">', page.html)
    names = "、".join(court["name"]["zh-CN"] for court in courts[:2])
    assert ("8", f"10:00–12:00 部分场地已占用 {names}") in shared, "the time of both courts together, on the row of the hall"
    assert sum("整个场地已占用" in title for _, title in shared) == len(courts)
    assert len(shared) == 1 + len(courts)
    assert re.search(r'<td class="taken narrow" colspan="2"[^>]*><a [^>]*title="14:00–14:30 排练"[^>]*>.*?排练</a>', page.html)
    reader = browser_as("clerk")
    english = reader.send_and_follow(reader.get("/desk/bookings").form("/preferences"), language="en").html
    assert "A part is taken" in english and "The whole space is taken" in english


def test_the_page_of_a_space_says_that_a_part_is_taken(
    visitor: Browser, district: FakeDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = district.get_availability

    def partly(p: Any, c: Any) -> Any:
        start = centre.at("14:00")
        busy = {"starts_at": start, "ends_at": start + timedelta(hours=2), "reason": "booked", "taken_as": "part"}
        later = [item for item in usual(p, c)["free"] if item["starts_at"] >= start + timedelta(days=1)]
        return usual(p, c) | {"busy": [busy], "free": later}

    monkeypatch.setattr(district, "get_availability", partly)
    assert "部分场地已占用" in visitor.get(f"/spaces/{ROOM}?date=2026-03-11").text


def test_the_page_of_a_space_names_the_event(visitor: Browser, district: FakeDistrict, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = district.get_availability

    def with_event(p: Any, c: Any) -> Any:
        answer = usual(p, c)
        start = centre.at("14:00")
        busy = {
            "starts_at": start,
            "ends_at": start + timedelta(hours=2),
            "reason": "event",
            "title": centre.both("合唱", "Choir"),
        }
        free = [item for item in answer["free"] if item["starts_at"] >= start + timedelta(days=1)]
        return answer | {"busy": [busy], "free": free}

    monkeypatch.setattr(district, "get_availability", with_event)
    assert "活动占用 · 合唱" in visitor.get(f"/spaces/{ROOM}?date=2026-03-11").text
