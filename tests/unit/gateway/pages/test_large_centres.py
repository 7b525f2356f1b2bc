"""A centre with more of everything than fits into one answer of a service: nothing is cut off silently (B4)."""

import re
from collections.abc import Callable
from copy import deepcopy
from uuid import uuid4

import pytest

from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

MANY = 225


@pytest.fixture(autouse=True)
def many(district: FakeDistrict) -> None:
    district.spaces = [space(district, number) for number in range(MANY)]
    district.clubs = [
        deepcopy(district.clubs[0]) | {"id": str(uuid4()), "name": {"zh-CN": f"社团{number:03}"}} for number in range(MANY)
    ]


def space(district: FakeDistrict, number: int) -> dict[str, object]:
    return deepcopy(district.spaces[0]) | {"id": str(uuid4()), "name": {"zh-CN": f"场地{number:03}", "en": f"Room {number:03}"}}


def test_every_space_is_reached_by_pages(visitor: Browser) -> None:
    seen: list[str] = []
    page = visitor.get("/spaces?kind=room")
    for _ in range(MANY):
        seen += [text.strip() for text in page.text.splitlines() if re.fullmatch(r"场地\d+", text.strip())]
        if "下一页" not in page.text:
            break
        page = visitor.get(page.link("cursor="))
    assert seen == [f"场地{number:03}" for number in range(MANY)]


def test_the_home_page_counts_all(visitor: Browser) -> None:
    visitor.get("/")
    assert f"{MANY}" in visitor.get("/").text


def test_the_desk_can_book_each_of_them(browser_as: Callable[[str], Browser]) -> None:
    options = browser_as("clerk").get("/desk/bookings").html
    assert all(f"场地{number:03}" in options for number in (0, 100, MANY - 1))


def test_every_club_is_shown(visitor: Browser) -> None:
    assert f"社团{MANY - 1}" in visitor.get("/clubs").text
