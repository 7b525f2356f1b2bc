"""From a free slot to a booking, and what follows."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chassis.rpc.refusal import Refused
from gateway.web import desk_days
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.centre import Json
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.reading import Form, Page

COURT = centre.uid("space", "badminton-1")
OURS = centre.uid("booking", "wang-1")
BOOK = f"/spaces/{COURT}/book?start=2026-03-11T13:00:00%2B08:00"


def test_a_day_shows_free_starts_and_the_reasons_for_the_rest(visitor: Browser) -> None:
    page = visitor.get(f"/spaces/{COURT}?date=2026-03-11")
    assert "15:00–16:00已有预约" in page.text.replace("\n", "")
    # An hour at least: 14:30 would run into the booking at 15:00.
    starts = [href for href, _ in page.links if "/book?" in href]
    assert any("T14:00" in href for href in starts) and not any("T14:30" in href for href in starts)


def test_a_slot_leads_to_a_form_that_offers_the_ends_that_are_free(wang: Browser) -> None:
    page = wang.get(BOOK)
    offered = [a["value"] for tag, a in page.tags if tag == "option" and a["value"].startswith("2026")]
    assert offered == ["2026-03-11T14:00:00+08:00", "2026-03-11T14:30:00+08:00", "2026-03-11T15:00:00+08:00"]


def test_a_time_that_cannot_be_booked_says_why_in_the_words_of_the_service(wang: Browser, district: FakeDistrict) -> None:
    """B6."""
    district.refusals["check_time"] = Refused("booking.too_far", "conflict", "该时段从2026-03-20起可以预约。", {})
    page = wang.get(f"/spaces/{COURT}/book?start=2026-03-11T21:00:00%2B08:00")
    assert "该时段从2026-03-20起可以预约。" in page.text and "订走" not in page.text
    asked = district.asked("check_time")[0]
    assert (asked["starts_at"], asked["ends_at"]) == ("2026-03-11T21:00:00+08:00", "2026-03-11T22:00:00+08:00")


def test_booking_goes_through_to_its_slip(wang: Browser, district: FakeDistrict) -> None:
    page = wang.send_and_follow(wang.get(BOOK).form("/book"), attendees="4", purpose=" 打球 ")
    assert "预约成功" in page.text and "羽毛球场一号" in page.text and "今天 13:00–14:00" in page.text
    sent = district.asked("book_space")[0]
    assert sent == {
        "space_id": COURT,
        "starts_at": "2026-03-11T13:00:00+08:00",
        "ends_at": "2026-03-11T14:00:00+08:00",
        "attendees": 4,
        "purpose": "打球",
    }


def test_a_double_click_books_once(wang: Browser, district: FakeDistrict) -> None:
    form = wang.get(BOOK).form("/book")
    first, second = wang.send(form), wang.send(form)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(district.bookings) == 3
    keys = {context.idempotency_key for method, _, context in district.calls if method == "book_space"}
    assert keys == {form.fields["idempotency_key"]}


def test_two_forms_carry_two_keys(wang: Browser) -> None:
    keys = {wang.get(BOOK).form("/book").fields["idempotency_key"] for _ in range(2)}
    assert len(keys) == 2


def test_taken_meanwhile_offers_alternatives_that_one_tap_books(wang: Browser, district: FakeDistrict) -> None:
    form = wang.get(BOOK).form("/book")
    district.bookings.append(district._booking("badminton-1", "13:00", "14:00", "li", "li-2"))
    answer = wang.send(form, purpose="打球")
    assert answer.status_code == 409
    page = Page(answer.get_data(as_text=True))
    assert "该时段已被预约。" in page.text and "今天 14:00–15:00" in page.text
    alternative = page.form("/book")
    assert alternative.fields["purpose"] == "打球"
    assert alternative.fields["idempotency_key"] != form.fields["idempotency_key"]
    assert "今天 14:00–15:00" in wang.send_and_follow(alternative).text


def test_errors_stand_beside_their_fields_and_what_was_typed_stays(wang: Browser, district: FakeDistrict) -> None:
    answer = wang.send(wang.get(BOOK).form("/book"), attendees="0", purpose="打球")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'aria-describedby="attendees-hint attendees-error1"' in html and 'value="打球"' in html
    assert not district.asked("book_space")


def test_text_in_place_of_a_number_is_refused_once_and_in_the_language_of_the_page(wang: Browser) -> None:
    answer = wang.send(wang.get(BOOK).form("/book"), attendees="many", purpose="打球")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "人数请填 1 以上的整数。" in html and 'id="attendees-error1"' in html
    assert "Not a valid integer value" not in html and "attendees-error2" not in html


def test_what_the_service_refuses_is_told_in_words(wang: Browser, district: FakeDistrict) -> None:
    district.refusals["book_space"] = Refused("booking.closed", "conflict", "该场地在所选时段不开放。", {})
    answer = wang.send(wang.get(BOOK).form("/book"))
    assert answer.status_code == 422 and "该场地在所选时段不开放。" in answer.get_data(as_text=True)


def test_cancelling_asks_first_and_then_says_so(wang: Browser, district: FakeDistrict) -> None:
    page = wang.get(f"/bookings/{OURS}")
    after = wang.send_and_follow(page.form("/cancel"), reason="下雨")
    assert "已取消预约。" in after.text and "下雨" in after.text
    assert district.asked("cancel_booking") == [{"booking_id": OURS, "reason": "下雨"}]
    assert not [form for form in after.forms if "/cancel" in form.action]


def test_staff_say_why_from_a_short_list(browser_as: Callable[[str], Browser], district: FakeDistrict, wang: Browser) -> None:
    assert "staff_reason" not in wang.get(f"/bookings/{OURS}").form("/cancel").fields
    clerk = browser_as("clerk")
    moving = clerk.get(f"/bookings/{OURS}/move?start=2026-03-12T10:00:00%2B08:00")
    clerk.send(moving.form("/move"), staff_reason="maintenance")
    clerk.send(clerk.get(f"/bookings/{OURS}").form("/cancel"), staff_reason="asked")
    assert district.asked("reschedule_booking")[0]["staff_reason"] == "maintenance"
    assert district.asked("cancel_booking")[0]["staff_reason"] == "asked"


def test_a_running_booking_is_ended_from_its_page(wang: Browser, district: FakeDistrict) -> None:
    district.bookings[0]["can"] = ["end"]
    page = wang.get(f"/bookings/{OURS}")
    after = wang.send_and_follow(page.form("/end"))
    assert district.asked("end_booking") == [{"booking_id": OURS, "expected_version": 1}]
    assert "已提前结束" in after.text and "原定到 16:00" in after.text
    district.bookings[0]["can"] = ["end"]
    district.refusals["end_booking"] = Refused("booking.not_running", "conflict", "只有正在进行的预约才能提前结束。", {})
    assert "只有正在进行的预约" in wang.send_and_follow(wang.get(f"/bookings/{OURS}").form("/end")).text


def test_moving_keeps_the_booking_and_its_version(wang: Browser, district: FakeDistrict) -> None:
    page = wang.get(f"/bookings/{OURS}/move?start=2026-03-12T10:00:00%2B08:00")
    after = wang.send_and_follow(page.form("/move"))
    assert "明天 10:00–11:00" in after.text
    assert district.asked("reschedule_booking")[0]["expected_version"] == 1


def test_the_form_says_until_when_it_can_be_cancelled(wang: Browser, district: FakeDistrict) -> None:
    assert "开始前都可以取消或改期" in wang.get(BOOK).text
    next(space for space in district.spaces if space["id"] == COURT)["cancel_notice_minutes"] = 120
    page = wang.get(BOOK).text
    assert "开始前 2 小时 之内不能自行取消" in page and "开始前都可以" not in page


def test_a_booking_moves_to_another_space(wang: Browser, district: FakeDistrict) -> None:
    other = centre.uid("space", "badminton-2")
    chooser = wang.get(f"/bookings/{OURS}/move")
    offered = [a["value"] for tag, a in chooser.tags if tag == "option"]
    assert COURT in offered and other in offered
    page = wang.get(f"/bookings/{OURS}/move?space_id={other}&start=2026-03-12T10:00:00%2B08:00")
    assert "新的场地" in page.text and f"space_id={other}" in str(page.links)
    after = wang.send_and_follow(page.form("/move"))
    assert "已改期" in after.text and "羽毛球场二号" in after.text
    assert district.asked("reschedule_booking")[0]["space_id"] == other


def test_a_clerk_moves_a_booking_beyond_the_rules(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    clerk = browser_as("clerk")
    page = clerk.get(next(a for a, _ in clerk.get(f"/bookings/{OURS}/move").links if a and a.endswith("/move/beyond")))
    form = page.form("/move/beyond")
    assert (form.fields["day"], form.fields["start"], form.fields["length"]) == ("2026-03-11", "15:00", "60")
    assert "8 小时（须写理由）" in page.text
    wish = {"day": "2026-05-04", "start": "09:00", "length": "480", "staff_reason": "official_use"}
    assert "请写明超出规定的理由" in clerk.send(form, **wish).get_data(as_text=True)
    assert not district.asked("reschedule_booking")
    assert "已改期" in clerk.send_and_follow(form, **wish, beyond_reason="会场更换").text
    (sent,) = district.asked("reschedule_booking")
    assert (sent["beyond_reason"], sent["staff_reason"], sent["space_id"]) == ("会场更换", "official_use", COURT)
    hours = [datetime.fromisoformat(sent[name]) for name in ("starts_at", "ends_at")]
    assert [at.astimezone(centre.ZONE).isoformat()[:16] for at in hours] == ["2026-05-04T09:00", "2026-05-04T17:00"]


def test_a_move_beyond_the_rules_is_for_staff_and_shown_to_them(
    browser_as: Callable[[str], Browser], wang: Browser, district: FakeDistrict
) -> None:
    assert "/move/beyond" not in wang.get(f"/bookings/{OURS}/move").html
    wang.get(f"/bookings/{OURS}/move/beyond", 403)
    noted = {"at": centre.at("09:00"), "by": centre.uid("account", "clerk"), "reason": "会场更换", "rules": ["booking.too_far"]}
    noted |= {"space_id": COURT, "space_name": centre.both("羽毛球场一号", "Court 1")}
    noted |= {"starts_at": centre.at("15:00"), "ends_at": centre.at("16:00")}
    district.bookings[0]["beyond_moves"] = [noted]
    text = browser_as("clerk").get(f"/bookings/{OURS}").text
    assert "超出规定改期" in text and "会场更换" in text and "张窗口" in text
    taken = Refused("booking.closed", "conflict", "不开放。", {"alternatives": [noted]})
    district.refusals["reschedule_booking"] = taken
    clerk = browser_as("clerk")
    form = clerk.get(f"/bookings/{OURS}/move/beyond").form("/move/beyond")
    answer = clerk.send(form, beyond_reason="会场更换", staff_reason="official_use")
    assert answer.status_code == 409 and "这些时间现在空着" in answer.get_data(as_text=True)


def test_only_spaces_with_room_for_the_party_are_offered(wang: Browser, district: FakeDistrict) -> None:
    district.bookings[0]["attendees"] = 1000
    assert 'id="space_id"' not in wang.get(f"/bookings/{OURS}/move").html


@pytest.mark.parametrize("space_id", ["", "no-uuid"])
def test_a_malformed_space_is_like_none(wang: Browser, space_id: str) -> None:
    assert "羽毛球场一号" in wang.get(f"/bookings/{OURS}/move?space_id={space_id}").text


def test_the_slip_says_until_when_it_can_be_cancelled(wang: Browser, district: FakeDistrict) -> None:
    booking = district.bookings[0]
    booking["free_until"] = booking["starts_at"] - timedelta(hours=1)
    assert "取消截止" in wang.get(f"/bookings/{OURS}").text
    booking["free_until"] = booking["starts_at"] - timedelta(days=30)
    booking["can"] = ["change_attendees"]
    page = wang.get(f"/bookings/{OURS}")
    assert "请致电服务中心" in page.text and "取消截止" not in page.text


def test_changed_meanwhile_is_told_and_the_calendar_shown_again(wang: Browser, district: FakeDistrict) -> None:
    district.refusals["reschedule_booking"] = Refused("version_mismatch", "precondition", "内容已被更新，请刷新后重试。", {})
    answer = wang.send(wang.get(f"/bookings/{OURS}/move?start=2026-03-12T10:00:00%2B08:00").form("/move"))
    assert answer.status_code == 422 and "内容已被更新" in answer.get_data(as_text=True)


@pytest.mark.parametrize("who", ["wang", "clerk"])
def test_the_number_of_people_is_changed_from_the_version_shown(
    browser_as: Callable[[str], Browser], district: FakeDistrict, who: str
) -> None:
    browser = browser_as(who)
    form = browser.get(f"/bookings/{OURS}").form("/attendees")
    assert form.fields["attendees"] == "4"
    after = browser.send_and_follow(form, attendees="3")
    assert "已更改人数。" in after.text and after.form("/attendees").fields["attendees"] == "3"
    assert district.asked("change_attendees") == [{"booking_id": OURS, "attendees": 3, "expected_version": 1}]


@pytest.mark.parametrize("typed", ["0", "", "many"])
def test_a_number_that_is_none_is_told_beside_the_field(wang: Browser, district: FakeDistrict, typed: str) -> None:
    answer = wang.send(wang.get(f"/bookings/{OURS}").form("/attendees"), attendees=typed)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422 and 'id="attendees-error1"' in html and "人数请填 1 以上的整数。" in html
    assert not district.asked("change_attendees")


def test_too_many_people_show_the_form_again(wang: Browser, district: FakeDistrict) -> None:
    district.refusals["change_attendees"] = Refused("booking.over_capacity", "invalid", "该场地最多容纳4人。", {"capacity": 4})
    answer = wang.send(wang.get(f"/bookings/{OURS}").form("/attendees"), attendees="9")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "该场地最多容纳4人。" in html
    assert Page(html).form("/attendees").fields["attendees"] == "9"


@pytest.mark.parametrize(("code", "kind"), [("version_mismatch", "precondition"), ("booking.attendees_fixed", "conflict")])
def test_why_the_number_stays_is_told_on_the_booking(wang: Browser, district: FakeDistrict, code: str, kind: str) -> None:
    district.refusals["change_attendees"] = Refused(code, kind, "改不了。", {})
    page = wang.send_and_follow(wang.get(f"/bookings/{OURS}").form("/attendees"), attendees="3")
    assert "改不了。" in page.text


def test_no_step_no_form(wang: Browser, district: FakeDistrict) -> None:
    for booking in district.bookings:
        booking["can"] = ["cancel", "move"]
    assert not [form for form in wang.get(f"/bookings/{OURS}").forms if "/attendees" in form.action]


def test_a_clerk_books_for_a_resident_by_phone(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    clerk = browser_as("clerk")
    typed = {"phone": "19900000001", "space_id": centre.uid("space", "day-care"), "start": "09:30", "length": "60"}
    page = clerk.send_and_follow(clerk_form(clerk), **typed, day="2026-03-12")
    assert "已代为预约：日间照料室，明天 09:30–10:30。" in page.text
    sent = district.asked("book_space")[0]
    assert sent["resident_id"] == str(centre.WANG) and sent["starts_at"] == "2026-03-12T09:30:00+08:00"


@pytest.mark.parametrize(
    ("day", "start"),
    [("2026-03-11", "10:00"), ("2026-03-12", "08:00")],  # it is 09:40, and the centre opens at eight
)
def test_a_clerk_is_offered_the_next_time_that_can_be_booked(
    browser_as: Callable[[str], Browser], day: str, start: str
) -> None:
    assert clerk_form(browser_as("clerk"), f"?date={day}").fields["start"] == start


def test_a_booking_too_short_for_a_word_tells_its_time_all_the_same(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    district.bookings = [district._booking("badminton-1", "15:00", "15:30", "wang", "wang-1")]
    html = browser_as("clerk").get("/desk/bookings").html
    assert '<span class="visually-hidden">15:00–15:30 </span>' in html
    assert 'title="15:00–15:30 球友打球"' in html


def test_an_unknown_phone_is_told_beside_the_field(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    clerk = browser_as("clerk")
    answer = clerk.send(clerk_form(clerk), phone="19999999999")
    assert answer.status_code == 422 and "没有登记过这个号码" in answer.get_data(as_text=True)
    assert not district.asked("book_space")


def test_a_busy_day_of_the_desk_is_shown_whole(browser_as: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = browser_as("clerk").get("/desk/bookings")
    monkeypatch.setattr(desk_days, "PER_PAGE", 1)
    assert cells_of(browser_as("clerk").get("/desk/bookings")) == cells_of(whole) != []
    assert "下一页" not in whole.text


def test_a_busier_one_says_that_it_goes_on(browser_as: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = cells_of(browser_as("clerk").get("/desk/bookings"))
    monkeypatch.setattr(desk_days, "PER_PAGE", 1)
    monkeypatch.setattr(desk_days, "PAGES", 1)
    seen: list[str] = []
    address = "/desk/bookings"
    while address:
        page = browser_as("clerk").get(address)
        assert "空白的时间不一定空着" in page.text
        seen += cells_of(page)
        address = next((href for href, _ in page.links if "cursor=" in href), "")
    assert sorted(seen) == sorted(whole) and len(seen) > 1


def cells_of(page: Page) -> list[str]:
    """Addresses of the bookings in the day's table."""
    return re.findall(r'<td class="taken"[^>]*><a href="([^"]+)"', page.html)


def test_the_day_of_the_desk_shows_each_booking_at_its_time(browser_as: Callable[[str], Browser]) -> None:
    page = browser_as("clerk").get("/desk/bookings")
    wide = [a["colspan"] for tag, a in page.tags if tag == "td" and a.get("class") == "taken"]
    assert sorted(wide) == ["4", "8"]  # quarters of an hour: one booking of an hour, one of two
    assert "2 个预约" in page.text


@pytest.mark.parametrize(
    ("provisional", "says"), [(True, ("休息（暂定）", "节假日休息（暂定）")), (False, ("休息", "节假日休息"))]
)
def test_residents_read_that_a_holiday_may_change(
    browser_as: Callable[[str], Browser], district: FakeDistrict, provisional: bool, says: tuple[str, str]
) -> None:
    day = centre.day_of(centre.NOW) + timedelta(days=2)
    opens = datetime.combine(day, datetime.min.time(), tzinfo=centre.ZONE).replace(hour=8)
    closed = {"starts_at": opens, "ends_at": opens.replace(hour=20), "reason": "holiday", "provisional": provisional}
    district.holidays = [closed]
    page = browser_as("visitor").get(f"/spaces/{centre.uid('space', 'badminton-1')}?date={day}")
    assert re.findall(r'<span class="level none">([^<]+)</span>', page.html) == [says[0]]
    (busy,) = re.findall(r'<p class="busy"><b>08:00–20:00</b>([^<]+)</p>', page.html)
    assert busy == says[1]


def test_closed_hours_and_holidays_of_the_desk_differ_from_free_time(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    def shut(start: str, end: str, reason: str, *, provisional: bool = False) -> Json:
        times = {
            name: f"{centre.day_of(centre.NOW)}T{clock}:00+08:00" for name, clock in (("starts_at", start), ("ends_at", end))
        }
        return times | {"reason": reason, "provisional": provisional}

    lunch = shut("12:00", "13:00", "closed")
    morning, night = shut("00:00", "10:00", "closed"), shut("15:30", "23:00", "holiday", provisional=True)
    district.closed_times = [{"space_id": centre.uid("space", "badminton-1"), "closed": [morning, lunch, night]}]
    page = browser_as("clerk").get("/desk/bookings")
    closed = [(a["title"], int(a["colspan"])) for tag, a in page.tags if tag == "td" and a.get("class") == "closed"]
    # The booking from 15:00 to 16:00 is still shown where the space is closed.
    assert closed == [("不开放", 8), ("不开放", 4), ("节假日休息（暂定）", closed[2][1])]
    assert len(cells_of(page)) == 2
    wide = [int(a["colspan"]) for tag, a in page.tags if tag == "td" and a.get("colspan")]
    rows = page.html.count('<th scope="row">')
    columns = page.html.count('scope="col" colspan="4"') * 4
    assert sum(wide) == rows * columns, "every row is as wide as the table"


def test_an_organiser_sees_the_day_but_does_not_book_for_others(browser_as: Callable[[str], Browser]) -> None:
    organiser = browser_as("organiser")
    assert not [form for form in organiser.get("/desk/bookings").forms if form.method == "post" and "desk" in form.action]


def clerk_form(clerk: Browser, query: str = "") -> Form:
    return next(
        form for form in clerk.get(f"/desk/bookings{query}").forms if form.method == "post" and "/desk/bookings" in form.action
    )


@pytest.mark.parametrize(("language", "label"), [("zh-CN", "仅限本街道居民"), ("en", "Only residents of this sub-district")])
def test_everybody_sees_whom_a_space_is_open_to(visitor: Browser, district: FakeDistrict, language: str, label: str) -> None:
    open_only_to(district, "liuyi", "qingzhen")
    visitor.client.set_cookie("linli_language", language)
    assert visitor.get("/spaces").text.count(label) == 1
    page = visitor.get(f"/spaces/{COURT}?date=2026-03-11")
    assert page.text.count(label) == 1
    assert [href for href, _ in page.links if "/book?" in href], "a visitor is asked to sign in"


def test_residents_whom_it_is_open_to_are_offered_the_form(wang: Browser, district: FakeDistrict) -> None:
    open_only_to(district, "liuyi", "qingzhen")
    assert [href for href, _ in wang.get(f"/spaces/{COURT}?date=2026-03-11").links if "/book?" in href]
    assert wang.get(BOOK).form("/book")


def test_residents_whom_the_booking_would_refuse_are_told_instead(wang: Browser, district: FakeDistrict) -> None:
    open_only_to(district, "qingzhen")
    page = wang.get(f"/spaces/{COURT}?date=2026-03-11")
    assert "您可以查看空闲时间，但不能预约：仅限本街道居民。" in page.text and "14:00" in page.text
    assert not [href for href, _ in page.links if "/book?" in href]
    page = wang.get(BOOK)
    assert "您不能预约这个场地：仅限本街道居民。" in page.text
    assert not [form for form in page.forms if form.action.endswith("/book")]


def open_only_to(district: FakeDistrict, *communities: str) -> None:
    space = next(space for space in district.spaces if space["id"] == COURT)
    space |= {"open_to": "sub_district", "open_to_communities": list(communities)}


def test_a_clerk_books_beyond_the_rules_with_a_reason(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    clerk = browser_as("clerk")
    form = clerk.get("/desk/bookings?date=2026-05-11").form("/desk/bookings")
    clerk.send(form, phone="19900000001", space_id=COURT, start="10:00", length="240", beyond_reason=" 街道年度会议 ")
    assert district.asked("book_space")[0]["beyond_reason"] == "街道年度会议"
    clerk.send(form, phone="19900000001", space_id=COURT, start="15:00", length="60", idempotency_key="another-key")
    assert "beyond_reason" not in district.asked("book_space")[1]
    district.bookings[0]["beyond_reason"] = "街道年度会议"
    assert "街道年度会议" in clerk.get(f"/bookings/{OURS}").text


def test_moving_counts_the_own_time_as_free_and_keeps_the_length(wang: Browser, district: FakeDistrict) -> None:
    district.bookings[0]["ends_at"] = centre.at("17:00")
    page = wang.get(f"/bookings/{OURS}/move?start=2026-03-11T15:30:00%2B08:00")
    assert "已有预约" not in page.text
    form = page.form("/move")
    assert form.fields["end"] == "2026-03-11T17:30:00+08:00"
    assert {asked["moving"] for asked in district.asked("get_availability")} == {OURS}


def test_the_desk_form_has_the_grid_and_the_lengths_of_the_space(browser_as: Callable[[str], Browser]) -> None:
    def offered(code: str) -> tuple[list[str], list[str]]:
        page = browser_as("clerk").get(f"/desk/bookings?date=2026-03-12&space_id={centre.uid('space', code)}")
        values = [a["value"] for tag, a in page.tags if tag == "option"]
        return [v for v in values if len(v) == 5 and v[2] == ":"], [v for v in values if v.isdigit()]

    starts, lengths = offered("civil")
    assert starts[:3] == ["00:00", "00:15", "00:30"] and lengths == ["15", "30"]
    starts, lengths = offered("maker")
    assert starts[:2] == ["00:00", "01:00"] and lengths == [str(60 * n) for n in range(1, 9)]


def test_the_purpose_is_changed_from_the_version_shown(wang: Browser, district: FakeDistrict) -> None:
    after = wang.send_and_follow(wang.get(f"/bookings/{OURS}").form("/purpose"), purpose=" 比赛 ")
    assert "已更改用途。" in after.text and "比赛" in after.text
    assert district.asked("change_purpose") == [{"booking_id": OURS, "purpose": "比赛", "expected_version": 1}]
    assert wang.send(after.form("/purpose"), purpose="x" * 201).status_code == 422
