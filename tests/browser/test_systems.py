"""An admin gives another system its key."""

import requests
from playwright.sync_api import expect

from tests.browser.conftest import Open


def test_an_admin_gives_a_system_its_key(open_as: Open, address: str) -> None:
    admin = open_as("admin")
    admin.go("/admin/staff")
    admin.page.get_by_role("navigation", name="管理").get_by_role("link", name="外部系统").click()
    admin.page.get_by_role("link", name="新增系统").click()
    admin.check_page()
    admin.page.locator("#name").fill("开放数据平台")
    admin.page.locator("#contact").fill("信息中心")
    admin.page.get_by_label("查看预约（不含个人信息）").check()
    admin.page.locator("#messages").get_by_label("活动").check()
    admin.page.locator("#exact").fill("cases:everything")
    admin.press("保存")
    expect(admin.page.locator("#exact-error1")).to_contain_text("“cases:everything”不是有效的权限")
    admin.page.locator("#exact").fill("cases:read@liuyi")
    admin.press("保存")
    admin.sees("已新增。现在给它一把密钥。")
    admin.sees("还没有密钥，该系统现在什么也做不了。")
    admin.check_page()
    admin.press("生成密钥")
    admin.sees("密钥只在这里显示一次")
    secret = admin.page.locator("p.token").inner_text()
    admin.check_page()

    def status(path: str) -> int:
        return requests.get(f"{address}/api/v1{path}", headers={"Authorization": f"Bearer {secret}"}, timeout=10).status_code

    assert [status(path) for path in ("/bookings", "/cases", "/me")] == [200, 200, 403]
    admin.page.get_by_role("link", name="开放数据平台").click()
    expect(admin.page.locator("#exact")).to_have_value("cases:read@liuyi")
    expect(admin.page.locator("#keys")).to_contain_text(secret[:11])
    expect(admin.page.locator("#keys")).not_to_contain_text("还没有用过")
    admin.page.locator("#keys summary", has_text="更换").click()
    admin.press("生成新密钥")
    assert admin.page.locator("p.token").inner_text() != secret and status("/bookings") == 200
    admin.page.get_by_role("link", name="开放数据平台").click()
    admin.sees("已更换，即将失效")
    admin.check_page()
    admin.page.locator("summary", has_text="停用系统").click()
    admin.press("确定停用")
    admin.sees("已停用，它的密钥都不能再使用。")
    assert status("/bookings") == 401


def test_the_pages_of_systems_on_a_phone_and_in_english(open_as: Open) -> None:
    admin = open_as("admin", phone=True, language="en")
    admin.go("/admin/systems")
    admin.check_page()
    admin.page.get_by_role("link", name="12345 热线").click()
    admin.sees("API key")
    admin.check_page()
