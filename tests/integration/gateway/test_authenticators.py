"""The authenticator of a member of staff: set up, confirmed, asked for, replaced, removed; each code counts once."""

# ruff: noqa: F401, F811 - fixtures

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from chassis.database import tables
from chassis.database.engine import reading
from chassis.demo import demo_id
from gateway.accounts.models import Account
from gateway.audit.models import AuditEntry
from gateway.demo import STAFF_PASSWORD
from tests.integration.gateway.browser import Browse, Browser, browse, location, visit
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import page as page_of

SignIn = Callable[[str], Caller]
CLERK = {"username": "clerk", "password": STAFF_PASSWORD}
PASSWORD = {"password": STAFF_PASSWORD}
GATEWAY_TOLD = tables.outbox.c.type == "account.factor_changed.v1"


@pytest.fixture(autouse=True)
def inbox(services: FakeServices) -> None:
    services.on("notify", "list_notifications", page_of() | {"unread_count": 0})


def begin(caller: Caller) -> str:
    """The secret of an authenticator that is being set up."""
    begun = caller.post("/me/totp", json=PASSWORD)
    assert begun.status_code == 201, begun.json
    assert begun.json["uri"].startswith("otpauth://totp/") and begun.json["secret"] in begun.json["uri"]
    return str(begun.json["secret"])


def set_up(caller: Caller, clock: Clock) -> str:
    """The secret of a confirmed authenticator. The clock then shows the next code."""
    secret = begin(caller)
    confirmed = caller.put("/me/totp", json={"code": code_at(secret, clock)})
    assert confirmed.status_code == 204, confirmed.json
    clock.forward(seconds=30)
    return secret


def code_at(secret: str, clock: Clock, **off: float) -> str:
    moved = Clock()
    moved.now = clock.now
    moved.forward(**off)
    return pyotp.TOTP(secret).at(moved.now)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


@pytest.fixture
def secret(sign_in: SignIn, clock: Clock) -> str:
    return set_up(sign_in("clerk"), clock)


# --- signing in ---


def test_it_is_asked_for_once_confirmed(visitor: Caller, secret: str, clock: Clock) -> None:
    assert code_of(visitor.post("/auth/sessions", json=CLERK)) == (401, "auth.totp_needed")
    answer = visitor.post("/auth/sessions", json=CLERK | {"totp": code_at(secret, clock)})
    assert answer.status_code == 201 and answer.json["account"]["totp_enabled"]


@pytest.mark.parametrize(("seconds", "status"), [(-60, 401), (-30, 401), (0, 201), (30, 201), (60, 401)])
def test_a_clock_may_be_wrong_by_one_step(visitor: Caller, secret: str, clock: Clock, seconds: int, status: int) -> None:
    """The code from 30 seconds before is the one that confirmed the set-up, so it is used up."""
    body = CLERK | {"totp": code_at(secret, clock, seconds=seconds)}
    assert visitor.post("/auth/sessions", json=body).status_code == status


def test_the_code_before_is_valid_too(visitor: Caller, secret: str, clock: Clock) -> None:
    clock.forward(seconds=60)
    body = CLERK | {"totp": code_at(secret, clock, seconds=-30)}
    assert visitor.post("/auth/sessions", json=body).status_code == 201


def test_a_used_or_old_code_opens_nothing(visitor: Caller, secret: str, clock: Clock) -> None:
    code = code_at(secret, clock)
    assert visitor.post("/auth/sessions", json=CLERK | {"totp": code}).status_code == 201
    assert code_of(visitor.post("/auth/sessions", json=CLERK | {"totp": code})) == (401, "auth.password_wrong")
    clock.forward(minutes=5)
    assert visitor.post("/auth/sessions", json=CLERK | {"totp": code}).status_code == 401


def test_one_code_sent_eight_times_at_once_is_one_session(app: Flask, secret: str, clock: Clock) -> None:
    ready, body = Barrier(8), CLERK | {"totp": code_at(secret, clock)}

    def send(_: int) -> int:
        ready.wait()
        return app.test_client(use_cookies=False).post("/api/v1/auth/sessions", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(8))) == [201] + [401] * 7


def test_the_code_that_confirms_does_not_sign_in(sign_in: SignIn, visitor: Caller, clock: Clock) -> None:
    clerk = sign_in("clerk")
    secret = begin(clerk)
    code = code_at(secret, clock)
    assert clerk.put("/me/totp", json={"code": code}).status_code == 204
    assert visitor.post("/auth/sessions", json=CLERK | {"totp": code}).status_code == 401


def test_it_is_not_asked_for_before_the_password_is_right(visitor: Caller, secret: str) -> None:
    assert code_of(visitor.post("/auth/sessions", json=CLERK | {"password": "wrong"})) == (401, "auth.password_wrong")


# --- set-up ---


def test_setting_up_needs_the_password_and_a_code(sign_in: SignIn, visitor: Caller, clock: Clock) -> None:
    clerk = sign_in("clerk")
    assert code_of(clerk.post("/me/totp", json={"password": "wrong"})) == (401, "auth.password_wrong")
    assert clerk.post("/me/totp", json={}).status_code == 422, "earlier releases needed no password"
    assert code_of(clerk.put("/me/totp", json={"code": "123456"})) == (409, "auth.totp_off")
    secret = begin(clerk)
    assert code_of(clerk.put("/me/totp", json={"code": wrong(code_at(secret, clock))})) == (401, "auth.code_wrong")
    assert visitor.post("/auth/sessions", json=CLERK).status_code == 201, "nothing has changed yet"
    assert clerk.put("/me/totp", json={"code": code_at(secret, clock)}).status_code == 204


def test_a_set_up_belongs_to_its_session_and_ends(sign_in: SignIn, clock: Clock) -> None:
    clerk, elsewhere = sign_in("clerk"), sign_in("clerk")
    secret = begin(clerk)
    assert code_of(elsewhere.put("/me/totp", json={"code": code_at(secret, clock)})) == (409, "auth.totp_off")
    clock.forward(minutes=10)
    assert code_of(clerk.put("/me/totp", json={"code": code_at(secret, clock)})) == (409, "auth.totp_off")
    first, second = begin(clerk), begin(clerk)
    assert code_of(clerk.put("/me/totp", json={"code": code_at(first, clock)})) == (401, "auth.code_wrong")
    assert clerk.put("/me/totp", json={"code": code_at(second, clock)}).status_code == 204


def test_a_repeated_request_stores_no_secret(sign_in: SignIn, database: Engine) -> None:
    clerk, key = sign_in("clerk"), {"Idempotency-Key": "a-key-of-mine"}
    secrets = {clerk.post("/me/totp", json=PASSWORD, headers=key).json["secret"] for _ in range(2)}
    assert len(secrets) == 2
    with reading(database) as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM idempotency").all()
    assert not any(secret in str(row) for row in rows for secret in secrets)


def test_two_confirmations_at_once_are_one(app: Flask, sign_in: SignIn, database: Engine, clock: Clock) -> None:
    clerk = sign_in("clerk")
    secret = begin(clerk)
    ready, body = Barrier(4), {"code": code_at(secret, clock)}

    def send(_: int) -> int:
        ready.wait()
        return app.test_client(use_cookies=False).put("/api/v1/me/totp", json=body, headers=clerk.headers).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [204] + [409] * 3
    with reading(database) as session:
        assert session.scalar(select(func.count()).where(AuditEntry.action == "factor_added")) == 1


def test_a_new_one_replaces_the_old_one_when_it_is_confirmed(
    sign_in: SignIn, visitor: Caller, secret: str, clock: Clock
) -> None:
    clerk = sign_in("clerk")
    new = begin(clerk)
    assert visitor.post("/auth/sessions", json=CLERK | {"totp": code_at(secret, clock)}).status_code == 201
    assert clerk.put("/me/totp", json={"code": code_at(new, clock)}).status_code == 204
    clock.forward(seconds=30)
    assert visitor.post("/auth/sessions", json=CLERK | {"totp": code_at(secret, clock)}).status_code == 401
    assert visitor.post("/auth/sessions", json=CLERK | {"totp": code_at(new, clock)}).status_code == 201


@pytest.mark.parametrize("proof", ["password", "code"])
def test_removing_it_needs_the_password_or_a_code(
    sign_in: SignIn, visitor: Caller, secret: str, clock: Clock, proof: str
) -> None:
    clerk, path = sign_in("clerk"), "/me/totp/disable"
    right = PASSWORD if proof == "password" else {"code": code_at(secret, clock)}
    for body in ({}, PASSWORD | {"code": "123456"}):
        assert clerk.post(path, json=body).status_code == 422
    assert clerk.post(path, json={"password": "wrong"}).status_code == 401
    assert clerk.post(path, json={"code": wrong(code_at(secret, clock))}).status_code == 401
    assert clerk.post(path, json=right).status_code == 204
    assert code_of(clerk.post(path, json=PASSWORD)) == (409, "auth.totp_off")
    assert visitor.post("/auth/sessions", json=CLERK).status_code == 201


def test_a_reset_password_takes_the_authenticator_off(sign_in: SignIn, visitor: Caller, secret: str) -> None:
    body = {"password": "given-by-an-admin"}
    assert sign_in("admin").patch(f"/staff/{demo_id('account', 'clerk')}", json=body).status_code == 200
    assert visitor.post("/auth/sessions", json={"username": "clerk", **body}).status_code == 201


def test_each_change_is_logged_and_told(sign_in: SignIn, database: Engine, clock: Clock) -> None:
    clerk = sign_in("clerk")
    for _ in range(2):
        set_up(clerk, clock)
    clerk.post("/me/totp/disable", json=PASSWORD)
    with reading(database) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        messages = session.scalars(select(tables.outbox.c.data).where(GATEWAY_TOLD).order_by(tables.outbox.c.seq)).all()
        owner = session.get_one(Account, demo_id("account", "clerk"))
    changes = ["added", "replaced", "removed"]
    assert [entry.action for entry in entries] == [f"factor_{change}" for change in changes]
    assert all(entry.after == {"factors": ["totp"]} and entry.actor_id == owner.id for entry in entries)
    assert [(one["change"], one["factors"], one["changed_by"]) for one in messages] == [
        (change, ["totp"], "owner") for change in changes
    ]
    assert messages[-1]["version"] == owner.version


def test_guesses_are_limited(sign_in: SignIn, clock: Clock) -> None:
    clerk = sign_in("clerk")
    secret = begin(clerk)
    codes = [clerk.put("/me/totp", json={"code": wrong(code_at(secret, clock))}).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2


def test_residents_have_none(sign_in: SignIn) -> None:
    assert sign_in("wang").post("/me/totp", json=PASSWORD).status_code == 403


# --- pages ---


def send(browser: Browser, path: str, action: str, **typed: Any) -> Any:
    form = next(form for form in browser.get(path).forms if form.action == action)
    return browser.send(form, **typed)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_it_is_set_up_replaced_and_removed_on_the_page(browse: Browse, visitor: Caller, clock: Clock, language: str) -> None:
    clerk = browse("clerk", language)
    answer = send(clerk, "/mine/factors", "/mine/totp", password="wrong")
    assert answer.status_code == 422
    for change in ("added", "replaced"):
        assert location(send(clerk, "/mine/factors", "/mine/totp", **PASSWORD)).endswith("/mine/totp")
        page = clerk.get("/mine/totp")
        assert "<svg" in page.html and 'href="otpauth://totp/' in page.html
        secret = re.search(r'class="secret"[^>]*>([A-Z2-7 ]+)<', page.html)
        assert secret is not None
        shown = secret[1].replace(" ", "")
        right = code_at(shown, clock)
        answer = clerk.send(page.form("/mine/totp/confirm"), code=wrong(right))
        assert answer.status_code == 422 and shown[:4] in answer.get_data(as_text=True), "the same code is shown again"
        assert answer.headers["Cache-Control"] == "no-store"
        assert location(clerk.send(page.form("/mine/totp/confirm"), code=f"{right[:3]} {right[3:]}")).endswith("/mine/factors")
        clock.forward(seconds=30)
        assert location(clerk.client.get("/mine/totp")).endswith("/mine/factors"), "there is nothing to confirm"
        assert visitor.post("/auth/sessions", json=CLERK).json["code"] == "auth.totp_needed", change
    assert send(clerk, "/mine/factors", "/mine/totp/remove", password="wrong").status_code == 422
    assert location(send(clerk, "/mine/factors", "/mine/totp/remove", **PASSWORD)).endswith("/mine/factors")
    assert visitor.post("/auth/sessions", json=CLERK).status_code == 201


def test_the_sign_in_page_asks_for_a_code(visit: Browser, secret: str, clock: Clock) -> None:
    answer = visit.send(visit.get("/sign-in/staff").form("/sign-in/staff"), **CLERK)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422 and 'name="totp"' in body
    csrf = body.split('name="csrf_token" value="')[1].split('"')[0]
    answer = visit.client.post("/sign-in/staff", data=CLERK | {"csrf_token": csrf, "totp": code_at(secret, clock)})
    assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]
