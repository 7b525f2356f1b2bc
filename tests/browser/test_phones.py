"""Phones of a resident, with real text messages: on a phone and at a desk, in both languages, with axe."""

import re

import pytest
from playwright.sync_api import expect

from chassis.demo import demo_id
from tests.browser.conftest import Open
from tests.browser.reader import Reader
from tests.browser.test_own_data import code_of, sign_up
from tests.patience import eventually


def messages(admin: Reader, phone: str) -> list[str]:
    items = admin.page.request.get(f"/api/v1/sms-sink?phone={phone}").json()["items"]
    return [str(item["body"]) for item in items]


def test_a_resident_changes_the_number(open_as: Open) -> None:
    admin, reader = open_as("admin"), open_as(phone=True)
    old, new = "13800138060", "13800138061"
    reader.go("/sign-in?next=/mine/phones")
    sign_up(reader, admin, old)
    reader.page.locator("input[name=given_by][value=self]").check()
    reader.page.locator("main form.card button").click()
    expect(reader.page).to_have_url(re.compile("/mine/phones$"))
    reader.check_page()
    reader.page.locator("input[name=phone]").fill(new)
    reader.press("发送验证码")
    reader.check_page()
    reader.page.locator("#code").fill(code_of(admin, new))
    reader.press("添加号码")
    reader.sees("138 0013 8061")
    reader.press("设为主号码")
    reader.sees("已设为主号码。")
    reader.check_page()
    # Both phones hear of it, whatever arrives first.
    eventually(lambda: any("不再往这个号码发短信" in body for body in messages(admin, old)), seconds=60)
    eventually(
        lambda: any("新增了一个登录手机号" in body for body in (*messages(admin, old), *messages(admin, new))), seconds=60
    )
    reader.page.get_by_text("删除", exact=True).click()
    reader.check_page()
    reader.press("确定删除")
    reader.sees("已删除。")
    assert "138 0013 8060" not in reader.page.locator("main").inner_text()


@pytest.mark.parametrize(("phone", "language"), [(True, "en"), (False, "zh-CN")])
def test_the_counter(open_as: Open, phone: bool, language: str) -> None:
    admin, clerk = open_as("admin"), open_as("clerk", phone=phone, language=language)
    new = "13800138062" if phone else "13800138063"
    clerk.go(f"/desk/residents/{demo_id('account', 'ma-granny')}")
    clerk.page.locator('main a[href$="/phones"]').click()
    clerk.check_page()
    clerk.page.locator("input[name=phone]").fill(new)
    clerk.page.locator('form[action$="/phones/code"] button').click()
    expect(clerk.page.locator("#code")).to_be_visible()
    clerk.check_page()
    clerk.page.locator("#code").fill(code_of(admin, new))
    clerk.page.locator('form[action$="/phones"] button').click()
    clerk.sees(f"{new[:3]} {new[3:7]} {new[7:]}")
    clerk.check_page()
    if language == "en":
        assert not re.search(r"[\u4e00-\u9fff]", clerk.page.locator("main section").first.inner_text())
