"""The desk by keyboard, on paper, and after the sign-in has ended."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_every_page import SIZES


def at(page: Page, address: str) -> None:
    page.wait_for_url(f"**{address}")


def test_the_desk_by_keyboard(open_as: Open) -> None:
    clerk = open_as("clerk")
    page = clerk.page
    clerk.go("/desk")
    at(page, "/desk/bookings")
    page.keyboard.press("/")
    expect(page.locator("#desk-q")).to_be_focused()
    page.keyboard.type("王g")
    expect(page.locator("#desk-q")).to_have_value("王g")
    page.locator("#desk-q").fill("王秀")
    page.keyboard.press("Enter")
    clerk.sees("王秀英")
    page.locator("h1").click()
    page.keyboard.press("g")
    expect(page.locator("#shortcuts-said")).to_contain_text("再按一个字母")
    page.keyboard.press("r")
    at(page, "/desk/residents")
    page.keyboard.press("n")
    expect(page.locator("#new #name")).to_be_focused()
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("e")
    at(page, "/desk/events")


def test_the_list_of_shortcuts_switches_them_off(open_as: Open) -> None:
    clerk = open_as("clerk")
    page, dialog = clerk.page, clerk.page.locator("#shortcuts")
    clerk.go("/desk/residents")
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    clerk.check_page()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="快捷键").click()
    dialog.locator("#shortcuts-on").uncheck()
    expect(page.locator("#shortcuts-said")).to_contain_text("已关闭")
    dialog.get_by_role("button", name="关闭").click()
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    at(page, "/desk/residents")
    page.reload()
    page.keyboard.press("/")
    expect(page.locator("#desk-q")).not_to_be_focused()
    page.get_by_role("button", name="快捷键").click()
    dialog.locator("#shortcuts-on").check()
    dialog.get_by_role("button", name="关闭").click()
    page.keyboard.press("/")
    expect(page.locator("#desk-q")).to_be_focused()


@SIZES
@pytest.mark.parametrize("role", ["clerk", "supervisor", "handler"])
def test_the_search_and_the_lists_fit(open_as: Open, phone: bool, language: str, role: str) -> None:
    reader = open_as(role, phone=phone, language=language)
    for path in ("/desk", "/desk/search", "/desk/search?q=路", "/desk/search?q=0001", "/desk/search?q=zzzz"):
        reader.go(path)
        reader.check_page()
    if role != "handler":
        reader.go("/desk/bookings/list")
        reader.check_page()


def test_paper_is_black_on_white_with_centre_and_time(open_as: Open) -> None:
    clerk = open_as("clerk")
    page = clerk.page
    for path in ("/desk/bookings/list", "/desk/cases", "/desk/search?q=王"):
        clerk.go(path)
        expect(page.locator(".print-head")).to_be_hidden()
        page.emulate_media(media="print", color_scheme="dark")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        expect(page.locator(".print-head")).to_contain_text("六一社区")
        now = page.evaluate("new Date().toLocaleDateString('sv-SE', {timeZone: 'Asia/Shanghai'})")
        expect(page.locator("[data-print-time]")).to_contain_text(now)
        for gone in (".top", ".desk-nav", ".foot", "[data-print]"):
            expect(page.locator(gone).first).to_be_hidden()
        colours = page.evaluate("(({color, backgroundColor}) => [color, backgroundColor])(getComputedStyle(document.body))")
        assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"], path
        page.emulate_media(media="screen")
    page.evaluate("window.print = () => { document.title = 'printed'; }")
    page.locator("[data-print]").first.click()
    expect(page).to_have_title("printed")


@pytest.mark.parametrize("scripts", [True, False])
def test_an_expired_sign_in_keeps_the_form(open_as: Open, scripts: bool) -> None:
    clerk = open_as("clerk", scripts=scripts)
    page = clerk.page
    clerk.go("/desk/residents")
    page.locator("#new #name").fill("李奶奶")
    page.locator("#new #birth_year").fill("1938")
    page.context.clear_cookies(name="linli_session")
    page.locator("#new button").last.click()
    clerk.sees("您写的内容还在")
    clerk.check_page() if scripts else None
    page.locator("#username").fill("clerk")
    page.locator("#password").fill("linli-demo")
    page.locator("main form.card button").click()
    if not scripts:
        clerk.press("回到我填的表单")
    expect(page.locator("#new #name")).to_have_value("李奶奶")
    expect(page.locator("#new #birth_year")).to_have_value("1938")
    assert not page.get_by_text("已为李奶奶建档").count()
    page.locator("#new button").last.click()
    clerk.sees("已为李奶奶建档")
