"""Care mode (关怀模式) on the narrowest phone: nothing is cut off, no text is below 18 px, and the way into it is labelled."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.reader import Reader
from tests.browser.test_every_page import PUBLIC, RESIDENT, STAFF

NARROW = {"width": 320, "height": 640}
LEAST = 18  # px
PAGES = {"visitor": PUBLIC, "wang": RESIDENT} | STAFF
SMALL_TEXTS = """
    least => [...document.querySelectorAll('body *')].filter(one =>
        [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
        && one.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})
        && !one.closest('.visually-hidden, script, style, option, svg')
        && parseFloat(getComputedStyle(one).fontSize) < least
    ).map(one => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 30)} ${getComputedStyle(one).fontSize}`)
"""
WIDE = """
    width => [...document.querySelectorAll('body *')].filter(one =>
        one.getBoundingClientRect().right > width + 1 && one.offsetParent
        && !one.closest('.scroll, .desk-nav, .table-wrap, .visually-hidden')
    ).map(one => `${one.tagName}.${one.className}: ${(one.textContent || '').trim().slice(0, 30)}`).slice(0, 5)
"""


def in_care_mode(reader: Reader) -> None:
    reader.page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a plain dict
    button = reader.page.get_by_role("button", name="关怀模式")
    expect(button).to_be_visible()
    expect(button.locator(".label")).to_be_visible()
    button.click()
    expect(reader.page.locator("html.large")).to_have_count(1)


@pytest.mark.parametrize("who", PAGES)
def test_every_page_fits_and_is_large(open_as: Open, who: str) -> None:
    reader = open_as(who, phone=True)
    in_care_mode(reader)
    problems = []
    for path in PAGES[who]:
        reader.go(path)
        width = reader.page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            problems.append(f"{path} is {width} px wide: {reader.page.evaluate(WIDE, NARROW['width'])}")
        problems += [f"{path}: {text}" for text in reader.page.evaluate(SMALL_TEXTS, LEAST)]
    assert not problems, "\n".join(problems)
