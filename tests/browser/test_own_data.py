"""Consent at the first sign-in, and one's own data: on a phone and at a desk, in both languages, with axe."""

import re
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.reader import Reader

EN = re.compile(r"[\u4e00-\u9fff]")


def sign_up(reader: Reader, admin: Reader, phone: str) -> None:
    """Through the forms, with the code of the SMS, which the demo keeps."""
    reader.page.locator("#phone").fill(phone)
    reader.page.locator("main form.card button").click()
    expect(reader.page.locator("#code")).to_be_visible()
    reader.page.locator("#code").fill(code_of(admin, phone))
    reader.page.locator("main form.card button").click()


def code_of(admin: Reader, phone: str) -> str:
    for _ in range(100):
        items = admin.page.request.get(f"/api/v1/sms-sink?phone={phone}").json()["items"]
        if items:
            return re.findall(r"\d{6}", items[0]["body"])[0]
        admin.page.wait_for_timeout(100)
    raise AssertionError("no SMS")


@pytest.mark.parametrize(("phone", "language"), [(True, "zh-CN"), (False, "en")])
def test_the_first_sign_in_asks_and_returns_to_what_was_wanted(open_as: Open, phone: bool, language: str) -> None:
    admin, reader = open_as("admin"), open_as(phone=phone, language=language)
    reader.page.context.add_cookies(
        [
            {
                "name": "linli_language",
                "value": language,
                "url": reader.page.url.split("/", 3)[0] + "//" + reader.page.url.split("/")[2],
            }
        ]
    )
    reader.go("/sign-in?next=/mine/looked")
    sign_up(reader, admin, "13800138071" if phone else "13800138072")
    expect(reader.page).to_have_url(re.compile(r"/consent\?next="))
    reader.check_page()
    if language == "en":
        assert not EN.search(reader.page.locator("main").inner_text())
    reader.page.locator("main form.card button").click()  # nothing is chosen
    expect(reader.page).to_have_url(re.compile("/consent"))
    reader.page.locator("input[name=given_by][value=self]").check()
    reader.page.locator("main form.card button").click()
    expect(reader.page).to_have_url(re.compile("/mine/looked$"))
    reader.check_page()


@pytest.mark.parametrize(("phone", "language", "name"), [(True, "en", "ma"), (False, "zh-CN", "zhang")])
def test_export_then_ask_for_the_end_and_keep_the_account(open_as: Open, phone: bool, language: str, name: str) -> None:
    reader = open_as(name, phone=phone, language=language)
    reader.go("/mine")
    reader.page.locator('main a[href="/mine/data"]').click()
    reader.check_page()
    with reader.page.expect_download() as download:
        reader.page.locator('a[href="/mine/data/linli.json"]').click()
    data = orjson.loads(Path(download.value.path()).read_bytes())
    assert data["account"]["phone"].startswith("+86199")
    with reader.page.expect_download() as readable:
        reader.page.locator('a[href="/mine/data/linli.html"]').click()
    assert data["account"]["name"] in Path(readable.value.path()).read_text()
    reader.page.locator("#end summary").click()
    reader.page.locator("#end input[type=checkbox]").check()
    reader.check_page()
    reader.page.locator("#end button.danger").click()
    number = reader.page.locator("#receipt-number").inner_text()
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", number)
    reader.check_page()
    visitor = open_as(phone=phone)
    visitor.go(f"/erasures?number={number}")
    visitor.sees(number)
    visitor.check_page()
    reader.go("/mine")
    reader.page.locator('main .notice a[href="/mine/data"]').click()
    reader.page.locator('form[action="/mine/data/keep"] button').click()
    expect(reader.page.locator("#receipt-number")).to_have_count(0)
    if language == "en":
        assert not EN.search(reader.page.locator("main").inner_text())


@pytest.mark.parametrize("phone", [True, False])
def test_another_community_and_back(open_as: Open, phone: bool) -> None:
    reader = open_as("li", phone=phone)
    reader.go("/mine/community")
    reader.check_page()
    for target in ("yuxin", "liuyi"):
        reader.page.locator(f'a[href="/mine/community?to={target}"]').click()
        reader.check_page()
        reader.page.locator('form[action="/mine/community"] button').click()
        if target == "yuxin" and "/consent" in reader.page.url:
            reader.page.locator("input[name=given_by][value=self]").check()
            reader.page.locator("main form.card button").click()
        expect(reader.page).to_have_url(re.compile("/mine$"))
        reader.go("/mine/community")


@pytest.mark.parametrize("phone", [True, False])
def test_the_account_of_a_resident_at_the_counter(open_as: Open, phone: bool) -> None:
    clerk = open_as("clerk", phone=phone)
    clerk.go("/desk/residents")
    clerk.page.locator("#new #name").fill("李奶奶")
    clerk.page.locator('form[action="/desk/residents#new"] button').click()
    clerk.press("账号与同意", "link")
    clerk.check_page()
    clerk.page.locator("input[name=given_by][value=self]").check()
    clerk.press("记录口头同意")
    clerk.sees("已同意现在的第")
    clerk.page.locator("summary").filter(has_text="为居民申请注销").click()
    clerk.page.locator("input[name=reason][value=asked]").check()
    clerk.check_page()
    clerk.press("申请注销")
    expect(clerk.page.locator("#receipt-number")).to_be_visible()
    clerk.check_page()
    clerk.press("撤回，保留账号")
    clerk.sees("已撤回")


@pytest.mark.parametrize(("phone", "language", "name"), [(True, "en", "ma"), (False, "zh-CN", "zhang")])
def test_consent_is_withdrawn_and_given_again(open_as: Open, phone: bool, language: str, name: str) -> None:
    reader = open_as(name, phone=phone, language=language)
    reader.go("/mine/data")
    reader.page.locator("#withdraw summary").click()
    reader.check_page()
    reader.page.locator("#withdraw button.danger").click()
    expect(reader.page.locator("#withdraw")).to_have_count(0)
    reader.check_page()
    reader.go("/mine/looked")
    expect(reader.page).to_have_url(re.compile(r"/consent\?next="))
    reader.check_page()
    if language == "en":
        assert not EN.search(reader.page.locator("main").inner_text())
    reader.page.locator("input[name=given_by][value=self]").check()
    reader.page.locator("main form.card button").click()
    expect(reader.page).to_have_url(re.compile("/mine/looked$"))
