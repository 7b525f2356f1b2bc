"""Appeals on pages: the form on the booking, what became of it, and the desk's list."""

from collections.abc import Callable

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

OURS = centre.uid("booking", "wang-1")
SLIP = f"/bookings/{OURS}"


def missed(district: FakeDistrict) -> None:
    district.bookings[0] |= {"state": "no_show", "no_show_at": centre.NOW, "can": ["appeal"]}


def test_the_resident_says_why_and_reads_the_answer(wang: Browser, district: FakeDistrict) -> None:
    missed(district)
    wang.send(wang.get(SLIP).form(f"{SLIP}/appeal"), reason="emergency", text=" 孩子发烧 ")
    assert district.asked("appeal_no_show") == [{"booking_id": OURS, "reason": "emergency", "text": "孩子发烧"}]
    page = wang.get(SLIP).text
    assert "等待答复" in page and "孩子发烧" in page
    district.appeals[0] |= {"state": "refused", "note": "监控里没有人", "decided_at": centre.NOW}
    assert "未获谅解" in wang.get(SLIP).text and "监控里没有人" in wang.get(SLIP).text


def test_the_desk_answers_from_its_list(wang: Browser, browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    missed(district)
    wang.send(wang.get(SLIP).form(f"{SLIP}/appeal"), reason="was_there", text="")
    appeal_id = district.appeals[0]["id"]
    clerk = browser_as("clerk")
    page = clerk.get("/desk/appeals")
    assert "我到场了" in page.text and "王秀英" in page.text
    clerk.send(page.form(f"/desk/appeals/{appeal_id}"), outcome="granted", note="")
    assert district.asked("answer_appeal") == [{"appeal_id": appeal_id, "outcome": "granted"}]
    district.refusals["answer_appeal"] = Refused("invalid", "invalid", "部分字段无效。", {})
    assert "不谅解须写明理由" in clerk.send_and_follow(page.form(f"/desk/appeals/{appeal_id}"), outcome="refused").text
    assert "没有申诉" in clerk.get("/desk/appeals?state=refused").text
