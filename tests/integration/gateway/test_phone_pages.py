"""The pages about phones: 我的 → 手机号, and the counter."""

# ruff: noqa: F401, F811 - fixtures

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Unavailable
from gateway.directory import live_settings
from tests.integration.gateway.browser import Browse, Browser, Form, Page, browse
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices, refused
from tests.integration.gateway.samples import page
from tests.integration.gateway.test_own_data import two_communities
from tests.integration.gateway.test_phones import DAUGHTERS, NEW, OTHER, WANG, Sms, id_of, listed, sms

SignIn = Callable[[str], Caller]
PHONES = "/mine/phones"
AT_COUNTER = f"/desk/residents/{WANG}/phones"


@pytest.fixture(autouse=True)
def answers(services: FakeServices) -> None:
    services.on("booking", "list_bookings", page())
    services.on("booking", "list_waits", page())
    services.on("booking", "list_questions", page())
    services.on("booking", "list_lottery_entries", page())
    services.on("events", "list_registrations", page())
    services.on("cases", "list_cases", page())
    services.on("notify", "list_notifications", page() | {"unread_count": 0})
    services.on("notify", "send_code", {})
    services.on("notify", "get_reminder_choice", {"reminders": "app"})
    services.on("notify", "choose_reminders", {"reminders": "sms"})


def code_in(services: FakeServices) -> str:
    return str(services.of("send_code")[-1].payload["code"])


def test_a_resident_adds_chooses_and_removes_phones(browse: Browse, sign_in: SignIn, services: FakeServices) -> None:
    wang = browse("wang")
    assert wang.get("/mine").link(PHONES)
    shown = wang.get(PHONES)
    assert "199 0000 0001" in shown.text and f"{PHONES}/proof" not in shown.html
    asked = wang.send_and_follow(shown.form(f"{PHONES}/code"), phone="138 0013 8000")
    assert "验证码已发到 138 0013 8000" in asked.text
    wrong = wang.send(asked.form(PHONES), code="000000" if code_in(services) != "000000" else "000001")
    assert wrong.status_code == 422 and "验证码错误" in wrong.get_data(as_text=True)
    added = wang.send_and_follow(asked.form(PHONES), code=code_in(services))
    assert "138 0013 8000" in added.text and "已添加" in added.text
    main = wang.send_and_follow(added.form("/main"))
    assert listed(sign_in("wang"))[0] == (NEW, "sign_in", True)
    removed = wang.send_and_follow(main.form("/remove"))
    assert "199 0000 0001" not in removed.text
    contact = wang.send_and_follow(removed.form(f"{PHONES}/contact"), contact=DAUGHTERS)
    assert "139 0013 9000" in contact.text
    assert wang.send(contact.form(f"{PHONES}/contact"), contact="123").status_code == 422


def test_the_page_asks_for_a_proof_first(browse: Browse, clock: Clock, services: FakeServices) -> None:
    wang = browse("wang")
    clock.forward(minutes=11)
    shown = wang.get(PHONES)
    assert "先验证是您本人" in shown.text and f"{PHONES}/code" not in shown.html.replace("/proof/code", "")
    asked = wang.send_and_follow(shown.form(f"{PHONES}/proof/code"))
    proved = wang.send_and_follow(next(form for form in asked.forms if form.action == f"{PHONES}/proof"), code="246810")
    assert proved.form(f"{PHONES}/code")


def test_a_proof_that_ended_meanwhile_is_said_on_the_page(browse: Browse, clock: Clock) -> None:
    wang = browse("wang")
    form = wang.get(PHONES).form(f"{PHONES}/code")
    clock.forward(minutes=11)
    answer = wang.send(form, phone=NEW)
    assert answer.status_code == 403 and "请再次验证手机" in answer.get_data(as_text=True)


def test_a_phone_of_another_account(browse: Browse, services: FakeServices) -> None:
    wang = browse("wang")
    asked = wang.send_and_follow(wang.get(PHONES).form(f"{PHONES}/code"), phone="19900000002")
    refused = wang.send(asked.form(PHONES), code="246810")
    assert refused.status_code == 422 and "请带手机到中心窗口" in refused.get_data(as_text=True)
    assert "李建国" not in refused.get_data(as_text=True)
    again = wang.send_and_follow(asked.form(PHONES), back="1")
    assert again.form(f"{PHONES}/code")


def test_staff_have_no_such_page(browse: Browse) -> None:
    browse("clerk").get(PHONES, status=403)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_counter_adds_a_phone(browse: Browse, sign_in: SignIn, services: FakeServices, language: str) -> None:
    clerk = browse("clerk", language)
    resident = clerk.get(f"/desk/residents/{WANG}")
    shown = clerk.get(resident.link(AT_COUNTER))
    answer = clerk.send(shown.form(f"{AT_COUNTER}/code"), phone=NEW)
    assert answer.status_code == 200
    told = Page(answer.get_data(as_text=True))
    wrong = clerk.send(told.form(AT_COUNTER), code="abc")
    assert wrong.status_code == 422
    added = clerk.send_and_follow(Page(wrong.get_data(as_text=True)).form(AT_COUNTER), code=code_in(services))
    assert "138 0013 8000" in added.text and ("起可用来登录" in added.text or "Can be used to sign in from" in added.text)
    relative = clerk.send_and_follow(added.form(f"{AT_COUNTER}/contact"), contact=DAUGHTERS)
    assert "139 0013 9000" in relative.text
    gone = clerk.send_and_follow(relative.form("/remove"))
    assert "139 0013 9000" not in gone.text
    assert "138 0013 8000" in clerk.get(f"/desk/residents/{WANG}").text


def test_the_counter_moves_a_number(browse: Browse, sign_in: SignIn, sms: Sms, services: FakeServices) -> None:
    li = sign_in("li")
    sms.add(li, OTHER)
    clerk = browse("clerk")
    # The demo's residents have a fixed code, and so have their phones.
    told = Page(clerk.send(clerk.get(AT_COUNTER).form(f"{AT_COUNTER}/code"), phone=OTHER).get_data(as_text=True))
    assert "move" not in told.form(AT_COUNTER).fields and "转过来" not in told.text
    refused = clerk.send(told.form(AT_COUNTER), code="246810")
    assert refused.status_code == 409
    again = Page(refused.get_data(as_text=True))
    assert "转过来" in again.text and "李建国" not in again.text
    moved = clerk.send_and_follow(again.form(AT_COUNTER), code="246810", move="y")
    assert "137 0013 7000" in moved.text
    assert listed(sign_in("li")) == [("19900000002", "sign_in", True)]


def test_contact_data_has_all_phones(browse: Browse, sms: Sms, sign_in: SignIn, services: FakeServices) -> None:
    sms.add(sign_in("wang"))
    sign_in("wang").post("/me/phones", json={"phone": DAUGHTERS})
    services.on("booking", "get_booking", {"resident_id": WANG})
    booking = demo_id("booking", "any")
    contact = sign_in("clerk").post(f"/bookings/{booking}/contact").json
    assert (contact["phone"], contact["others"]) == (
        "+8619900000001",
        [{"phone": f"+86{NEW}", "is_own_phone": True}, {"phone": f"+86{DAUGHTERS}", "is_own_phone": False}],
    )
    clerk = browse("clerk")
    form = Form(
        f"/desk/bookings/{booking}/contact", "post", {"csrf_token": clerk.get(AT_COUNTER).forms[0].fields["csrf_token"]}
    )
    shown = clerk.send(form).get_data(as_text=True)
    assert "138 0013 8000" in shown and "139 0013 9000" in shown and "家人的电话" in shown


# --- a community that is closed for sign-up ---


def close_sign_up(sign_in: SignIn, community: str) -> None:
    answer = sign_in("admin").put(f"/communities/{community}/settings", json={"sign_up": False})
    assert answer.status_code == 200, answer.json


def test_nobody_moves_into_a_closed_community_without_staff(
    browse: Browse, sign_in: SignIn, two_communities: None, database: Engine
) -> None:
    from tests.integration.gateway.test_live_settings import reach

    reach.__wrapped__(database, None)  # `admin` works in the whole district
    close_sign_up(sign_in, "yuxin")
    wang = sign_in("wang")
    refused = wang.patch("/me", json={"community_id": "yuxin"})
    assert (refused.status_code, refused.json["code"]) == (403, "residents.community_closed")
    assert wang.get("/me").json["community_id"] == "liuyi"
    browser = browse("wang")
    assert browser.get("/mine/community").text.count("请到该社区的窗口办理") == 1
    assert not [form for form in browser.get("/mine/community?to=yuxin").forms if form.action == "/mine/community"]
    assert sign_in("clerk").put(f"/residents/{WANG}/community", json={"community_id": "yuxin"}).status_code == 200
    assert wang.post("/me/consents", json={"version": 1}).status_code == 201
    assert wang.patch("/me", json={"community_id": "liuyi"}).status_code == 200, "liuyi is open"


def test_the_counter_chooses_text_messages_for_somebody_who_does_not_use_the_pages(
    browse: Browse, sign_in: SignIn, services: FakeServices
) -> None:
    clerk = browse("clerk")
    address = f"/desk/residents/{WANG}/reminders"
    shown = clerk.get(AT_COUNTER)
    saved = clerk.send_and_follow(shown.form(address), reminders="sms")
    assert "已保存" in saved.text
    (asked,) = services.of("choose_reminders")
    assert asked.payload == {"account_id": WANG, "community_id": "liuyi", "reminders": "sms"}
    assert asked.context.identity.scopes == {"gateway"}
    (entry, *_) = sign_in("admin").get("/audit-log?kind=resident").json["items"]
    assert (entry["before"], entry["after"]) == ({"reminders": "app"}, {"reminders": "sms"})
    assert clerk.send(shown.form(address), reminders="carrier pigeon").status_code == 422
    assert len(services.of("choose_reminders")) == 1


def test_others_than_clerks_choose_nothing(browse: Browse, services: FakeServices) -> None:
    form = browse("clerk").get(AT_COUNTER).form(f"/desk/residents/{WANG}/reminders")
    assert browse("supervisor").send(form, reminders="sms").status_code in {400, 403}
    assert services.of("choose_reminders") == []


def test_the_phones_are_shown_while_notify_is_away(browse: Browse, services: FakeServices) -> None:
    services.on("notify", "get_reminder_choice", refused(Unavailable()))
    assert f"/desk/residents/{WANG}/reminders" not in browse("clerk").get(AT_COUNTER).html
