"""Every page, at phone and desk size, in both languages: fits, is accessible, and nothing fails in its console."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open

PUBLIC = [
    "/",
    "/spaces",
    "/events?when=later",
    "/clubs",
    "/cases/report",
    "/cases/lookup",
    "/sign-in",
    "/sign-in/staff",
    "/nope",
]
RESIDENT = ["/mine", "/mine/notifications", "/mine/email"]
STAFF = {
    "clerk": ["/desk/cases", "/desk/bookings", "/desk/events"],
    "organiser": ["/desk/events", "/desk/events/new"],
    "supervisor": ["/desk/cases?state=dispatched"],
    "admin": ["/admin/staff", "/admin/staff/new", "/admin/api_keys", "/admin/api_keys/new", "/admin/audit_log"],
}
SIZES = pytest.mark.parametrize(("phone", "language"), [(True, "zh-CN"), (False, "en")], ids=["phone-zh", "desk-en"])


@SIZES
def test_public_pages(open_as: Open, phone: bool, language: str) -> None:
    reader = open_as(phone=phone, language=language)
    for path in PUBLIC:
        reader.go(path)
        reader.check_page()
    for listed, link in (("/spaces", 'main a[href^="/spaces/"]'), ("/events?when=later", 'main a[href^="/events/"]')):
        reader.go(listed)
        reader.page.locator(link).first.click()
        reader.page.wait_for_url(re.compile(r"/(spaces|events)/[0-9a-f-]{36}"))
        reader.check_page()


@SIZES
def test_residents_pages(open_as: Open, phone: bool, language: str) -> None:
    reader = open_as("wang", phone=phone, language=language)
    for path in RESIDENT:
        reader.go(path)
        reader.check_page()


@SIZES
@pytest.mark.parametrize("role", STAFF)
def test_pages_of_the_desk(open_as: Open, phone: bool, language: str, role: str) -> None:
    reader = open_as(role, phone=phone, language=language)
    for path in STAFF[role]:
        reader.go(path)
        reader.check_page()
        if "new" not in path and reader.page.locator("main .list a.list-row").count():
            reader.page.locator("main .list a.list-row").first.click()
            reader.check_page()


@pytest.mark.parametrize("large", [False, True], ids=["usual", "large"])
@SIZES
def test_pages_of_a_member_of_staff(open_as: Open, phone: bool, language: str, large: bool) -> None:
    """The list, a person with history, and in care mode no text below 18 px."""
    reader = open_as("admin", phone=phone, language=language)
    if large:
        reader.page.locator("header button[name=large_type]").click()
    reader.go("/admin/staff?q=organiser")
    reader.check_page()
    reader.page.locator(".admin-table a").first.click()
    reader.page.locator('form[action^="/admin/staff/"]').first.wait_for()
    reader.page.locator("#name").fill(f"吴婷 {'phone' if phone else 'desk'}{large:d}")
    reader.page.locator('form[action^="/admin/staff/"] button').first.click()
    expect(reader.page.locator(".timeline li").first).to_be_visible()
    for summary in reader.page.locator("main details summary").all():
        summary.click()
    reader.check_page()
    if large:
        sizes = reader.page.evaluate(
            "[...document.querySelectorAll('main *')].filter(one => one.innerText && !one.closest('.visually-hidden'))"
            ".map(one => parseFloat(getComputedStyle(one).fontSize))"
        )
        assert min(sizes) >= 18


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
def test_large_type_fits_and_is_remembered(open_as: Open, phone: bool) -> None:
    reader = open_as(phone=phone)
    reader.go("/spaces")
    reader.page.get_by_role("button", name="关怀模式").click()
    assert reader.page.locator("html.large").count() == 1 and reader.page.url.endswith("/spaces")
    for path in ("/", "/events", "/cases/report"):
        reader.go(path)
        assert reader.page.evaluate("getComputedStyle(document.documentElement).fontSize") == "21px"
        reader.check_page()


def test_dark_pages_are_readable_too(open_as: Open) -> None:
    reader = open_as("li")
    reader.page.emulate_media(color_scheme="dark")
    for path in ("/", "/spaces", "/mine", "/cases/report"):
        reader.go(path)
        reader.check_page()


def test_the_language_switch_keeps_the_place(open_as: Open) -> None:
    reader = open_as()
    reader.go("/events?when=today")
    reader.page.get_by_role("button", name="EN").click()
    assert reader.page.locator("html").get_attribute("lang") == "en" and "/events?when=today" in reader.page.url
    reader.sees("Classes, matches, song and dance")
    reader.page.get_by_role("button", name="中文").click()
    reader.sees("课堂、球赛、歌舞")


def test_the_keyboard_reaches_the_content_first(open_as: Open) -> None:
    reader = open_as()
    reader.go("/")
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate("document.activeElement.id") == "main"
