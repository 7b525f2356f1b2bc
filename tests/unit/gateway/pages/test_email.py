"""Giving an address and proving it, without leaving the page."""

import pytest

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.reading import Page

PAGE = "/mine/email"
ADDRESS = "wang@example.org"


def give(wang: Browser, address: str = ADDRESS) -> Page:
    return wang.send_and_follow(wang.get(PAGE).form(PAGE), address=address)


def test_address_then_code_then_proven(wang: Browser, district: FakeDistrict) -> None:
    assert wang.get("/mine").text.count("邮件通知") == 1
    page = give(wang)
    assert "验证码已发出" in page.text and f"{ADDRESS} 还没有验证" in page.text
    page = wang.send_and_follow(page.form("/code"), code=" 492039 ")
    assert "邮箱已验证" in page.text and f"通知会发到 {ADDRESS}。" in page.text
    assert district.asked("put_contact_point") == [{"channel": "email", "address": ADDRESS, "verified": False}]


def test_a_wrong_code_can_be_typed_again(wang: Browser, district: FakeDistrict) -> None:
    answer = wang.send(give(wang).form("/code"), code="000000")
    assert answer.status_code == 422 and "验证码不对或已过期" in answer.get_data(as_text=True)
    assert f"{ADDRESS} 还没有验证" in wang.get(PAGE).text


def test_what_is_no_code_is_not_asked_about(wang: Browser, district: FakeDistrict) -> None:
    form = give(wang).form("/code")
    for code in ("", "12345", "１２３４５６"):
        assert wang.send(form, code=code).status_code == 422
    assert not district.asked("verify_contact_point")


@pytest.mark.parametrize(
    ("code", "kind", "status", "told"),
    [
        ("invalid", "invalid", 422, "这不像一个邮箱地址"),
        ("notify.email_off", "conflict", 409, "尚未开通邮件"),
        ("notify.too_many_codes", "too_many", 429, "过于频繁"),
    ],
)
def test_what_is_refused_is_told_above_the_form(
    wang: Browser, district: FakeDistrict, code: str, kind: str, status: int, told: str
) -> None:
    district.refusals["put_contact_point"] = Refused(code, kind, f"本系统{told}。", {})  # type: ignore[arg-type]
    answer = wang.send(wang.get(PAGE).form(PAGE), address="nonsense")
    assert answer.status_code == status and told in answer.get_data(as_text=True)


def test_an_address_can_be_removed(wang: Browser, district: FakeDistrict) -> None:
    page = wang.send_and_follow(give(wang).form("/code"), code="492039")
    assert "已删除" in wang.send_and_follow(page.form("/remove")).text
    assert district.contact_points == []


def test_visitors_sign_in_first(visitor: Browser) -> None:
    assert visitor.client.get(PAGE).headers["Location"].startswith("/sign-in")
