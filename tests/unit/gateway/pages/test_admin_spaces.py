"""Admins add and change spaces: hours as people write them, and the bookings that would no longer fit."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from chassis.rpc.refusal import Refused
from gateway.web.admin.hours_text import spans_of, text_of_spans
from gateway.web.pages import admin_spaces
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT = centre.uid("space", "badminton-1")
PATH = f"/admin/spaces/{COURT}"


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are read from the database, which these tests do not have."""
    monkeypatch.setattr(admin_spaces, "add_names", lambda items, **columns: None)


@pytest.mark.parametrize(
    ("typed", "spans"),
    [
        ("8:30-12:00, 14:00-21:00", "08:30-12:00, 14:00-21:00"),
        ("８".replace("８", "8") + ":30–12:00，14:00至21:00", "08:30-12:00, 14:00-21:00"),
        ("00:00-24:00", "00:00-24:00"),
        ("18:00 到 02:00", "18:00-02:00"),
        (" 休息 ", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str | None, spans: str) -> None:
    assert text_of_spans(spans_of(typed)) == spans


@pytest.mark.parametrize("typed", ["from nine", "9-12", "9:00-", "9:00-12:00 14:00-15:00"])
def test_what_is_not_hours_is_not_guessed(typed: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        spans_of(typed)


def test_a_form_that_is_sent_as_it_stands_changes_nothing(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    assert admin.get("/admin/spaces").link(PATH)
    admin.send_and_follow(admin.get(PATH).form(PATH))
    (sent,) = district.asked("change_space")
    known = next(space for space in centre.spaces() if space["id"] == COURT)
    kept = ("name", "kind", "section", "capacity", "slot_minutes", "max_minutes", "horizon_days", "open_to")
    assert {name: sent[name] for name in kept} == {name: known[name] for name in kept}
    assert sorted(map(str, sent["opening_hours"])) == sorted(map(str, known["opening_hours"]))
    assert (sent["active"], sent["expected_version"]) == (True, known["version"])


def test_bookings_that_no_longer_fit_are_shown_before_it_is_saved(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    admin = browser_as("admin")
    booked = {name: district.bookings[0][name] for name in ("space_id", "space_name", "starts_at", "ends_at", "attendees")}
    district.misfits = [booked | {"booking_id": district.bookings[0]["id"], "reason": "closed"}]
    shown = admin.send(admin.get(PATH).form(PATH), hours_3="8:00-12:00")
    html = shown.get_data(as_text=True)
    assert shown.status_code == 200 and "1 个预约不再合适" in html and "不在开放时间内" in html
    assert district.asked("change_space") == []
    admin.send_and_follow(admin.get(PATH).form(PATH), hours_3="8:00-12:00", decided="yes")
    assert {"weekday": 3, "opens": "08:00", "closes": "12:00"} in district.asked("change_space")[0]["opening_hours"]


def test_wrong_hours_are_told_at_their_day(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    answer = admin.send(admin.get(PATH).form(PATH), hours_2="上午")
    assert answer.status_code == 422 and 'id="hours_2-error1"' in answer.get_data(as_text=True)
    assert district.asked("preview_space") == district.asked("change_space") == []


def test_a_new_space(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    form = admin.get("/admin/spaces/new").form("/admin/spaces/new")
    typed: dict[str, Any] = {"code": "living-room", "name_zh": "会客厅", "equipment": "投影仪 | Projector\n茶具", "hours_7": ""}
    made = admin.send_and_follow(form, **typed)
    assert "已新增场地" in made.text
    (sent,) = district.asked("add_space")
    assert sent["equipment"] == [{"name": {"zh-CN": "投影仪", "en": "Projector"}}, {"name": {"zh-CN": "茶具"}}]
    assert (sent["community_id"], sent["code"]) == ("liuyi", "living-room") and "parent_id" not in sent
    assert 7 not in {one["weekday"] for one in sent["opening_hours"]}
    district.refusals["add_space"] = Refused("booking.space_code_taken", "conflict", "本社区已有场地使用这个代码。", {})
    again = admin.send(admin.get("/admin/spaces/new").form("/admin/spaces/new"), **typed)
    assert again.status_code == 409 and "茶具" in again.get_data(as_text=True)


def test_what_becomes_of_requests_is_shown_before_approval_changes(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    admin = browser_as("admin")
    waits = {name: district.bookings[0][name] for name in ("space_id", "space_name", "starts_at", "ends_at")}
    waits |= {"booking_id": district.bookings[0]["id"], "answer_by": district.bookings[0]["starts_at"]}
    district.approval_preview = {"approval": "ends", "waiting": [waits], "waiting_count": 1, "coming_count": 2}
    html = admin.send(admin.get(PATH).form(PATH)).get_data(as_text=True)
    assert (
        "以后预约不再须经审批" in html
        and "1 个申请还在等答复" in html
        and "请先答复" in html
        and "已确认的 2 个预约不变" in html
    )
    district.approval_preview |= {"approval": None, "other_approvers": True}
    html = admin.send(admin.get(PATH).form(PATH)).get_data(as_text=True)
    assert "改由其他人审批" in html and "由新选的人答复" in html and "请先答复" not in html
    district.approval_preview |= {"approval": "starts", "waiting": [], "waiting_count": 0}
    html = admin.send(admin.get(PATH).form(PATH), needs_approval="y").get_data(as_text=True)
    assert "以后预约须经审批" in html and "没有等答复的申请" in html
    assert district.asked("change_space") == []
    admin.send_and_follow(admin.get(PATH).form(PATH), needs_approval="y", decided="yes")
    assert district.asked("change_space")[0]["needs_approval"] is True


def test_the_page_says_that_nobody_is_chosen_to_approve(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin, space = browser_as("admin"), next(one for one in district.spaces if one["id"] == COURT)
    for rules, said in (
        ({"needs_approval": False, "approver_ids": []}, False),
        ({"needs_approval": True, "approver_ids": []}, True),
        ({"needs_approval": True, "approver_ids": [str(uuid4())]}, False),
    ):
        space.update(rules)
        assert ('id="no-approver"' in admin.get(PATH).html) is said


def test_a_change_of_approvers_that_concerns_nobody_is_saved_at_once(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    admin = browser_as("admin")
    district.approval_preview = {"other_approvers": True, "coming_count": 2}
    admin.send_and_follow(admin.get(PATH).form(PATH))
    assert len(district.asked("change_space")) == 1


def test_dividing_a_booked_space_says_what_its_parts_will_lack(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    admin = browser_as("admin")
    district.approval_preview = {"coming_count": 3}
    html = admin.send(admin.get(PATH).form(PATH), divisible="y").get_data(as_text=True)
    assert "整个场地的 3 个预约不变" in html and district.asked("change_space") == []


def test_bookings_of_the_whole_are_shown_before_a_part_is_added(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    admin = browser_as("admin")
    district.spaces[0]["divisible"] = True
    taken = {name: district.bookings[0][name] for name in ("space_id", "space_name", "starts_at", "ends_at")}
    district.of_whole = [taken | {"booking_id": district.bookings[0]["id"], "answer_by": None}]
    typed: dict[str, Any] = {"code": "half", "name_zh": "半场", "parent_id": district.spaces[0]["id"]}
    html = admin.send(admin.get("/admin/spaces/new").form("/admin/spaces/new"), **typed).get_data(as_text=True)
    assert "整个场地已有 1 个预约" in html and "半场" in html and district.asked("add_space") == []
    admin.send_and_follow(admin.get("/admin/spaces/new").form("/admin/spaces/new"), **typed, decided="yes")
    assert district.asked("add_space")[0]["parent_id"] == district.spaces[0]["id"]


@pytest.mark.parametrize("path", ["/admin/spaces", "/admin/spaces/new", PATH])
def test_others_have_no_such_pages(browser_as: Callable[[str], Browser], path: str) -> None:
    browser_as("clerk").get(path, status=403)
