"""Who was moved by a closure answers with one tap, without signing in; the admin sees who has answered."""

from collections.abc import Callable
from typing import Any

import pytest

from chassis.rpc.refusal import Refused
from gateway.web.pages import admin_closures
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

SECRET = "a-secret-of-22-letters"
PAGE = f"/r/{SECRET}"


@pytest.fixture
def question(district: FakeDistrict) -> dict[str, Any]:
    asked = district.question_about_move()
    district.reminded[SECRET] = {
        "subject_type": "question", "subject_id": asked["id"], "account_id": asked["resident_id"], "community_id": "liuyi",
        "name": asked["space_name"], "location": None, "starts_at": asked["starts_at"], "ends_at": asked["ends_at"],
        "answer_by": asked["answer_by"],
    }  # fmt: skip
    return asked


def test_opening_the_link_changes_nothing_and_shows_both_times(
    visitor: Browser, district: FakeDistrict, question: dict[str, Any]
) -> None:
    answer = visitor.client.get(PAGE)
    page = answer.get_data(as_text=True)
    assert "因设备维护" in page and "台球室" in page and "不用答复就按新时间保留" in page and "王" not in page
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Robots-Tag"] == "noindex"
    times = visitor.client.get(f"{PAGE}/times")
    assert times.status_code == 200 and times.headers["Cache-Control"] == "no-store"
    assert not district.asked("answer_question") and not district.asked("choose_like_time")


@pytest.mark.parametrize(("said", "words"), [("needed", "这一次为您保留"), ("not_needed", "邻居现在可以用")])
def test_one_tap_keeps_or_cancels_and_works_once(
    visitor: Browser, district: FakeDistrict, question: dict[str, Any], said: str, words: str
) -> None:
    assert words in visitor.send_and_follow(visitor.get(PAGE).form("/answer"), answer=said).text
    (asked,) = district.asked("answer_question")
    assert (asked["answer"], asked["expected_version"]) == (said, 1)
    visitor.get(PAGE, 410), visitor.get(f"{PAGE}/times", 410)


def test_another_time_is_chosen_in_the_name_of_the_resident(
    visitor: Browser, district: FakeDistrict, question: dict[str, Any]
) -> None:
    form = visitor.get(f"{PAGE}/times").form("/times")
    wanted = f"{question['space_id']}|2026-03-12T19:00:00+08:00|2026-03-12T20:00:00+08:00"
    assert "已改到您选的时间" in visitor.send_and_follow(form, time=wanted).text
    (asked,) = district.asked("choose_like_time")
    assert asked["starts_at"] == "2026-03-12T19:00:00+08:00" and asked["expected_version"] == 1
    (identity,) = (context.identity for name, _, context in district.calls if name == "choose_like_time")
    assert identity.account_id == question["resident_id"] and not identity.roles


def test_a_time_that_somebody_else_took_is_said_and_the_question_stays(
    visitor: Browser, district: FakeDistrict, question: dict[str, Any]
) -> None:
    form = visitor.get(f"{PAGE}/times").form("/times")
    district.refusals["choose_like_time"] = Refused("booking.space_taken", "conflict", "刚被别人订走。", {})
    wanted = f"{question['space_id']}|2026-03-12T19:00:00+08:00|2026-03-12T20:00:00+08:00"
    page = visitor.send_and_follow(form, time=wanted)
    assert "刚被别人订走。" in page.text and "另选时间" in page.text and question["state"] == "open"


def test_the_page_of_the_closure_says_who_has_answered_and_the_list_is_for_the_phone(
    browser_as: Callable[[str], Browser], district: FakeDistrict, question: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are read from the database, which these tests do not have."""
    monkeypatch.setattr(admin_closures, "add_names", lambda items, **columns: None)
    monkeypatch.setattr(admin_closures.people, "reveal", lambda ids: {})
    times = {"starts_at": "2026-03-11T14:00:00+08:00", "ends_at": "2026-03-11T18:00:00+08:00"}
    district.closures.append({
        "id": question["closure_id"], "version": 1, "community_id": "liuyi", "spaces": [], "whole": True, "state": "coming",
        "reason": "maintenance", "note": None, "moved": 1, "cancelled": 0, **times,
    })  # fmt: skip
    admin = browser_as("admin")
    page = admin.get(f"/admin/closures/{question['closure_id']}")
    assert "1 位还没有答复" in page.text and "等待答复" in page.text
    calls = admin.get(f"/admin/closures/{question['closure_id']}/calls")
    assert "台球室" in calls.text and "没有电话" in calls.text
    browser_as("clerk").get(f"/admin/closures/{question['closure_id']}/calls", 403)
    assert centre.uid("closure", "1") == question["closure_id"]


def test_at_the_desk_and_on_the_page_of_the_booking(
    browser_as: Callable[[str], Browser], district: FakeDistrict, question: dict[str, Any]
) -> None:
    wang = browser_as("wang")
    page = wang.get(f"/questions/{question['id']}/times")
    wanted = f"{question['space_id']}|2026-03-12T19:00:00+08:00|2026-03-12T20:00:00+08:00"
    assert wang.send(page.form("/times"), time=wanted).status_code == 303
    assert district.asked("choose_like_time")[0]["expected_version"] == 1
