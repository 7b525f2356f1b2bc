"""The desk's grid by mouse, finger and keyboard: book, move, change the end, close a time, and what it says when it cannot."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from chassis.demo import demo_id
from tests.browser.conftest import Open
from tests.browser.reader import PHONES, Reader
from tests.browser.test_every_page import SIZES

COURTS = [str(demo_id("space", f"table-tennis-{n}")) for n in (2, 3, 4)]
ZONE = ZoneInfo("Asia/Shanghai")
_days: Iterator[int] = count(2)


@pytest.fixture
def day() -> str:
    """A day that no other test of this file uses, and on which courts can be booked: at most 14 days ahead."""
    return f"{datetime.now(ZONE) + timedelta(days=next(_days)):%Y-%m-%d}"


def row(page: Page, space_id: str) -> Locator:
    return page.locator(f'#day-table tr[data-space="{space_id}"]')


def spot(page: Page, space_id: str, clock: float) -> tuple[float, float]:
    """Where the table shows this hour of the space, after scrolling so that the table begins at 9."""
    row(page, space_id).scroll_into_view_if_needed()
    return tuple(  # type: ignore[return-value]
        page.evaluate(
            """([id, hour]) => {
              const table = document.getElementById("day-table"), grid = document.getElementById("day-grid");
              const row = document.querySelector(`#day-table tr[data-space="${id}"]`);
              const find = (hour) => {
                const left = row.cells[1].getBoundingClientRect().left;
                const right = row.cells[row.cells.length - 1].getBoundingClientRect().right;
                return left + (right - left) * (hour * 60 - table.dataset.opens) / (table.dataset.columns * 15);
              };
              grid.scrollLeft += find(9) - grid.getBoundingClientRect().left - 160;
              const at = row.getBoundingClientRect();
              return [find(hour), at.top + at.height / 2];
            }""",
            [space_id, clock],
        )
    )


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*end)
    page.mouse.up()


def book(clerk: Reader, day: str, space_id: str, start: str, minutes: int = 60) -> Locator:
    """Books for 王秀英 at the desk. Returns the booking's cell."""
    page = clerk.page
    clerk.go(f"/desk/bookings?date={day}&space_id={space_id}&start={start}&length={minutes}")
    page.locator("#phone").fill(PHONES["wang"])
    page.locator("#proxy button", has_text="代为预约").last.click()
    clerk.sees("已代为预约")
    return cell(page, space_id, start)


def cell(page: Page, space_id: str, start: str) -> Locator:
    hour, minute = map(int, start.split(":"))
    return row(page, space_id).locator(f'td[data-from="{hour * 60 + minute}"]')


def confirm(page: Page) -> None:
    dialog = page.locator("#grid-move")
    dialog.locator("#staff-reason").select_option("asked")
    dialog.get_by_role("button", name="确认改期").click()


def test_a_click_on_free_time_fills_in_the_form(open_as: Open, day: str) -> None:
    page = (clerk := open_as("clerk")).page
    clerk.go(f"/desk/bookings?date={day}")
    page.mouse.click(*spot(page, COURTS[1], 14.6))
    page.wait_for_url(re.compile(r"start=14%3A30"))
    expect(page.locator("#start")).to_have_value("14:30")
    expect(page.locator("#space_id")).to_have_value(COURTS[1])
    drag(page, spot(page, COURTS[2], 15.1), spot(page, COURTS[2], 16.9))
    page.locator("#grid-range [data-to=book]").click()
    page.wait_for_url(re.compile(r"length=120"))
    expect(page.locator("#start")).to_have_value("15:00")
    expect(page.locator("#length")).to_have_value("120")


def test_free_time_is_a_link_without_scripts(open_as: Open, day: str) -> None:
    clerk = open_as("clerk", scripts=False)
    clerk.go(f"/desk/bookings?date={day}")
    address = row(clerk.page, COURTS[0]).locator("td.free a").first.get_attribute("href") or ""
    clerk.go(address)
    expect(clerk.page.locator("#space_id")).to_have_value(COURTS[0])


def test_a_booking_is_dragged_to_another_time_and_space(open_as: Open, day: str) -> None:
    page = (clerk := open_as("clerk")).page
    book(clerk, day, COURTS[0], "10:00")
    drag(page, spot(page, COURTS[0], 10.5), spot(page, COURTS[1], 14.5))
    expect(page.locator("#grid-move")).to_contain_text("乒乓球3号台 · ")
    clerk.check_page()
    confirm(page)
    expect(page.locator(".grid-news")).to_contain_text("已改期")
    expect(cell(page, COURTS[1], "14:00")).to_be_visible()
    expect(cell(page, COURTS[0], "10:00")).to_have_count(0)


def test_the_end_is_dragged(open_as: Open, day: str) -> None:
    page = (clerk := open_as("clerk")).page
    found = book(clerk, day, COURTS[0], "10:00")
    spot(page, COURTS[0], 11)
    box = found.bounding_box()
    assert box
    drag(page, (box["x"] + box["width"] - 3, box["y"] + 10), spot(page, COURTS[0], 11.55))
    expect(page.locator("#grid-move")).to_contain_text("10:00–11:30")
    confirm(page)
    expect(cell(page, COURTS[0], "10:00")).to_have_attribute("data-until", "690")


def test_a_taken_time_says_so_before_and_the_table_stays_true(open_as: Open, day: str) -> None:
    page = (clerk := open_as("clerk")).page
    book(clerk, day, COURTS[0], "10:00")
    book(clerk, day, COURTS[1], "16:00")
    drag(page, spot(page, COURTS[0], 10.5), spot(page, COURTS[1], 16.5))
    dialog = page.locator("#grid-move")
    expect(dialog.locator("#why-not")).to_contain_text("已被预约")
    expect(dialog.get_by_role("button", name="确认改期")).to_have_count(0)
    dialog.locator("a[data-again]").first.click()
    expect(dialog.get_by_role("button", name="确认改期")).to_be_visible()
    dialog.locator("[data-close]").click()
    expect(page.locator(".grid-ghost")).to_be_hidden()
    expect(cell(page, COURTS[0], "10:00")).to_be_visible()


def test_a_race_that_is_lost_shows_the_real_state(open_as: Open, day: str) -> None:
    page = (clerk := open_as("clerk")).page
    book(clerk, day, COURTS[0], "10:00")
    drag(page, spot(page, COURTS[0], 10.5), spot(page, COURTS[1], 16.5))
    expect(page.locator("#grid-move")).to_contain_text("16:00–17:00")
    colleague = open_as("clerk")
    book(colleague, day, COURTS[1], "16:00")
    confirm(page)
    expect(page.locator("#grid-move .sum")).to_contain_text("已被预约")
    expect(cell(page, COURTS[1], "16:00")).to_have_count(1)
    page.locator("#grid-move [data-close]").first.click()
    expect(cell(page, COURTS[0], "10:00")).to_be_visible()


def test_a_booking_is_moved_by_keyboard(open_as: Open, day: str) -> None:
    page = (clerk := open_as("clerk")).page
    book(clerk, day, COURTS[0], "10:00").locator("a").focus()
    for key in (" ", "ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("#grid-said")).to_contain_text("乒乓球3号台 11:00–12:30")
    page.keyboard.press("Enter")
    confirm(page)
    expect(cell(page, COURTS[1], "11:00")).to_have_attribute("data-until", "750")
    cell(page, COURTS[1], "11:00").locator("a").focus()
    page.keyboard.press(" ")
    page.keyboard.press("Escape")
    expect(page.locator(".grid-ghost")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(row(page, COURTS[1]).locator("td.free a").nth(1)).to_be_focused()


def test_a_clerk_blocks_a_time_and_unblocks_it(open_as: Open, day: str) -> None:
    page = (clerk := open_as("clerk")).page
    clerk.go(f"/desk/bookings?date={day}")
    drag(page, spot(page, COURTS[2], 12.1), spot(page, COURTS[2], 13.9))
    expect(page.locator("#grid-range")).to_contain_text("乒乓球4号台 12:00–14:00")
    clerk.check_page()
    page.locator("#grid-range [data-to=block]").click()
    expect(page.locator("#spaces")).to_have_value(COURTS[2])
    for name, value in (("first_day", day), ("first_time", "12:00"), ("last_day", day), ("last_time", "14:00")):
        expect(page.locator(f"#{name}")).to_have_value(value)
    clerk.check_page()
    page.locator("#reason").select_option("cleaning")
    page.get_by_role("button", name="封闭这段时间").click()
    clerk.sees("已封闭")
    row(page, COURTS[2]).locator("td.closed a").first.click()
    clerk.sees("清洁消毒")
    clerk.check_page()
    page.locator("summary", has_text="解除封闭").click()
    page.get_by_role("button", name="确定解除").click()
    clerk.sees("已解除封闭")
    expect(row(page, COURTS[2]).locator("td.closed a")).to_have_count(0)


def test_a_colleague_s_booking_appears_by_itself(open_as: Open, day: str) -> None:
    page = (clerk := open_as("clerk")).page
    clerk.go(f"/desk/bookings?date={day}")
    book(open_as("clerk"), day, COURTS[0], "10:00")
    expect(cell(page, COURTS[0], "10:00")).to_have_count(0)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(cell(page, COURTS[0], "10:00")).to_have_count(1)


def test_an_answer_that_is_lost_leaves_the_dialog_usable(open_as: Open, day: str) -> None:
    page = (clerk := open_as("clerk")).page
    book(clerk, day, COURTS[0], "10:00")
    drag(page, spot(page, COURTS[0], 10.5), spot(page, COURTS[1], 14.5))
    dialog = page.locator("#grid-move")
    expect(dialog.locator("#staff-reason")).to_be_visible()
    page.route("**/move", lambda route: route.fulfill(status=502, body="away"))
    confirm(page)
    expect(dialog.get_by_role("alert")).to_contain_text("可能已改期")
    page.unroute("**/move")
    confirm(page)
    expect(page.locator(".grid-news")).to_contain_text("已改期")
    clerk.troubles = [one for one in clerk.troubles if "502" not in one]


def test_a_table_that_is_not_renewed_says_of_when_it_is(open_as: Open, day: str) -> None:
    page = (clerk := open_as("clerk")).page
    clerk.go(f"/desk/bookings?date={day}")
    page.route("**/desk/bookings*", lambda route: route.fulfill(status=200, body="<p>away</p>"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#grid-lost")).to_contain_text(page.locator("#day-grid").get_attribute("data-as-of") or "?")
    expect(page.locator("#day-table")).to_be_visible()
    page.unroute("**/desk/bookings*")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#grid-lost")).to_be_hidden()


def test_names_are_shown_on_demand(open_as: Open, day: str) -> None:
    clerk = open_as("clerk")
    found = book(clerk, day, COURTS[0], "10:00", 90)
    expect(found).not_to_contain_text("王秀英")
    clerk.press("显示姓名", "link")
    expect(cell(clerk.page, COURTS[0], "10:00")).to_contain_text("王秀英")


@SIZES
def test_the_grids_fit(open_as: Open, phone: bool, language: str) -> None:
    clerk = open_as("clerk", phone=phone, language=language)
    for path in ("/desk/bookings", f"/desk/bookings/spaces/{COURTS[0]}"):
        clerk.go(path)
        clerk.check_page()
