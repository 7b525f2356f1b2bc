"""The real district (`linli up` in a home of its own) and a real Chromium. Nothing here is skipped: where there is no
Chromium it is installed (Debian, as root), or the run fails and says what to do."""

import os
import shutil
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from gateway.demo import COMMUNITY
from tests import debian, district
from tests.browser.reader import Reader

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
START = 180.0  # seconds a first start may take on a busy machine
PATIENCE = 15_000  # milliseconds that a page may take on one
PHONE = {"width": 360, "height": 780}
DESK = {"width": 1280, "height": 860}


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium; LINLI_TEST_CHROMIUM names one that is not on the PATH."""
    found = os.environ.get("LINLI_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    missing = [] if found else ["chromium", "fonts-noto-cjk"]
    if find_library("atomic") is None:
        missing.append("libatomic1")  # the Node.js that Playwright brings wants it; a small Debian has none
    if missing and debian.can_install():
        debian.install(*missing)
    elif not found:
        pytest.fail(f"the browser tests need Chromium: `apt-get install {' '.join(missing)}`, or set LINLI_TEST_CHROMIUM")
    return found or "chromium"


@pytest.fixture(scope="session")
def address(home_folder: Callable[[], Path]) -> Iterator[str]:
    """Where a fresh district with the demo's data listens, one that only browsers use; LINLI_TEST_URL names one that
    runs already."""
    if given := os.environ.get("LINLI_TEST_URL"):
        yield given.rstrip("/")
        return
    with district.running(home_folder()) as url:
        yield url


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


Open = Callable[..., Reader]


@pytest.fixture
def open_as(browser: Browser, address: str) -> Iterator[Open]:
    """A reader in a browser of their own: `open_as("wang", phone=True, language="en", scripts=False)`; `visitor` is
    nobody. After the test, whatever went wrong in their consoles fails it."""
    readers: list[Reader] = []

    def open_(name: str = "visitor", *, phone: bool = False, language: str = "zh-CN", scripts: bool = True) -> Reader:
        context = browser.new_context(
            base_url=address,
            viewport=PHONE if phone else DESK,
            java_script_enabled=scripts,
            locale=language,
            timezone_id="Asia/Shanghai",
            has_touch=phone,
        )
        context.set_default_timeout(PATIENCE)
        reader = Reader(context.new_page(), name)
        readers.append(reader)
        reader.go(f"/c/{COMMUNITY}")  # a visitor chooses a community first
        if name != "visitor":
            reader.sign_in()
        return reader

    yield open_
    for reader in readers:
        reader.page.context.close()
    assert [trouble for reader in readers for trouble in reader.troubles] == []


@pytest.fixture
def page(open_as: Open) -> Page:
    """A visitor's page at the desk."""
    return open_as().page
