"""An authenticator in a browser: set up from the page with the QR code, asked for, removed.

Codes are used up, so each step takes the next one.
"""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.reader import PASSWORD, Reader

SECTION = "section[aria-labelledby=totp-title]"


def begin(reader: Reader) -> pyotp.TOTP:
    reader.go("/mine/factors")
    reader.page.locator("#password-totp").fill(PASSWORD)
    reader.page.locator(f"{SECTION} form.card button").click()
    expect(reader.page.locator(".qr svg")).to_be_visible()
    return pyotp.TOTP(reader.page.locator("code.secret").inner_text().replace(" ", ""))


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_an_authenticator_is_set_up_asked_for_and_removed(open_as: Open, phone: bool) -> None:
    mediator = open_as("mediator", phone=phone)
    totp = begin(mediator)
    mediator.check_page()
    now = datetime.now(UTC)
    mediator.page.locator("#code").fill(totp.at(now - timedelta(minutes=5)))
    mediator.press("确认并启用")
    mediator.sees("动态口令不对")
    mediator.check_page()
    mediator.page.locator("#code").fill(totp.at(now))
    mediator.press("确认并启用")
    mediator.sees("验证器已启用")
    mediator.check_page()
    mediator.go("/mine")
    mediator.press("退出登录")

    mediator.go("/sign-in/staff")
    for code in ("", totp.at(now + timedelta(seconds=30))):
        mediator.page.locator("#username").fill("mediator")
        mediator.page.locator("#password").fill(PASSWORD)
        if code:
            mediator.check_page()
            mediator.page.locator("#totp").fill(code)
        mediator.page.get_by_role("button", name="登录", exact=True).click()
        if not code:
            expect(mediator.page.locator("#totp")).to_be_visible()
    mediator.go("/mine/factors")
    mediator.page.locator(f"{SECTION} summary").click()
    mediator.page.locator("#password-totp-removal").fill(PASSWORD)
    mediator.press("确定删除")
    mediator.sees("已删除验证器")
