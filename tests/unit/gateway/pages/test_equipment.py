"""Equipment on pages: with a booking, at the desk, and for admins."""

from collections.abc import Callable

import pytest

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.equipment_district import CHAIRS, PROJECTOR, UNIT, kind, loan, needed, projector
from tests.unit.gateway.pages.reading import Page

OURS = centre.uid("booking", "wang-1")
SLIP = f"/bookings/{OURS}"
COURT = centre.uid("space", "badminton-1")
BOOK = f"/spaces/{COURT}/book"
AT = "?start=2026-03-11T13:00:00%2B08:00"
KIND = f"/admin/equipment/{PROJECTOR}"


@pytest.fixture(autouse=True)
def stock(district: FakeDistrict) -> None:
    district.equipment = [kind(), projector()]


def test_equipment_is_booked_with_the_space(wang: Browser, district: FakeDistrict) -> None:
    page = wang.get(BOOK + AT)
    assert "这个时间空 25 件" in page.text and "到窗口领取" in page.text
    (asked,) = district.asked("list_equipment")
    assert asked["space_id"] == COURT and asked["from"] < asked["to"]
    wang.send(page.form(BOOK), **{f"equipment_{CHAIRS}": "20", f"equipment_{PROJECTOR}": "1"})
    (sent,) = district.asked("book_space")
    assert sent["equipment"] == [{"kind_id": CHAIRS, "quantity": 20}, {"kind_id": PROJECTOR, "quantity": 1}]
    assert sent.get("if_equipment_taken", "refuse") == "refuse"


def test_who_wants_none_sends_none(wang: Browser, district: FakeDistrict) -> None:
    wang.send(wang.get(BOOK + AT).form(BOOK), **{f"equipment_{CHAIRS}": "no number"})
    (sent,) = district.asked("book_space")
    assert not sent.get("equipment")


def test_what_was_chosen_is_kept_when_it_is_taken(wang: Browser, district: FakeDistrict) -> None:
    missing = [{"kind_id": CHAIRS, "name": kind()["name"], "wanted": 20, "free": 5, "times": []}]
    refused = Refused(
        "booking.equipment_taken", "conflict", "这个时间的设备不够：折叠椅（要 20，只剩 5）。", {"equipment": missing}
    )
    district.refusals["book_space"] = refused
    page = wang.send(wang.get(BOOK + AT).form(BOOK), **{f"equipment_{CHAIRS}": "20"})
    assert page.status_code == 422 and "只剩 5" in page.text and 'value="20"' in page.text


def test_the_slip_says_what_is_reserved_and_changes_it(wang: Browser, district: FakeDistrict) -> None:
    has = {"kind_id": PROJECTOR, "name": projector()["name"], "quantity": 1, "state": "claimed", "units": ["投影仪-1"]}
    lost = {"kind_id": CHAIRS, "name": kind()["name"], "quantity": 10, "state": "lost", "units": []}
    district.bookings[0]["equipment"] = [has, lost]
    page = wang.get(SLIP)
    assert "投影仪-1" in page.text and "没有留到" in page.text
    wang.send(page.form(f"{SLIP}/equipment"), **{f"equipment_{CHAIRS}": "5"})
    (sent,) = district.asked("change_booking_equipment")
    assert {"kind_id": CHAIRS, "quantity": 5} in sent["equipment"] and sent["expected_version"] == 1


def test_a_series_wants_it_on_each_date(wang: Browser, district: FakeDistrict) -> None:
    form = wang.get(BOOK + AT).form(BOOK)
    page = wang.send(form, repeat="weekly-1", until="2026-04-01", **{f"equipment_{CHAIRS}": "20"})
    assert district.asked("preview_series")[0]["equipment"] == [{"kind_id": CHAIRS, "quantity": 20}]
    assert f'name="equipment_{CHAIRS}" value="20"' in page.text


def test_the_desk_books_it_for_a_resident(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    clerk = browser_as("clerk")
    page = clerk.get(f"/desk/bookings?date=2026-03-12&space_id={COURT}&start=10:00&length=60")
    (asked,) = district.asked("list_equipment")
    assert (asked["space_id"], asked["from"], asked["to"]) == (COURT, "2026-03-12T10:00:00+08:00", "2026-03-12T11:00:00+08:00")
    assert "这个时间空 25 件" in page.text
    chosen = {"phone": "19900000001", f"equipment_{CHAIRS}": "20", "without_equipment": "y"}
    clerk.send_and_follow(page.form("/desk/bookings?"), **chosen)
    (sent,) = district.asked("book_space")
    assert sent["equipment"] == [{"kind_id": CHAIRS, "quantity": 20}] and sent["if_equipment_taken"] == "without"


def test_the_desk_keeps_what_was_chosen_when_it_is_taken(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    clerk = browser_as("clerk")
    form = clerk.get(f"/desk/bookings?date=2026-03-12&space_id={COURT}&start=10:00&length=60").form("/desk/bookings?")
    district.refusals["book_space"] = Refused("booking.equipment_taken", "conflict", "这个时间的设备不够。", {"equipment": []})
    page = Page(clerk.send(form, phone="19900000001", **{f"equipment_{CHAIRS}": "20"}).text)
    assert "这个时间的设备不够" in page.text
    assert page.form("/desk/bookings?").fields[f"equipment_{CHAIRS}"] == "20"


def test_the_desk_sees_what_is_free_at_another_time(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    at = f"/desk/bookings/equipment?space_id={COURT}&day=2026-03-13"
    text = browser_as("clerk").client.get(f"{at}&start=14:00&length=90&equipment_{CHAIRS}=3").text
    (asked,) = district.asked("list_equipment")
    assert (asked["from"], asked["to"]) == ("2026-03-13T14:00:00+08:00", "2026-03-13T15:30:00+08:00")
    assert 'value="3"' in text and "<html" not in text
    for odd in ("&start=25:00&length=60", "&start=14:00&length=999999999999", "&start=14:00&length=x", "&start=&length=-5", ""):
        assert "equipment_" not in browser_as("clerk").client.get(at + odd).text
    assert len(district.asked("list_equipment")) == 1
    browser_as("supervisor").get(f"{at}&start=14:00&length=90", status=403)


def test_the_desk_hands_out_and_takes_back(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    district.lending = [needed()]
    clerk = browser_as("clerk")
    page = clerk.get("/desk/equipment")
    clerk.send(page.form(f"{SLIP}/equipment/{PROJECTOR}/hand-out"), label="投影仪-2")
    assert district.asked("hand_out_equipment") == [{"booking_id": OURS, "kind_id": PROJECTOR, "label": "投影仪-2"}]
    district.lending, district.overdue = [needed(loans=[loan()])], [loan()]
    page = clerk.get("/desk/equipment")
    assert "1 件逾期未还" in page.text and "已借出" in page.text
    back = f"/equipment-loans/{loan()['id']}/return"
    clerk.send(page.form(back), damage_note="镜头有划痕", to_repair="y")
    (sent,) = district.asked("take_back_equipment")
    assert (sent["damage_note"], sent["to_repair"]) == ("镜头有划痕", True)


def test_the_desk_sees_what_events_need(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    about = {"session_id": centre.uid("session", "tt-fun"), "title": {"zh-CN": "趣味赛"}, "kind_id": CHAIRS, "quantity": 12}
    names = {"name": kind()["name"], "space_names": [{"zh-CN": "多功能厅"}, {"zh-CN": "羽毛球场一号"}]}
    times = {"starts_at": centre.at("18:00"), "ends_at": centre.at("20:00")}
    district.sessions_lending = [about | names | times | {"state": "claimed", "labels": []}]
    text = browser_as("clerk").get("/desk/equipment").text
    assert "折叠椅 × 12" in text and "多功能厅、羽毛球场一号" in text and "趣味赛" in text and "18:00–20:00" in text


def test_who_only_looks_has_no_buttons(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    district.lending = [needed()]
    page = browser_as("supervisor").get("/desk/equipment")
    assert "投影仪" in page.text and "hand-out" not in str(page.tags)
    browser_as("wang").get("/desk/equipment", status=403)


def test_an_admin_sees_whom_a_repair_would_hit_before_it_is_saved(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    times = {"starts_at": centre.at("15:00"), "ends_at": centre.at("16:00")}
    hit = {"booking_id": OURS, "space_name": {"zh-CN": "羽毛球1号场"}, **times, "quantity": 1, "lost": True}
    district.hits = [hit]
    admin = browser_as("admin")
    page = Page(admin.send(admin.get(KIND).form(f"{KIND}/units/{UNIT}"), state="in_repair").text)
    assert "会影响 1 个预约" in page.text and district.asked("change_equipment_unit") == []
    form = page.form(f"{KIND}/units/{UNIT}")
    admin.send(form, decided="yes")
    (sent,) = district.asked("change_equipment_unit")
    assert (sent["unit_id"], sent["state"], sent["expected_version"]) == (UNIT, "in_repair", 3)


def test_an_admin_adds_a_kind(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    form = admin.get("/admin/equipment/new").form("/admin/equipment/new")
    admin.send(form, name_zh="象棋", counted="pool", quantity="6", most_per_booking="2")
    (sent,) = district.asked("add_equipment")
    assert (sent["name"], sent["counted"], sent["quantity"]) == ({"zh-CN": "象棋"}, "pool", 6)
