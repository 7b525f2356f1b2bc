"""Lotteries on pages: entering with ranked wishes, withdrawing, and what admins do."""

from collections.abc import Callable

import pytest

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

ID = centre.uid("lottery", "open")
OPEN, DRAWN = f"/lotteries/{ID}", f"/lotteries/{centre.uid('lottery', 'drawn')}"
ADMIN = f"/admin/lotteries/{ID}"


def test_wishes_are_sent_in_their_order_without_gaps_and_shown_again(wang: Browser, district: FakeDistrict) -> None:
    form = wang.get(OPEN).form(OPEN)
    after = wang.send_and_follow(form, wish_1="3", wish_3="1", wish_4="3", attendees="2")
    assert district.asked("enter_lottery") == [{"lottery_id": ID, "wishes": [3, 1], "attendees": 2}]
    assert "报名成功" in after.text and "我的报名" in after.text and "修改志愿" in after.text
    again = next(form for form in after.forms if form.action == OPEN)
    assert [again.fields[name] for name in ("wish_1", "wish_2", "wish_3")] == ["3", "1", ""]
    assert "周末晚上羽毛球" in wang.get("/mine").text


def test_no_wish_is_no_entry_and_a_refusal_is_beside_the_form(wang: Browser, district: FakeDistrict) -> None:
    form = wang.get(OPEN).form(OPEN)
    empty = wang.send(form)
    assert empty.status_code == 422 and "请至少选一个时段" in empty.text and district.asked("enter_lottery") == []
    district.refusals["enter_lottery"] = Refused("booking.lottery_household_entered", "conflict", "您的家人已经报名。", {})
    refused = wang.send(form, wish_1="1")
    assert refused.status_code == 422 and "您的家人已经报名" in refused.text


def test_a_stranger_is_not_entered_as_somebody_else(wang: Browser, district: FakeDistrict) -> None:
    form = wang.get(OPEN).form(OPEN)
    assert wang.send(form, wish_1="1", resident_id=centre.uid("account", "li")).status_code == 403
    assert district.asked("enter_lottery") == []


def test_an_entry_is_withdrawn_after_a_question(wang: Browser, district: FakeDistrict) -> None:
    page = wang.send_and_follow(wang.get(OPEN).form(OPEN), wish_1="1")
    after = wang.send_and_follow(page.form(f"{OPEN}/entries/{district.entries[0]['id']}/withdraw"))
    assert "已退出这次抽签" in after.text and "我的报名" not in after.text


def test_visitors_see_all_and_are_asked_to_sign_in(browser_as: Callable[[str], Browser]) -> None:
    visitor = browser_as("visitor")
    assert "登录后报名" in visitor.get(OPEN).text
    drawn = visitor.get(DRAWN).text
    assert "1 号中签" in drawn and "被 1 号选走" in drawn and "下载公开记录" in drawn
    assert "周末晚上羽毛球" in visitor.get("/lotteries").text and "周末晚上羽毛球" in visitor.get("/lotteries?over=1").text


def test_an_admin_makes_a_lottery(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    new = "/admin/lotteries/new"
    form = admin.get(new).form(new)
    bad = admin.send(form, title_zh="周末")
    assert bad.status_code == 422 and "请至少选一个场地" in bad.text
    after = admin.send_and_follow(
        form, title_zh="周末", spaces=[centre.uid("space", "badminton-1")], last_clock="00:00", weekdays=["6", "7"]
    )
    (asked,) = district.asked("make_lottery")
    assert (asked["title"], asked["weekdays"], asked["from"], asked["to"]) == ({"zh-CN": "周末"}, [6, 7], "18:00", "24:00")
    assert "已新增抽签" in after.text
    district.refusals["make_lottery"] = Refused("booking.lottery_without_times", "invalid", "没有可抽签的时段", {})
    refused = admin.send(admin.get(new).form(new), title_zh="周末", spaces=[centre.uid("space", "badminton-1")])
    assert refused.status_code == 422 and "没有可抽签的时段" in refused.text


def test_an_admin_tries_closes_and_draws(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    shown = admin.get(ADMIN)
    tried = admin.send(shown.form(f"{ADMIN}/preview"))
    assert "trial:5b1c" in tried.text and "与正式抽签无关" in tried.text
    closed = admin.send_and_follow(shown.form(f"{ADMIN}/close"))
    assert "报名已结束" in closed.text
    drawn = admin.send_and_follow(closed.form(f"{ADMIN}/draw"))
    assert "已抽签" in drawn.text and district.asked("draw_lottery") == [{"lottery_id": ID, "expected_version": 2}]
    district.refusals["cancel_lottery"] = Refused("booking.lottery_over", "conflict", "这次抽签已经结束。", {})
    assert "这次抽签已经结束" in admin.send_and_follow(shown.form(f"{ADMIN}/cancel")).text


def test_an_admin_cancels_with_a_reason(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    after = admin.send_and_follow(admin.get(ADMIN).form(f"{ADMIN}/cancel"), because="few_entries", note="下月再来")
    assert "报名人数太少 · 下月再来" in after.text
    assert "报名人数太少" in browser_as("visitor").get(OPEN).text


@pytest.mark.parametrize("path", ["/admin/lotteries", ADMIN, "/admin/lotteries/new"])
def test_only_admins_manage_lotteries(browser_as: Callable[[str], Browser], path: str) -> None:
    assert browser_as("clerk").client.get(path).status_code == 403
