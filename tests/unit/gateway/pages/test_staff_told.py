"""An admin says which staff hear of a space; they mute what they do not want."""

from collections.abc import Callable

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT = centre.uid("space", "badminton-1")
SPACE, TOLD = f"/admin/spaces/{COURT}", f"/admin/spaces/{COURT}/told"
HANDLER = centre.uid("account", "handler")


def test_an_admin_chooses_who_hears_of_what(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    assert admin.get(SPACE).link(TOLD)
    page = admin.get(TOLD)
    assert "周师傅" in page.text and "次日清单" in page.text
    admin.send_and_follow(page.form(TOLD), new=HANDLER, tomorrow=HANDLER, list_at="18:30")
    (sent,) = district.asked("change_space")
    assert sent["staff_told"] == {"new": [HANDLER], "changes": [], "requests": [], "no_shows": [], "tomorrow": [HANDLER]}
    assert (sent["list_at"], sent["list_if_none"], sent["expected_version"]) == ("18:30", False, 1)


def test_what_was_chosen_is_shown_again(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    for space in district.spaces:
        space |= {"staff_told": {"changes": [HANDLER]}, "list_at": "17:45", "list_if_none": True}
    admin = browser_as("admin")
    admin.send_and_follow(admin.get(TOLD).form(TOLD))
    (sent,) = district.asked("change_space")
    assert sent["staff_told"]["changes"] == [HANDLER] and sent["staff_told"]["new"] == []
    assert (sent["list_at"], sent["list_if_none"]) == ("17:45", True)


def test_a_refusal_stays_on_the_page(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    district.refusals["change_space"] = Refused("booking.odd", "invalid", "这个时间不行。", {})
    assert "这个时间不行" in admin.send(admin.get(TOLD).form(TOLD)).text


def test_only_admins_see_it(browser_as: Callable[[str], Browser]) -> None:
    assert browser_as("clerk").get(TOLD, status=403)


def test_staff_mute_what_they_do_not_want(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    clerk = browser_as("clerk")
    form = clerk.get("/mine/reminders").form("/mine/staff-messages")
    clerk.send_and_follow(form, heard=["changes", "tomorrow"])
    assert district.asked("choose_staff_messages") == [{"muted": ["new", "requests", "no_shows", "cases"]}]
    assert "/mine/staff-messages" not in browser_as("resident").get("/mine/reminders").text
