"""Sign-in with WeChat on the pages, against a server that answers as WeChat documents it. The browser is sent to WeChat's page,
which sends it back."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import Engine, select, text

from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from gateway.http import sealed
from gateway.wechat.models import WeChatLink
from tests.integration.gateway.browser import Browser, Page
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.fake_wechat import MINI, OFFICIAL, SECRET, FakeWeChat, running
from tests.integration.gateway.samples import CASE_ID, case, page
from tests.integration.gateway.test_kept_forms import STEP

SignIn = Callable[[str], Caller]
WANG, CHEN = str(demo_id("account", "wang")), str(demo_id("account", "chen"))
WANGS, CHENS, NEW = "19900000001", "19900000005", "13800138000"
AGENT = "Mozilla/5.0 (Linux; Android 14; V2307A) AppleWebKit/537.36 Mobile Safari/537.36 MicroMessenger/8.0.50.2701"
CALLBACK = "/sign-in/wechat/callback"


@pytest.fixture
def wechat() -> Iterator[FakeWeChat]:
    with running() as server:
        yield server


@pytest.fixture
def configure(app: Flask, wechat: FakeWeChat, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`configure(wechat_official_app_id="")`: the settings of the gateway."""

    def put(**over: Any) -> None:
        known = app.extensions["linli.gateway_settings"]
        settings = {
            "wechat_api": wechat.address,
            "wechat_authorize": f"{wechat.address}/connect/oauth2/authorize",
            "wechat_mini_app_id": MINI,
            "wechat_mini_secret": SECRET,
            "wechat_official_app_id": OFFICIAL,
            "wechat_official_secret": SECRET,
        }
        monkeypatch.setitem(app.extensions, "linli.gateway_settings", replace(known, **settings | over))

    put()
    return put


def browser_in_wechat(app: Flask) -> Browser:
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = AGENT
    return Browser(client)


@pytest.fixture
def phone(app: Flask, people: None, configure: Callable[..., None], services: FakeServices) -> Browser:
    """A browser in WeChat."""
    services.on("notify", "send_code", {})
    services.on("notify", "list_notifications", page() | {"unread_count": 0})
    services.on("cases", "list_cases", page())
    services.on("booking", "list_bookings", page())
    services.on("events", "list_registrations", page())
    return browser_in_wechat(app)


def back_from_wechat(browser: Browser, wechat: FakeWeChat, openid: str, address: str) -> str:
    """The path with which WeChat sends the browser back, after `openid` has agreed on the page at `address`."""
    wechat.visitor = openid
    sent = browser.client.get(address)
    assert sent.status_code == 303, sent.get_data(as_text=True)[:500]
    asked = sent.headers["Location"]
    assert asked.endswith("#wechat_redirect")
    back = requests.get(asked, allow_redirects=False, timeout=10)
    assert back.status_code == 302, back.text
    parts = urlsplit(back.headers["Location"])
    return f"{parts.path}?{parts.query}"


def enter(browser: Browser, wechat: FakeWeChat, openid: str, wanted: str = "/mine/devices") -> Any:
    return browser.client.get(back_from_wechat(browser, wechat, openid, f"/sign-in/wechat?next={wanted}"))


def who(browser: Browser) -> str | None:
    answer = browser.client.get("/api/v1/auth/session")
    return answer.json["account"]["id"] if answer.status_code == 200 else None  # type: ignore[index]


def links(database: Engine) -> set[tuple[str, str]]:
    with reading(database) as session:
        return {(str(link.account_id), link.openid) for link in session.scalars(select(WeChatLink))}


def prove(browser: Browser, page_: Page, number: str, code: str = "246810") -> Any:
    """The answer to phone and code on the sign-in page."""
    sent = browser.send(next(form for form in page_.forms if form.action == "/sign-in"), phone=number)
    shown = Page(sent.get_data(as_text=True)) if sent.status_code == 200 else browser.get(sent.headers["Location"])
    return browser.send(shown.form("/sign-in/code"), code=code)


def first_time(browser: Browser, wechat: FakeWeChat, openid: str, number: str = WANGS) -> Any:
    sent = enter(browser, wechat, openid)
    assert (sent.status_code, sent.headers["Location"]) == (303, "/sign-in?next=/mine/devices")
    return prove(browser, browser.get(sent.headers["Location"]), number)


# --- where it is offered ---


@pytest.mark.parametrize(
    ("agent", "offered"),
    [
        (AGENT, True),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat", True),
        ("Mozilla/5.0 (Linux; Android 14) wxwork/4.1.22 MicroMessenger/7.0.1 Language/zh", False),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/130", False),
        ("", False),
    ],
)
def test_it_is_offered_in_wechats_browser(phone: Browser, configure: Callable[..., None], agent: str, offered: bool) -> None:
    phone.client.environ_base["HTTP_USER_AGENT"] = agent
    assert ("微信登录" in phone.get("/sign-in").text) is offered
    assert (phone.client.get("/sign-in/wechat").status_code == 303) is offered
    configure(wechat_official_app_id="")
    assert "微信登录" not in phone.get("/sign-in").text
    assert phone.client.get("/sign-in/wechat").status_code == 404


def test_wechat_is_asked_as_its_documents_say(phone: Browser, configure: Callable[..., None]) -> None:
    configure(wechat_official_scope="snsapi_userinfo")
    address = phone.client.get("/sign-in/wechat", base_url="https://linli.example").headers["Location"]
    asked = parse_qs(urlsplit(address).query)
    assert list(asked) == ["appid", "redirect_uri", "response_type", "scope", "state"]
    assert [asked[name][0] for name in ("appid", "redirect_uri", "response_type", "scope")] == [
        OFFICIAL, f"https://linli.example{CALLBACK}", "code", "snsapi_userinfo",
    ]  # fmt: skip
    assert len(asked["state"][0]) >= 32 and urlsplit(address).fragment == "wechat_redirect"


# --- signing in ---


def test_the_first_time_the_phone_links_and_later_nothing_is_asked(
    phone: Browser, app: Flask, wechat: FakeWeChat, database: Engine
) -> None:
    sent = enter(phone, wechat, "p-wang")
    shown = phone.get(sent.headers["Location"])
    assert "微信已确认是您" in shown.text and "p-wang" not in shown.html and who(phone) is None
    assert links(database) == set()
    done = prove(phone, shown, WANGS)
    assert (done.status_code, done.headers["Location"]) == (303, "/mine/devices"), "the page that was wanted"
    assert who(phone) == WANG and links(database) == {(WANG, "p-wang")}
    other = browser_in_wechat(app)
    again = enter(other, wechat, "p-wang", "/mine/data")
    assert (again.status_code, again.headers["Location"], who(other)) == (303, "/mine/data", WANG)


def test_a_new_phone_gets_an_account(phone: Browser, wechat: FakeWeChat, database: Engine, services: FakeServices) -> None:
    sent = enter(phone, wechat, "p-new")
    shown = phone.get(sent.headers["Location"])
    phone.send(next(form for form in shown.forms if form.action == "/sign-in"), phone=NEW)
    [asked] = services.of("send_code")
    done = phone.send(phone.get("/sign-in/code").form("/sign-in/code"), code=asked.payload["code"])
    assert done.status_code == 303 and links(database) == {(str(who(phone)), "p-new")}


def test_a_wrong_code_links_nothing_and_the_link_can_be_left_out(phone: Browser, wechat: FakeWeChat, database: Engine) -> None:
    sent = enter(phone, wechat, "p-wang")
    wrong = prove(phone, phone.get(sent.headers["Location"]), WANGS, code="000000")
    assert wrong.status_code == 422 and links(database) == set()
    phone.send(Page(wrong.get_data(as_text=True)).form("/sign-in/without-wechat"))
    shown = phone.get("/sign-in")
    assert "微信已确认是您" not in shown.text
    assert prove(phone, shown, WANGS).status_code == 303
    assert who(phone) == WANG and links(database) == set()


def test_a_person_who_waits_too_long_is_forgotten(
    phone: Browser, wechat: FakeWeChat, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = enter(phone, wechat, "p-wang")
    original = sealed.opened
    monkeypatch.setattr(sealed, "opened", lambda purpose, token, *, seconds: original(purpose, token, seconds=-1))
    assert prove(phone, phone.get(sent.headers["Location"]), WANGS).status_code == 303
    assert who(phone) == WANG and links(database) == set()


def test_the_last_proof_of_a_phone_wins(phone: Browser, app: Flask, wechat: FakeWeChat, database: Engine) -> None:
    first_time(phone, wechat, "p-before")
    first_time(browser_in_wechat(app), wechat, "p-next")
    assert links(database) == {(WANG, "p-next")}
    assert enter(browser_in_wechat(app), wechat, "p-before").headers["Location"].startswith("/sign-in")


def test_an_answer_belongs_to_the_browser_that_asked_and_counts_once(phone: Browser, app: Flask, wechat: FakeWeChat) -> None:
    first_time(phone, wechat, "p-wang")
    one, stranger = browser_in_wechat(app), browser_in_wechat(app)
    back = back_from_wechat(one, wechat, "p-wang", "/sign-in/wechat")
    assert stranger.client.get(back).status_code == 401, "another browser"
    back_from_wechat(stranger, wechat, "p-other", "/sign-in/wechat")
    assert stranger.client.get(back).status_code == 401, "with a sign-in of its own"
    assert one.client.get(back.replace("state=", "state=x")).status_code == 401
    assert one.client.get(back).status_code == 401, "the state was used up"
    for path in (CALLBACK, f"{CALLBACK}?state=x", f"{CALLBACK}?code=x&state="):
        assert one.client.get(path).status_code == 401
    assert who(one) is None and who(stranger) is None


def test_what_wechat_refuses_leads_to_the_other_ways(phone: Browser, wechat: FakeWeChat) -> None:
    for error, status in ((40029, 401), (40226, 401), (-1, 503)):
        wechat.scripted["/sns/oauth2/access_token"] = [error]
        answer = enter(phone, wechat, "p-wang", "/mine/devices")
        assert answer.status_code == status
        assert 'href="/sign-in?next=/mine/devices"' in answer.get_data(as_text=True) and who(phone) is None


def test_a_disabled_account_does_not_sign_in(phone: Browser, app: Flask, wechat: FakeWeChat, database: Engine) -> None:
    first_time(phone, wechat, "p-wang")
    with transaction(database) as session:
        session.execute(text("UPDATE account SET disabled_at = now() WHERE id = :id"), {"id": WANG})
    other = browser_in_wechat(app)
    assert enter(other, wechat, "p-wang").status_code == 401 and who(other) is None


def test_what_was_typed_survives_also_the_first_time(
    phone: Browser, wechat: FakeWeChat, services: FakeServices, clock: Clock, database: Engine
) -> None:
    services.on("cases", "get_case", case(steps=[STEP], version=3, mine=True))
    services.on("cases", "get_case_history", page())
    for verb in ("list_grids", "list_categories", "list_departments"):
        services.on("cases", verb, {"items": []})
    first_time(phone, wechat, "p-before")
    for openid in ("p-before", "p-new-phone"):  # known to us, and with another phone of the same resident
        form = phone.get(f"/cases/{CASE_ID}").form("/accept")
        clock.forward(days=31)
        sign_in = Page(phone.send(form, note="请尽快").get_data(as_text=True))
        leaving = Page(phone.send(sign_in.form("/sign-in/ways/wechat")).get_data(as_text=True))
        assert "正在前往微信登录" in leaving.text and "30 分钟" in leaving.text
        answer = phone.client.get(back_from_wechat(phone, wechat, openid, "/sign-in/wechat"))
        if openid == "p-new-phone":
            answer = prove(phone, phone.get(answer.headers["Location"]), WANGS)
        again = phone.send(Page(answer.get_data(as_text=True)).form("/accept"))
        assert Page(again.get_data(as_text=True)).form("/accept").fields["note"] == "请尽快"
    assert services.of("take_step") == []
    with reading(database) as session:
        assert session.scalar(text("SELECT count(*) FROM carried_form")) == 0


# --- the page of one's devices ---


def test_a_resident_links_and_unlinks(phone: Browser, wechat: FakeWeChat, database: Engine, clock: Clock) -> None:
    assert prove(phone, phone.get("/sign-in"), WANGS).status_code == 303
    clock.forward(minutes=11)
    devices = phone.get("/mine/devices")
    assert not any(form.action == "/mine/wechat" for form in devices.forms), "a proof is needed"
    assert phone.send(devices.form("/mine/devices/code")).status_code == 303
    wrong = phone.send(phone.get("/mine/devices").form("/mine/devices/proof"), code="000000")
    assert wrong.status_code == 422
    assert phone.send(phone.get("/mine/devices").form("/mine/devices/proof"), code="246810").status_code == 303
    leaving = phone.send(phone.get("/mine/devices").form("/mine/wechat"))
    assert "/mine/wechat/start" in leaving.get_data(as_text=True)
    back = back_from_wechat(phone, wechat, "p-wang", "/mine/wechat/start")
    assert phone.client.get(back).headers["Location"] == "/mine/devices#wechat"
    assert links(database) == {(WANG, "p-wang")}
    shown = phone.get("/mine/devices")
    assert "微信公众号" in shown.text and "已关联" in shown.text
    assert phone.send(shown.form("/unlink")).status_code == 303
    assert links(database) == set() and "微信公众号" not in phone.get("/mine/devices").text


def test_without_a_fresh_proof_or_by_a_link_of_another_site_nothing_is_linked(
    phone: Browser, wechat: FakeWeChat, database: Engine, clock: Clock
) -> None:
    assert prove(phone, phone.get("/sign-in"), WANGS).status_code == 303
    assert phone.client.get("/mine/wechat/start").headers["Location"] == "/mine/devices", "nobody has sent the form"
    phone.send(phone.get("/mine/devices").form("/mine/wechat"))
    back = back_from_wechat(phone, wechat, "p-wang", "/mine/wechat/start")
    clock.forward(minutes=11)
    asked = len(wechat.asked)
    assert phone.client.get(back).status_code == 303
    assert links(database) == set() and len(wechat.asked) == asked, "the code was not used up"


def test_another_account_that_has_signed_in_meanwhile_is_not_linked(
    phone: Browser, wechat: FakeWeChat, database: Engine
) -> None:
    assert prove(phone, phone.get("/sign-in"), WANGS).status_code == 303
    phone.send(phone.get("/mine/devices").form("/mine/wechat"))
    back = back_from_wechat(phone, wechat, "p-wang", "/mine/wechat/start")
    with phone.client.session_transaction() as kept:
        started = kept["wechat"]
    assert prove(phone, phone.get("/sign-in"), CHENS).status_code == 303
    with phone.client.session_transaction() as kept:
        kept["wechat"] = started
    assert phone.client.get(back).status_code == 401 and links(database) == set()


# --- the API ---


def test_the_api_links_lists_and_unlinks(
    phone: Browser, sign_in: SignIn, wechat: FakeWeChat, database: Engine, clock: Clock
) -> None:
    wang, chen = sign_in("wang"), sign_in("chen")
    assert wang.get("/me/wechat-links").json["items"] == []
    body = {"app": "mini_program", "code": wechat.person("c", "o-wang")}
    linked = wang.post("/me/wechat-links", json=body)
    assert linked.status_code == 201, linked.json
    [link] = wang.get("/me/wechat-links").json["items"]
    assert linked.json["items"] == [link] and set(link) == {"id", "app", "linked_at"}
    assert chen.delete(f"/me/wechat-links/{link['id']}").status_code == 404 and links(database) == {(WANG, "o-wang")}
    taken = chen.post("/me/wechat-links", json={"app": "mini_program", "code": wechat.person("c2", "o-wang")})
    assert taken.status_code == 201 and links(database) == {(CHEN, "o-wang")}, "a person has one account"
    assert chen.delete(f"/me/wechat-links/{taken.json['items'][0]['id']}").status_code == 204 and links(database) == set()
    staff = sign_in("clerk").post("/me/wechat-links", json=body)
    assert staff.status_code == 403
    clock.forward(minutes=11)
    late = wang.post("/me/wechat-links", json=body)
    assert (late.status_code, late.json["code"]) == (403, "auth.proof_needed") and links(database) == set()
