"""Passkeys in a browser, with Chromium's virtual authenticator: set up, signed in with, and taken away by an admin."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import Open
from tests.browser.reader import PASSWORD, Reader

# Of the kind that a phone or a laptop has built in.
PLATFORM: dict[str, Any] = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
Plug = Callable[..., CDPSession]


@pytest.fixture
def address(address: str) -> Iterator[str]:
    """By its name, because a passkey is not made for a number."""
    yield address.replace("127.0.0.1", "localhost")


def plug_in(page: Page, **options: Any) -> tuple[CDPSession, str]:
    """An authenticator for the page."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM | options})
    return session, made["authenticatorId"]


def add_passkey(reader: Reader, name: str) -> None:
    reader.go("/mine/factors")
    form = reader.page.locator("form[data-passkey]")
    form.locator("#name").fill(name)
    form.locator("#password").fill(PASSWORD)
    form.locator("button").click()


def sign_out(reader: Reader) -> None:
    reader.go("/mine")
    reader.press("退出登录")


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_passkey_is_set_up_and_signs_in(open_as: Open, phone: bool) -> None:
    handler, admin = open_as("handler", phone=phone), open_as("admin")
    session, authenticator = plug_in(handler.page)
    add_passkey(handler, "我的手机")
    handler.sees("已添加通行密钥")
    handler.sees("还没有用过")
    handler.check_page()
    add_passkey(handler, "再来一次")
    handler.sees("这台设备已经有您的通行密钥。")

    handler.page.locator("#password-codes").fill(PASSWORD)
    handler.press("生成恢复码")
    codes = handler.page.locator("main code").all_inner_texts()
    assert len(set(codes)) == 10
    handler.check_page()
    sign_out(handler)

    handler.go("/sign-in/staff?next=/mine/factors")
    handler.check_page()
    handler.press("用通行密钥登录")
    expect(handler.page.get_by_role("heading", name="登录保护")).to_be_visible()
    handler.sees("最近使用")
    sign_out(handler)

    # The password alone is not enough, a recovery code beside it is.
    handler.go("/sign-in/staff")
    for code in ("", codes[0]):
        handler.page.locator("#username").fill("handler")
        handler.page.locator("#password").fill(PASSWORD)
        if code:
            handler.page.locator("#recovery_code").fill(code)
        handler.page.get_by_role("button", name="登录", exact=True).click()
        if not code:
            expect(handler.page.locator("#recovery_code")).to_be_visible()
            handler.check_page()
    handler.sees("恢复码已用掉一个")
    sign_out(handler)

    # Somebody else at the same device does not get past it.
    session.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    handler.go("/sign-in/staff")
    handler.press("用通行密钥登录")
    handler.sees("没有登录成功")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})

    admin.go("/admin/staff?q=handler")
    admin.page.locator("main table a").first.click()
    admin.page.get_by_text("清除二次验证").first.click()
    admin.page.locator("#reason").fill("手机丢失，已当面核实本人。")
    admin.press("确定清除")
    admin.sees("已清除二次验证")
    admin.check_page()
    handler.go("/sign-in/staff")
    handler.press("用通行密钥登录")
    handler.sees("通行密钥未能通过验证")
    handler.sign_in()


def test_without_scripts_the_password_is_offered_alone(open_as: Open) -> None:
    visitor = open_as(scripts=False)
    visitor.go("/sign-in/staff")
    expect(visitor.page.get_by_role("button", name="用通行密钥登录")).to_be_hidden()
    expect(visitor.page.get_by_role("button", name="登录", exact=True)).to_be_visible()
