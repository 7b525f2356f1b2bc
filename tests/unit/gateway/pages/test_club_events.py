"""Club events for residents and for their organiser."""

from collections.abc import Callable
from datetime import datetime

import pytest

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

OPEN, FULL = (f"/events/{centre.uid('club_event', code)}" for code in ("tt-fun", "seeds-wed"))


def test_registering_shows_on_the_page_and_under_mine(wang: Browser) -> None:
    page = wang.send_and_follow(wang.get(OPEN).form("/register"))
    assert "报名成功，到时见！" in page.text and "取消报名" in page.text
    assert "乒乓球趣味赛" in wang.get("/mine").text


def test_a_full_session_offers_the_waiting_list(wang: Browser) -> None:
    page = wang.get(FULL)
    assert "排候补" in page.text
    assert "您排在第 4 位" in wang.send_and_follow(page.form("/register")).text


def test_cancelling_frees_the_seat(wang: Browser) -> None:
    page = wang.send_and_follow(wang.get(OPEN).form("/register"))
    after = wang.send_and_follow(page.form("/cancel"))
    assert "已取消报名" in after.text and "/register" in after.html


def test_closed_registration_speaks_of_times_as_people_do(wang: Browser, district: FakeDistrict) -> None:
    details = {"opens_at": "2026-03-10T08:00:00+08:00", "closes_at": "2026-03-11T09:00:00+08:00"}
    district.refusals["register"] = Refused("events.registration_closed", "conflict", "…", details)
    page = wang.send_and_follow(wang.get(OPEN).form("/register"))
    assert "报名时间是 昨天 08:00 到 今天 09:00。" in page.text


def test_what_cannot_be_joined_shows_no_button(wang: Browser, district: FakeDistrict) -> None:
    session = district.events[0]["sessions"][0]
    session["registration_closes_at"] = centre.NOW
    assert "报名已截止" in wang.get(OPEN).text
    session["registration_closes_at"] = session["starts_at"]
    session["registration_opens_at"] = centre.at("12:00")
    assert "今天 12:00 开始报名" in wang.get(OPEN).text
    district.events[0]["state"] = "cancelled"
    page = wang.get(OPEN)
    assert "活动已取消。" in page.text and "/register" not in page.html


@pytest.mark.parametrize(
    ("starts", "closes", "word"),
    [(centre.at("09:00"), None, "进行中"), (centre.at("11:00"), centre.at("09:00"), "报名已截止")],
)
def test_lists_tell_what_can_still_be_joined(
    visitor: Browser, district: FakeDistrict, starts: datetime, closes: datetime | None, word: str
) -> None:
    """What runs or is closed has no seats left to offer, on the home page, in the list and on its own page."""
    session = district.events[0]["sessions"][0]
    session |= {"starts_at": starts, "ends_at": centre.at("12:00"), "registration_closes_at": closes}
    session["registration_opens_at"] = None
    for path in ("/", "/events?when=today", OPEN):
        assert word in visitor.get(path).text, path


def test_visitors_see_the_button_and_are_led_to_sign_in(visitor: Browser) -> None:
    answer = visitor.send(visitor.get(OPEN).form("/register"))
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/sign-in?next={OPEN}", "afterwards they are back at the event"
    answer = visitor.send(visitor.get("/clubs").form("/join"))
    assert answer.headers["Location"] == "/sign-in?next=/clubs"


def test_a_seat_and_a_club_are_given_up_after_a_question(wang: Browser) -> None:
    page = wang.send_and_follow(wang.get(OPEN).form("/register"))
    assert "确定不参加了吗" in page.text and page.html.index("<details") < page.html.index("/cancel")
    club = wang.send_and_follow(wang.get("/clubs").form("/join"))
    assert "退出后不再收到社团的消息" in club.text


def test_today_and_this_week_differ(visitor: Browser) -> None:
    assert "VR 看家乡体验日" in visitor.get("/events").text
    assert "VR 看家乡体验日" not in visitor.get("/events?when=today").text


def test_joining_and_leaving_a_club(wang: Browser) -> None:
    page = wang.send_and_follow(wang.get("/clubs").form("/join"))
    assert "已加入社团，欢迎！" in page.text
    assert "已退出社团。" in wang.send_and_follow(page.form("/leave")).text


def test_an_organiser_drafts_and_publishes(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    organiser = browser_as("organiser")
    typed = {"title": "剪纸课", "description": "带剪刀", "location": "二楼", "weeks": "2", "starts_at": "2026-03-18T09:00"}
    draft = organiser.send_and_follow(organiser.get("/desk/events/new").form("/desk/events/new"), **typed)
    assert "草稿已保存" in draft.text
    sent = district.asked("draft_club_event")[0]
    assert [session["starts_at"] for session in sent["sessions"]] == ["2026-03-18T09:00:00+08:00", "2026-03-25T09:00:00+08:00"]
    assert sent["sessions"][0]["ends_at"] == "2026-03-18T10:30:00+08:00" and sent["title"] == {"zh-CN": "剪纸课"}
    assert "已发布" in organiser.send_and_follow(draft.form("/publish")).text


def test_an_incomplete_draft_says_what_is_missing(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    organiser = browser_as("organiser")
    answer = organiser.send(organiser.get("/desk/events/new").form("/desk/events/new"), title="", description="x", location="y")
    assert answer.status_code == 422 and "请填写活动名称。" in answer.get_data(as_text=True)
    assert not district.asked("draft_club_event")


def test_the_registration_list_has_names_and_phones(browser_as: Callable[[str], Browser]) -> None:
    resident = browser_as("wang")
    resident.send(resident.get(OPEN).form("/register"))
    page = browser_as("organiser").get(OPEN.replace("/events/", "/desk/events/"))
    assert "王秀英" in page.text and "+8619900000001" in page.text


def test_calling_it_off_is_offered_to_its_organiser_only(browser_as: Callable[[str], Browser]) -> None:
    """As the service has it; a supervisor's button would end in a refusal."""
    desk = OPEN.replace("/events/", "/desk/events/")
    for name in ("supervisor", "clerk"):
        assert "/cancel" not in browser_as(name).get(desk).html
    assert "/cancel" in browser_as("organiser").get(desk).html


def test_the_reason_is_where_the_form_says_that_it_will_be(browser_as: Callable[[str], Browser]) -> None:
    organiser = browser_as("organiser")
    page = organiser.get(OPEN.replace("/events/", "/desk/events/"))
    assert "原因（显示在活动页面上）" in page.text
    organiser.send_and_follow(page.form("/cancel"), reason="场地检修")
    assert "活动已取消。场地检修" in browser_as("visitor").get(OPEN).text


def test_only_organisers_draft(browser_as: Callable[[str], Browser]) -> None:
    browser_as("clerk").get("/desk/events/new", status=403)
    assert "/desk/events/new" not in browser_as("clerk").get("/desk/events").html
