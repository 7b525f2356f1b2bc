"""Sign-in of residents with WeChat, against a server that answers as WeChat documents it."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, text

from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from gateway.accounts.models import Account
from gateway.operations import export
from gateway.refusals.providers import WeChatAway
from gateway.wechat import linking
from gateway.wechat.apps import MiniProgram, Person
from gateway.wechat.models import WeChatLink
from gateway.wechat.server import Server
from tests.integration.gateway.conftest import AccountsOf, Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.fake_wechat import MINI, OFFICIAL, SECRET, FakeWeChat, running
from tests.patience import eventually

SignIn = Callable[[str], Caller]
WANG, CHEN = str(demo_id("account", "wang")), str(demo_id("account", "chen"))
WANGS, CHENS, NEW = "19900000001", "19900000005", "13800138000"
Enter = Callable[..., Any]


@pytest.fixture
def wechat() -> Iterator[FakeWeChat]:
    with running() as server:
        yield server


@pytest.fixture
def configure(app: Flask, wechat: FakeWeChat, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`configure(wechat_mini_app_id="")`: the settings of the gateway."""

    def put(**over: Any) -> None:
        known = app.extensions["linli.gateway_settings"]
        settings = {
            "wechat_api": wechat.address,
            "wechat_mini_app_id": MINI,
            "wechat_mini_secret": SECRET,
            "wechat_official_app_id": OFFICIAL,
            "wechat_official_secret": SECRET,
        }
        monkeypatch.setitem(app.extensions, "linli.gateway_settings", replace(known, **settings | over))

    put()
    return put


@pytest.fixture
def enter(visitor: Caller, people: None, configure: Callable[..., None], wechat: FakeWeChat) -> Enter:
    """`enter("o-wang", phone=WANGS)`: the answer to somebody of WeChat who is in the mini-program, or in another app."""

    def sign_in(openid: str, *, phone: str | None = None, app: str = "mini_program", **of_person: Any) -> Any:
        body: dict[str, Any] = {"app": app, "code": wechat.person(uuid4().hex, openid, **of_person)}
        if phone is not None:
            body["phone_code"] = wechat.phone(uuid4().hex, phone)
        return visitor.post("/auth/wechat?community_id=liuyi", json=body)

    return sign_in


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def who(answer: Any) -> str:
    assert answer.status_code == 201, answer.json
    return str(answer.json["account"]["id"])


def links(database: Engine) -> set[tuple[str, str, str | None]]:
    with reading(database) as session:
        found = session.execute(select(WeChatLink.account_id, WeChatLink.openid, WeChatLink.unionid)).all()
    return {(str(account_id), openid, unionid) for account_id, openid, unionid in found}


def accounts(database: Engine) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).select_from(Account)) or 0


NEEDS_PHONE = (403, "auth.wechat_phone_needed")


# --- whose account it is ---


def test_the_first_time_a_phone_is_needed_and_later_not(
    enter: Enter, database: Engine, wechat: FakeWeChat, visitor: Caller
) -> None:
    assert told(enter("o-wang")) == NEEDS_PHONE and links(database) == set()
    first = enter("o-wang", phone=WANGS)
    assert who(first) == WANG and links(database) == {(WANG, "o-wang", None)}
    visitor.post("/auth/codes", json={"phone": WANGS})
    with_code = visitor.post("/auth/sessions", json={"phone": WANGS, "code": "246810"}).json
    assert {**first.json, "token": None} == {**with_code, "token": None}, "the answer is that of POST /auth/sessions"
    assert who(enter("o-wang")) == WANG
    own = visitor.get("/me", headers={"Authorization": f"Bearer {first.json['token']}"})
    assert own.json["id"] == WANG
    assert wechat.asked.count("/wxa/business/getuserphonenumber") == 1
    assert told(enter("o-stranger")) == NEEDS_PHONE


def test_a_new_phone_gets_an_account_that_is_asked_for_its_consent(enter: Enter, database: Engine, wechat: FakeWeChat) -> None:
    before = accounts(database)
    answer = enter("o-new", phone=NEW)
    assert (answer.json["account"]["phone"], answer.json["consent"]["needed"]) == ("+86" + NEW, True)
    assert who(enter("o-new")) == who(answer) and accounts(database) == before + 1


def test_while_sign_up_is_closed_nothing_is_made(enter: Enter, sign_in: SignIn, database: Engine) -> None:
    with transaction(database) as session:
        session.execute(text("UPDATE account SET whole_district = true WHERE username = 'admin'"))
    assert sign_in("admin").put("/communities/liuyi/settings", json={"sign_up": False}).status_code == 200
    before = accounts(database)
    assert told(enter("o-new", phone=NEW)) == (403, "auth.sign_up_closed")
    assert (accounts(database), links(database)) == (before, set())
    assert who(enter("o-wang", phone=WANGS)) == WANG, "who has an account signs in as before"


def test_a_resident_whom_staff_have_added_owns_the_account_from_then_on(
    enter: Enter, sign_in: SignIn, database: Engine
) -> None:
    made = sign_in("clerk").post("/residents", json={"name": "周奶奶", "phone": NEW}).json["id"]
    assert who(enter("o-zhou", phone=NEW)) == made
    with reading(database) as session:
        assert session.get_one(Account, made).claimed_at is not None


def test_the_last_proof_of_a_phone_wins(enter: Enter, database: Engine) -> None:
    enter("o-before", phone=WANGS, unionid="u-before")
    enter("p-before", app="official_account", unionid="u-before")
    assert who(enter("o-next", phone=WANGS)) == WANG
    assert told(enter("o-before", unionid="u-before")) == NEEDS_PHONE, "the earlier owner of the number"
    assert told(enter("p-before", app="official_account", unionid="u-before")) == NEEDS_PHONE
    assert who(enter("o-next", phone=CHENS)) == CHEN, "the same person with another number"
    assert links(database) == {(CHEN, "o-next", None)} and who(enter("o-next")) == CHEN


def test_another_app_knows_the_person_by_the_unionid(enter: Enter, database: Engine, wechat: FakeWeChat) -> None:
    official: dict[str, Any] = {"app": "official_account"}
    assert told(enter("p-wang", **official)) == NEEDS_PHONE
    enter("o-wang", phone=WANGS, unionid="u-wang")
    assert told(enter("p-wang", **official)) == NEEDS_PHONE, "snsapi_base tells no unionid"
    assert who(enter("p-wang", **official, unionid="u-wang", scope="snsapi_userinfo")) == WANG
    assert who(enter("p-wang", **official)) == WANG, "from now on snsapi_base is enough"
    assert links(database) == {(WANG, "o-wang", "u-wang"), (WANG, "p-wang", "u-wang")}
    assert "/sns/userinfo" not in wechat.asked
    enter("o-chen", phone=CHENS, unionid="union-of-p-chen")
    assert who(enter("p-chen", **official, scope="snsapi_userinfo")) == CHEN, "the unionid is asked for if it is missing"
    assert who(enter("o-wang", phone=WANGS)) == WANG
    assert (WANG, "p-wang", "u-wang") in links(database), "the same person proves the number again: all links stay"


def test_a_preview_has_no_person(enter: Enter, database: Engine) -> None:
    enter("o-wang", phone=WANGS, unionid="u-wang")
    answer = enter("p-x", app="official_account", unionid="u-wang", is_snapshotuser=1)
    assert told(answer) == (401, "auth.wechat_refused")


def test_accounts_that_may_not_be_used(enter: Enter, database: Engine) -> None:
    enter("o-wang", phone=WANGS)
    with transaction(database) as session:
        session.execute(text("UPDATE account SET disabled_at = now() WHERE id = :id"), {"id": WANG})
    known = links(database)
    assert told(enter("o-wang")) == (401, "auth.wechat_refused")
    assert told(enter("o-other", phone=WANGS)) == (401, "auth.wechat_refused") and links(database) == known
    with transaction(database) as session:
        merged = "UPDATE account SET merged_into = :into, phone = NULL, phone_index = NULL WHERE id = :id"
        session.execute(text(merged), {"id": WANG, "into": CHEN})
    assert who(enter("o-wang")) == CHEN and links(database) == {(CHEN, "o-wang", None)}
    with transaction(database) as session:
        session.execute(text("DELETE FROM account WHERE id = :id"), {"id": CHEN})
    assert links(database) == set() and told(enter("o-wang")) == NEEDS_PHONE


def test_a_person_in_two_apps_at_once_has_one_account(enter: Enter, accounts_of: AccountsOf, database: Engine) -> None:
    """The official account finds the person by the unionid, while the mini-program proves another phone."""
    enter("o-wang", phone=WANGS, unionid="u")
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    with ThreadPoolExecutor(1) as pool:
        with accounts_of("admin").transaction() as call:
            linking.resident_of(call, Person("official_account", OFFICIAL, "p-wang", "u"))
            other = pool.submit(enter, "o-wang", phone=CHENS, unionid="u")

            def waits() -> bool:
                with reading(database) as session:
                    return other.done() or bool(session.scalar(waiting))

            eventually(waits)
        assert who(other.result(timeout=20)) == CHEN
    assert links(database) == {(CHEN, "o-wang", "u")}


def test_who_is_displaced_during_the_sign_in_is_refused(enter: Enter, database: Engine) -> None:
    """Somebody else proves the phone between the look at the link and the lock of the account."""
    enter("o-before", phone=WANGS)
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    with ThreadPoolExecutor(1) as pool:
        with transaction(database) as session:
            session.execute(text("SELECT 1 FROM account WHERE id = :id FOR UPDATE"), {"id": WANG})
            other = pool.submit(enter, "o-before")

            def waits() -> bool:
                with reading(database) as watching:
                    return bool(watching.scalar(waiting))

            eventually(waits)
            session.execute(text("DELETE FROM wechat_link"))
        assert told(other.result(timeout=20)) == NEEDS_PHONE


def test_two_phones_at_once_end_with_one_link(app: Flask, enter: Enter, database: Engine, wechat: FakeWeChat) -> None:
    bodies = [
        {
            "app": "mini_program",
            "code": wechat.person(f"c{number}", "o-both", unionid="u"),
            "phone_code": wechat.phone(f"p{number}", (WANGS, CHENS)[number % 2]),
        }
        for number in range(8)
    ]

    def send(body: dict[str, Any]) -> int:
        return app.test_client(use_cookies=False).post("/api/v1/auth/wechat?community_id=liuyi", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, bodies)) == {201}
    assert len(links(database)) == 1


def test_the_export_has_the_links(
    enter: Enter, sign_in: SignIn, app: Flask, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_of_services", dict)
    enter("o-wang", phone=WANGS, unionid="u-wang")
    enter("o-chen", phone=CHENS)
    [link] = sign_in("wang").get("/me/export").json["wechat_links"]
    assert link == {
        "app": "mini_program", "app_id": MINI, "openid": "o-wang", "unionid": "u-wang",
        "linked_at": "2026-03-02T09:00:00+00:00",
    }  # fmt: skip


# --- what WeChat refuses ---


@pytest.mark.parametrize(
    ("error", "expected", "field"),
    [
        (40029, (401, "auth.wechat_code_wrong"), "code"),
        (40163, (401, "auth.wechat_code_wrong"), "code"),
        (40226, (401, "auth.wechat_refused"), None),
        (45011, (429, "too_many_requests"), None),
        (-1, (503, "auth.wechat_away"), None),
        (40125, (503, "auth.wechat_away"), None),
        (99999, (503, "auth.wechat_away"), None),
        (b"<html>", (503, "auth.wechat_away"), None),
        (b"[1]", (503, "auth.wechat_away"), None),
        (b"{}", (503, "auth.wechat_away"), None),
    ],
    ids=str,
)
@pytest.mark.parametrize("app_name", ["mini_program", "official_account"])
def test_errors_of_wechat_are_told_apart(
    enter: Enter,
    wechat: FakeWeChat,
    database: Engine,
    app_name: str,
    error: int | bytes,
    expected: tuple[int, str],
    field: str | None,
) -> None:
    path = "/sns/jscode2session" if app_name == "mini_program" else "/sns/oauth2/access_token"
    wechat.scripted[path] = [error]
    answer = enter("o-wang", app=app_name)
    assert told(answer) == expected and answer.json.get("details", {}).get("field") == field
    assert answer.headers.get("Retry-After") == {429: "60", 503: "2"}.get(answer.status_code)
    assert links(database) == set()


def test_a_code_counts_once(visitor: Caller, enter: Enter, wechat: FakeWeChat, database: Engine) -> None:
    body = {"app": "mini_program", "code": wechat.person("c", "o-wang"), "phone_code": wechat.phone("p", WANGS)}
    assert visitor.post("/auth/wechat", json=body).status_code == 201
    assert told(visitor.post("/auth/wechat", json=body)) == (401, "auth.wechat_code_wrong")
    again = visitor.post("/auth/wechat", json=body | {"code": wechat.person("c2", "o-thief")})
    assert (told(again), again.json["details"]["field"]) == ((401, "auth.wechat_code_wrong"), "phone_code")
    assert links(database) == {(WANG, "o-wang", None)}


@pytest.mark.parametrize("refusal", [40001, 42001])
def test_an_access_token_that_is_over_is_fetched_anew_once(enter: Enter, wechat: FakeWeChat, refusal: int) -> None:
    enter("o-wang", phone=WANGS)
    enter("o-chen", phone=CHENS)
    assert wechat.asked.count("/cgi-bin/stable_token") == 1
    wechat.expire_token(refusal)
    assert who(enter("o-wang", phone=WANGS)) == WANG and wechat.asked.count("/cgi-bin/stable_token") == 2
    wechat.scripted["/wxa/business/getuserphonenumber"] = [refusal] * 10
    assert told(enter("o-wang", phone=WANGS)) == (503, "auth.wechat_away")
    assert wechat.asked.count("/cgi-bin/stable_token") == 3, "not again and again"


def test_the_access_token_is_fetched_before_its_end(wechat: FakeWeChat) -> None:
    now = [1000.0]
    app = MiniProgram(Server(wechat.address), MINI, SECRET, clock=lambda: now[0])

    def identify(number: int) -> str | None:
        return app.identify(wechat.person(f"c{number}", "o"), wechat.phone(f"p{number}", WANGS, country=86)).phone

    assert identify(1) == identify(2) == "+8619900000001" and wechat.asked.count("/cgi-bin/stable_token") == 1
    now[0] += 7200 - 301
    assert identify(3) and wechat.asked.count("/cgi-bin/stable_token") == 1
    now[0] += 1
    assert identify(4) and wechat.asked.count("/cgi-bin/stable_token") == 2


def test_phone_numbers_that_do_not_count(visitor: Caller, enter: Enter, wechat: FakeWeChat, database: Engine) -> None:
    def send(phone_code: str) -> Any:
        code = wechat.person(uuid4().hex, "o")
        return visitor.post("/auth/wechat", json={"app": "mini_program", "code": code, "phone_code": phone_code})

    foreign = send(wechat.phone("abroad", "2025550123", country="1"))
    assert (foreign.status_code, foreign.json["errors"][0]["field"]) == (422, "phone_code")
    assert told(send(wechat.phone("elsewhere", WANGS, app_id="wx-of-another"))) == (401, "auth.wechat_refused")
    assert links(database) == set()


# --- guards ---


def test_it_is_off_by_default(visitor: Caller, people: None) -> None:
    for app in ("mini_program", "official_account"):
        assert told(visitor.post("/auth/wechat", json={"app": app, "code": "c"})) == (404, "auth.wechat_off")


def test_each_app_is_off_by_itself(enter: Enter, configure: Callable[..., None]) -> None:
    configure(wechat_official_app_id="")
    assert told(enter("p", app="official_account")) == (404, "auth.wechat_off") and told(enter("o")) == NEEDS_PHONE


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"code": "c"}, "app"),
        ({"app": "mini_program"}, "code"),
        ({"app": "mini_program", "code": ""}, "code"),
        ({"app": "mini_program", "code": "c" * 257}, "code"),
        ({"app": "weibo", "code": "c"}, "app"),
        ({"app": "official_account", "code": "c", "phone_code": "p"}, "phone_code"),
        ({"app": "mini_program", "code": "c", "openid": "o-wang"}, "openid"),
    ],
    ids=str,
)
def test_bad_input_never_reaches_wechat(
    visitor: Caller, enter: Enter, wechat: FakeWeChat, body: dict[str, Any], field: str
) -> None:
    answer = visitor.post("/auth/wechat", json=body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field) and wechat.asked == []


def test_wrong_codes_are_limited_and_right_ones_are_not(visitor: Caller, enter: Enter, wechat: FakeWeChat) -> None:
    for _ in range(35):
        assert told(enter("o-new")) == NEEDS_PHONE
    wrong = [visitor.post("/auth/wechat", json={"app": "mini_program", "code": "guess"}).status_code for _ in range(31)]
    assert wrong == [401] * 30 + [429]
    asked = len(wechat.asked)
    assert enter("o-new").status_code == 429 and len(wechat.asked) == asked


def test_while_wechat_is_away_other_ways_stay_and_no_secret_is_logged(
    visitor: Caller, enter: Enter, configure: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        configure(wechat_api=f"http://127.0.0.1:{free.getsockname()[1]}")
        assert told(enter("o-wang")) == (503, "auth.wechat_away")
    logged = "".join(capfd.readouterr())
    assert "WeChat does not answer" in logged and SECRET not in logged
    visitor.post("/auth/codes", json={"phone": WANGS})
    assert visitor.post("/auth/sessions", json={"phone": WANGS, "code": "246810"}).status_code == 201


def test_no_exception_carries_the_secret(wechat: FakeWeChat) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Server(f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(WeChatAway) as away:
            MiniProgram(server, MINI, SECRET).identify("c")
    assert away.value.__cause__ is None and away.value.__suppress_context__


def test_browsers_get_a_cookie(app: Flask, enter: Enter, wechat: FakeWeChat) -> None:
    browser = app.test_client()
    body = {"app": "mini_program", "code": wechat.person("c", "o"), "phone_code": wechat.phone("p", WANGS), "cookie": True}
    answer = browser.post("/api/v1/auth/wechat", json=body, base_url="https://linli.example")
    assert answer.status_code == 201 and answer.json["token"] is None and answer.json["csrf_token"]
    assert browser.get("/api/v1/me", base_url="https://linli.example").json["id"] == WANG
