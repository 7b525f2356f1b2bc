"""Pages about those who wait, ask and take a number, at phone and desk size, in both languages: they fit and are accessible."""

import re

import pytest

from chassis.demo import demo_id
from tests.browser.conftest import Open
from tests.browser.test_every_page import SIZES

QUEUE = str(demo_id("ticket_queue", "e-bike"))
OF_STAFF = {
    "clerk": [
        "/desk/requests",
        "/desk/waits",
        "/desk/questions",
        "/desk/counters",
        f"/desk/counters/{QUEUE}",
        f"/desk/counters/{QUEUE}/figures",
        "/desk/statistics",
    ],
    "supervisor": ["/desk/statistics"],
    "admin": ["/admin/queues/new", f"/admin/queues/{QUEUE}"],
}


@SIZES
@pytest.mark.parametrize("role", OF_STAFF)
def test_pages_of_staff(open_as: Open, phone: bool, language: str, role: str) -> None:
    reader = open_as(role, phone=phone, language=language)
    for path in OF_STAFF[role]:
        reader.go(path)
        reader.check_page()


@SIZES
def test_a_place_in_line_for_a_time(open_as: Open, phone: bool, language: str) -> None:
    """Li waits in the demo. The form to wait, and the page of the wait."""
    reader = open_as("li", phone=phone, language=language)
    space = demo_id("space", "table-tennis-1")
    reader.go(f"/spaces/{space}/wait")
    reader.check_page()
    reader.go("/mine")
    reader.page.locator('main a[href^="/waits/"]').first.click()
    reader.page.wait_for_url(re.compile(r"/waits/[0-9a-f-]{36}"))
    reader.check_page()


@SIZES
def test_a_number_at_a_counter(open_as: Open, phone: bool, language: str) -> None:
    """A visitor sees how long it takes, takes a number, follows it, and prints its slip."""
    reader = open_as(phone=phone, language=language)
    for path in ("/queues", f"/queues/{QUEUE}"):
        reader.go(path)
        reader.check_page()
    reader.page.locator(f'form[action="/queues/{QUEUE}/tickets"] button').first.click()
    reader.page.wait_for_url(re.compile(r"/t/[\w-]{22}$"))
    reader.check_page()
    reader.go(f"{reader.page.url}/slip")
    reader.check_page()


@SIZES
def test_the_display_on_the_wall(open_as: Open, phone: bool, language: str) -> None:
    reader = open_as("admin", phone=phone, language=language)
    reader.go(f"/admin/queues/{QUEUE}")
    address = reader.page.locator('main a[href*="/wall/"]').first.get_attribute("href")
    assert address is not None
    wall = open_as(phone=phone, language=language)
    wall.go(address)
    wall.check_page()
