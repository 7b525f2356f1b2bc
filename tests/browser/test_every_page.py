"""Every page, at phone and desk size, in both languages: fits, is accessible, and nothing fails in its console."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from chassis.demo import demo_id
from tests.browser.conftest import Open

PUBLIC = [
    "/",
    "/spaces",
    "/spaces/find?day=2026-12-31&start=10:00&length=60",
    "/lotteries",
    "/lotteries?over=1",
    "/events?when=later",
    "/clubs",
    "/cases/report",
    "/cases/lookup",
    "/sign-in",
    "/sign-in/staff",
    "/nope",
    "/r/unknown",
    "/given-up/booking",
]
RESIDENT = ["/mine", "/series", "/mine/notifications", "/mine/email", "/mine/reminders", "/mine/household", "/mine/phones"]
STAFF = {
    "clerk": ["/desk/cases", "/desk/bookings", "/desk/series", "/desk/events", "/desk/residents/doubles"],
    "organiser": ["/desk/events", "/desk/events/new"],
    "supervisor": ["/desk/cases?state=dispatched"],
    "admin": [
        "/admin/staff",
        "/admin/staff/new",
        "/admin/departments",
        "/admin/departments/new",
        "/admin/systems",
        "/admin/systems/new",
        "/admin/audit_log",
        "/admin/settings",
        "/admin/calendar_days?year=2027",
        "/admin/calendar-days/day?day=2027-10-01",
        "/admin/imports",
        "/admin/imports/residents",
    ],
    "handler": ["/mine/leave", "/mine/factors"],
}
SIZES = pytest.mark.parametrize(("phone", "language"), [(True, "zh-CN"), (False, "en")], ids=["phone-zh", "desk-en"])


@SIZES
def test_public_pages(open_as: Open, phone: bool, language: str) -> None:
    reader = open_as(phone=phone, language=language)
    for path in PUBLIC:
        reader.go(path)
        reader.check_page()
    for listed, link in (("/spaces", "main a.space-card"), ("/events?when=later", 'main a[href^="/events/"]')):
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


@SIZES
def test_pages_of_a_club_event_for_its_organiser(open_as: Open, phone: bool, language: str) -> None:
    reader = open_as("organiser", phone=phone, language=language)
    reader.go("/desk/events?state=draft")
    reader.page.locator("main .list a.list-row").first.click()
    for end in ("/edit", "/move"):
        link = reader.page.locator(f'main a[href$="{end}"]').first
        link.click()
        reader.page.wait_for_url(re.compile(f"{end}$"))
        reader.check_page()
        reader.page.go_back()


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


@SIZES
def test_pages_of_a_family(open_as: Open, phone: bool, language: str) -> None:
    """The grandmother, daughter and child of the demo: at the desk, and as the daughter sees them."""
    clerk = open_as("clerk", phone=phone, language=language)
    clerk.go(f"/desk/residents/{demo_id('account', 'ma-granny')}/family")
    clerk.check_page()
    clerk.page.locator("#phone").fill("19900000004")
    clerk.page.locator('form[action*="/family/search"] button').click()
    clerk.page.locator('form[action$="/family/household"]').wait_for()
    clerk.check_page()
    daughter = open_as("ma", phone=phone, language=language)
    daughter.go("/mine/household")
    for summary in daughter.page.locator("main details summary").all():
        summary.click()
    daughter.check_page()
    daughter.sees("马小雨")


@SIZES
def test_an_import_from_file_to_links(open_as: Open, phone: bool, language: str, tmp_path: Path) -> None:
    admin, file = open_as("admin", phone=phone, language=language), tmp_path / "list.csv"
    name = f"import.{'phone' if phone else 'desk'}"
    for content in (f"username,name,roles\n{name},赵磊,king\n", f"username,name,roles\n{name},赵磊,clerk\n"):
        file.write_text(content, encoding="utf-8")
        admin.go("/admin/imports/staff")
        admin.page.locator("#file").set_input_files(file)
        admin.page.locator("main form button").click()
        admin.page.wait_for_url(re.compile(r"/admin/imports/[0-9a-f-]{36}"))
        admin.check_page()
    admin.page.locator('form[action^="/admin/imports/"] button').click()
    admin.page.locator('a[download="linli-invitations.csv"]').wait_for()
    admin.check_page()
