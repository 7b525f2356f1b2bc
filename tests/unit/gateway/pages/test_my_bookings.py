"""The reader's past bookings, and booking one of them again."""

from datetime import datetime, timedelta

import pytest

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.equipment_district import CHAIRS, kind

COURT = centre.uid("space", "badminton-1")
OURS = centre.uid("booking", "wang-1")
AGAIN = f"/bookings/{OURS}/again"


@pytest.fixture(autouse=True)
def last_week(district: FakeDistrict) -> None:
    """Wang played last Wednesday from 15:00 to 16:00. Today is Wednesday, 09:40."""
    ours = district.bookings[0]
    ours |= {"starts_at": centre.at("15:00", -7), "ends_at": centre.at("16:00", -7), "can": [], "attendees": 5}


def taken(district: FakeDistrict, days: int) -> None:
    space = next(space for space in district.spaces if space["id"] == COURT)
    other = district._made(
        space,
        centre.at("15:30", days),
        centre.at("16:30", days),
        centre.uid("account", "li"),
        centre.uid("booking", f"li-{days + 9}"),
    )
    district.bookings.append(other)


def test_past_bookings_are_shown_by_month(wang: Browser, district: FakeDistrict) -> None:
    space = next(space for space in district.spaces if space["id"] == COURT)
    earlier = district._made(
        space, centre.at("09:00", -30), centre.at("10:00", -30), centre.uid("account", "wang"), centre.uid("booking", "wang-0")
    )
    district.bookings.append(earlier | {"state": "no_show", "no_show_at": centre.at("09:20", -30)})
    page = wang.get("/mine/bookings")
    (asked,) = district.asked("list_bookings")
    assert asked["scope"] == "mine" and datetime.fromisoformat(asked["to"]) == centre.NOW and "from" not in asked
    assert page.text.index("2026年3月") < page.text.index("2026年2月") and "未到场" in page.text
    assert AGAIN in {href for href, _ in page.links}
    assert any(href.startswith("/mine/bookings") for href, _ in wang.get("/mine").links)


def test_all_bookings_have_no_end_and_pages(wang: Browser, district: FakeDistrict) -> None:
    space = next(space for space in district.spaces if space["id"] == COURT)
    for n in range(40):
        start = centre.at("09:00", -n)
        district.bookings.append(
            district._made(
                space, start, start + timedelta(hours=1), centre.uid("account", "wang"), centre.uid("booking", f"wang-{n + 2}")
            )
        )
    page = wang.get("/mine/bookings?which=all")
    assert "to" not in district.asked("list_bookings")[-1]
    more = page.link("cursor=")
    assert "which=all" in more and "更早的预约" in page.text
    assert sum("/again" in href for href, _ in wang.get(more).links) == 11


def test_again_is_the_next_free_date_of_the_weekday(wang: Browser, district: FakeDistrict) -> None:
    taken(district, 0)  # today at this time
    district.equipment = [kind()]
    district.bookings[0]["equipment"] = [
        {"kind_id": CHAIRS, "name": kind()["name"], "quantity": 7, "state": "claimed", "units": []}
    ]
    answer = wang.client.get(AGAIN)
    assert answer.status_code == 303
    page = wang.get(answer.headers["Location"])
    form = page.form("/book")
    assert form.fields["start"] == centre.at("15:00", 7).isoformat()
    assert form.fields["end"] == centre.at("16:00", 7).isoformat()
    assert (form.fields["attendees"], form.fields["purpose"]) == ("5", "球友打球")
    assert form.fields[f"equipment_{CHAIRS}"] == "7"
    wang.send_and_follow(form)
    (sent,) = district.asked("book_space")
    assert sent["starts_at"] == centre.at("15:00", 7).isoformat() and sent["attendees"] == 5


def test_again_leads_to_the_space_if_nothing_is_free(wang: Browser, district: FakeDistrict) -> None:
    for days in (0, 7, 14):
        taken(district, days)
    answer = wang.client.get(AGAIN)
    assert answer.headers["Location"].endswith(f"/spaces/{COURT}")
    assert "没有同一天、同一时间的空位" in wang.get(f"/spaces/{COURT}").text


def test_again_needs_one_call_a_month(wang: Browser, district: FakeDistrict) -> None:
    next(space for space in district.spaces if space["id"] == COURT)["horizon_days"] = 366
    for days in range(0, 370, 7):
        taken(district, days)
    assert wang.client.get(AGAIN).headers["Location"].endswith(f"/spaces/{COURT}")
    assert len(district.asked("get_availability")) == 3


def test_bookings_of_others_cannot_be_booked_again(wang: Browser, district: FakeDistrict) -> None:
    theirs = district.bookings[1]
    assert wang.client.get(f"/bookings/{theirs['id']}/again").status_code == 404
    page = wang.get(f"/spaces/{COURT}/book?start=2026-03-11T13:00:00%2B08:00&again={theirs['id']}")
    assert theirs["purpose"] not in page.form("/book").fields["purpose"]
    assert wang.get(f"/spaces/{COURT}/book?start=2026-03-11T13:00:00%2B08:00&again=x").form("/book").fields["purpose"] == ""


def test_a_space_that_is_gone_leads_to_the_others(wang: Browser, district: FakeDistrict) -> None:
    district.refusals["get_space"] = Refused("space.not_found", "not_found", "没有找到该场地。", {})
    assert wang.client.get(AGAIN).headers["Location"].endswith("/spaces")
