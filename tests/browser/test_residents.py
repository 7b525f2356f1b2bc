"""What residents do, from the first tap to the last page; also without scripts."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from chassis.demo import demo_id
from tests.browser.conftest import Open
from tests.browser.free_times import go_to_day_with_free_time
from tests.browser.reader import Reader

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


def photo(colour: str = "brown") -> bytes:
    """A JPEG larger than the pages keep, so that it is shrunk on the way."""
    out = BytesIO()
    Image.new("RGB", (2600, 1800), colour).save(out, "JPEG")
    return out.getvalue()


def choose_slot(reader: Reader, name: str) -> str:
    """Finds the space and taps the first free slot of a day with some more. Gives the address of the booking form."""
    reader.go(f"/spaces?q={name}")
    reader.page.locator("main a.space-card").first.click()
    go_to_day_with_free_time(reader)
    reader.page.locator("a.slot").first.click()
    expect(reader.page.locator("form#choose")).to_be_visible()
    return reader.page.url


@pytest.mark.parametrize("phone", [True, False])
def test_a_space_for_others_is_shown_without_the_way_to_book_it(open_as: Open, phone: bool) -> None:
    reader = open_as("peng", phone=phone)
    reader.go(f"/spaces/{demo_id('space', 'reading-room')}")  # for the sub-district of 六一社区; 彭佳 is of another one
    reader.sees("您可以查看空闲时间，但不能预约：仅限本街道居民。")
    expect(reader.page.locator("span.slot").first).to_be_visible()
    expect(reader.page.locator("a.slot")).to_have_count(0)
    reader.check_page()


@SCRIPTS
def test_book_move_and_cancel(open_as: Open, scripts: bool) -> None:
    reader = open_as("chen", phone=True, scripts=scripts)
    choose_slot(reader, "图书阅览室")
    reader.page.locator("#attendees").fill("4")
    reader.page.locator("#purpose").fill("读书会")
    reader.press("确认预约")
    reader.sees("预约成功")
    reader.sees("读书会")
    slip = reader.page.url
    before = reader.page.locator("article .number").inner_text()
    reader.press("改期", "link")
    reader.page.locator("a.slot").last.click()
    reader.press("改到这个时间")
    reader.sees("已改期。")
    assert reader.page.locator("article .number").inner_text() != before
    reader.go("/mine")
    expect(reader.page.locator(f'a[href="{slip[slip.index("/bookings") :]}"]')).to_be_visible()
    reader.go(slip)
    reader.page.locator("details.reveal summary").filter(has_text="更改人数").click()
    reader.page.locator("#attendees").fill("3")
    reader.press("改为这个人数")
    reader.sees("已更改人数。")
    reader.page.locator("details.reveal summary").filter(has_text="取消预约").click()
    reader.page.locator("#reason").fill("下雨")
    reader.press("确定取消")
    reader.sees("已取消预约。")
    reader.sees("下雨")


def test_two_want_the_same_court_and_one_tap_finds_another_time_or_court(open_as: Open) -> None:
    first, second = open_as("li"), open_as("zhang", phone=True)
    pages = [first.page, second.page]
    wanted = choose_slot(first, "羽毛球2号场")
    second.page.goto(wanted)
    first.press("确认预约")
    first.sees("预约成功")
    second.press("确认预约")
    second.sees("这些时间现在空着，点一下就订好")
    second.check_page()
    second.page.locator("main .notice button").first.click()
    second.sees("预约成功")
    booked = [(page.locator("#ticket-title").inner_text(), page.locator("article .number").inner_text()) for page in pages]
    assert booked[0] != booked[1], "late in the evening it is another court at the same time"


def test_a_form_sent_twice_books_once(open_as: Open) -> None:
    reader = open_as("ma", scripts=False)
    choose_slot(reader, "乒乓球3号台")
    fields = {
        field.get_attribute("name") or "": field.input_value()
        for field in reader.page.locator("form#choose [name]").all()
        if field.get_attribute("name")
    }
    address = reader.page.url.split("?")[0]
    answers = [reader.page.request.post(address, form=fields, max_redirects=0) for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]


@SCRIPTS
def test_an_anonymous_report_is_followed_by_number_and_code(open_as: Open, scripts: bool) -> None:
    visitor = open_as(phone=True, scripts=scripts)
    fill_report(visitor, "楼道堆满杂物，影响通行。", [photo()])
    visitor.sees("请记下这两样")
    if scripts:
        visitor.check_page()
    number, code = (visitor.page.locator(place).inner_text() for place in ("#case-number", "#case-token"))
    assert re.fullmatch(r"[A-Z]+-\d{8}-\d{4}", number)
    visitor.go("/cases/lookup")
    visitor.page.locator("#number").fill(number)
    visitor.page.locator("#token").fill(code)
    visitor.press("查进度")
    visitor.sees("已提交")
    assert code not in visitor.page.url
    visitor.page.locator("#number").fill(number)
    visitor.page.locator("#token").fill(("y" if code.startswith("x") else "x") + code[1:])
    visitor.press("查进度")
    visitor.sees("编号或查询码不对")


def test_errors_keep_what_was_typed_and_take_the_focus(open_as: Open) -> None:
    reader = open_as("wang", phone=True)
    reader.go("/cases/report")
    reader.page.evaluate("document.querySelectorAll('main [required]').forEach((field) => { field.required = false; })")
    reader.page.locator("#address").fill("六一路 12 号")
    reader.press("提交给社区")
    reader.sees("还没有提交成功")
    expect(reader.page.locator("#problems")).to_be_focused()
    expect(reader.page.locator("#address")).to_have_value("六一路 12 号")
    expect(reader.page.locator("#text")).to_have_attribute("aria-invalid", "true")
    reader.check_page()


def test_photos_are_sent_ahead_and_can_be_taken_back(open_as: Open) -> None:
    reader = open_as("wang")
    reader.go("/cases/report")
    add_photos(reader.page, [photo(), photo("teal")])
    expect(reader.page.locator("#previews figure")).to_have_count(2)
    expect(reader.page.locator('#previews input[name="photo_ids"]')).to_have_count(2)
    reader.page.locator("#previews button").first.click()
    expect(reader.page.locator("#previews figure")).to_have_count(1)
    fill_report(reader, "路灯不亮", [], go=False)
    reader.sees("已提交，编号")
    picture = reader.page.locator(".photos img")
    expect(picture).to_have_count(1)
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 2048


@SCRIPTS
def test_register_see_it_under_mine_and_cancel(open_as: Open, scripts: bool) -> None:
    reader = open_as("ma", scripts=scripts)
    reader.go("/events?when=later")
    reader.page.locator("main .list a.list-row").last.click()
    event = reader.page.url
    title = reader.page.locator("main h1").inner_text()
    reader.press("报名")
    reader.sees("报名成功")
    reader.go("/mine")
    reader.sees(title)
    reader.go(event)
    give_up(reader, "取消报名", "确定取消报名")
    reader.sees("已取消报名")
    reader.press("报名")
    reader.sees("报名成功")
    give_up(reader, "取消报名", "确定取消报名")


def give_up(reader: Reader, what: str, confirmation: str) -> None:
    """Open the question and answer it."""
    reader.page.locator("summary", has_text=what).first.click()
    reader.press(confirmation)


def test_join_and_leave_a_club(open_as: Open) -> None:
    reader = open_as("chen", scripts=False)
    reader.go("/clubs")
    reader.press("加入")
    reader.sees("已加入社团")
    give_up(reader, "退出", "确定退出")
    reader.sees("已退出社团")


def test_signing_in_leads_back_to_the_slot_one_had_chosen(open_as: Open) -> None:
    visitor = open_as(phone=True)
    visitor.go("/spaces?q=乒乓球4号台")
    visitor.page.locator("main a.space-card").first.click()
    go_to_day_with_free_time(visitor)
    visitor.page.locator("a.slot").first.click()
    visitor.sees("用手机号登录")
    visitor.page.locator("#phone").fill("19900000003")
    visitor.page.locator("main form.card button").click()
    visitor.page.locator("#code").fill("246810")
    visitor.page.locator("main form.card button").click()
    visitor.sees("确认预约")
    visitor.go("/mine")
    visitor.press("退出登录")
    visitor.sees("已退出登录。")
    visitor.go("/mine")
    visitor.sees("用手机号登录")


def test_a_wrong_code_is_told_beside_the_field(open_as: Open) -> None:
    visitor = open_as()
    visitor.go("/sign-in")
    visitor.page.locator("#phone").fill("19900000005")
    visitor.page.locator("main form.card button").click()
    visitor.page.locator("#code").fill("000000")
    visitor.page.locator("main form.card button").click()
    expect(visitor.page.locator("#code-error1")).to_contain_text("验证码错误或已过期")


def test_a_booking_prints_as_one_slip(open_as: Open) -> None:
    reader = open_as("li")
    choose_slot(reader, "VR智慧生活馆")
    reader.press("确认预约")
    reader.sees("预约成功")
    reader.page.emulate_media(media="print")
    expect(reader.page.locator("article")).to_be_visible()
    for hidden in ("header.top", "nav.nav", "footer.foot", ".no-print >> nth=0"):
        expect(reader.page.locator(hidden)).to_be_hidden()


def test_where_it_is_goes_with_the_report_if_one_says_so(open_as: Open) -> None:
    reader = open_as("wang", phone=True)
    context = reader.page.context
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": 33.6178, "longitude": 114.6496})
    reader.go("/cases/report")
    reader.press("附上我现在的位置")
    reader.sees("已附上当前位置。")
    expect(reader.page.locator("#latitude")).to_have_value("33.617800")


def fill_report(reader: Reader, text: str, photos: list[bytes], *, go: bool = True) -> None:
    if go:
        reader.go("/cases/report")
    if photos:
        add_photos(reader.page, photos)
    reader.page.locator("#text").fill(text)
    reader.page.locator("#category").select_option(index=2)
    reader.press("提交给社区")


def add_photos(page: Page, photos: list[bytes]) -> None:
    files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": content} for n, content in enumerate(photos)]
    page.locator("#new_photos").set_input_files(files)  # type: ignore[arg-type]


@SCRIPTS
def test_book_a_series_and_give_up_the_following_dates(open_as: Open, scripts: bool) -> None:
    reader = open_as("chen", phone=True, scripts=scripts)
    choose_slot(reader, "图书阅览室")
    first = date.fromisoformat(re.findall(r"start=(\d{4}-\d\d-\d\d)", reader.page.url)[0])
    reader.page.locator("#repeat").select_option("weekly-1")
    reader.page.locator("#until").fill((first + timedelta(days=7)).isoformat())
    reader.press("确认预约")
    reader.sees("现在还没有订")
    expect(reader.page.locator("#dates > li")).to_have_count(2)
    if scripts:
        reader.check_page()
    reader.page.locator('form[action$="/series"] button').click()
    reader.sees("来不了的那一次请提前取消")
    expect(reader.page.locator("#dates > li")).to_have_count(2)
    if scripts:
        reader.check_page()
    reader.page.locator("summary", has_text="取消多次").click()
    reader.press("确定取消")
    reader.sees("已取消，时间已让给其他居民。")
    reader.go("/series")
    reader.sees("图书阅览室")
    if scripts:
        reader.check_page()
