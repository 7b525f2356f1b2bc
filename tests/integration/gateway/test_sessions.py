"""Sessions: expiry that slides, signing out, forged tokens, cookies and what a cookie alone may not do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from chassis.background.expiry import delete_expired
from chassis.demo import demo_id
from gateway.accounts.models import Account, SignInSession
from gateway.housekeeping import expiries
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import BOOK, booking

SignIn = Callable[[str], Caller]


OVER, NO_KEY, NO_CREDENTIALS = "auth.session_over", "auth.key_unknown", "auth.credentials_unknown"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Authorization": "Bearer ls_forged"}, OVER),
        ({"Authorization": "Bearer lk_forged"}, NO_KEY),
        ({"Authorization": "bearer  lk_forged"}, NO_KEY),
        ({"Authorization": "Bearer "}, NO_CREDENTIALS),
        ({"Authorization": "Bearer nonsense"}, NO_CREDENTIALS),
        ({"Authorization": "Basic d2FuZzp3YW5n"}, NO_CREDENTIALS),
        ({"Authorization": "ApiKey lk_forged"}, NO_CREDENTIALS),
        ({"Authorization": "lk_forged"}, NO_CREDENTIALS),
        ({"X-API-Key": "lk_forged"}, NO_KEY),
        ({"X-API-Key": "nonsense"}, NO_CREDENTIALS),
        ({"X-API-Key": "ls_forged"}, NO_CREDENTIALS),
        ({"X-API-Key": "Bearer lk_forged"}, NO_CREDENTIALS),
        ({"Cookie": "linli_session=ls_forged"}, OVER),
        ({"Cookie": "linli_session=lk_forged"}, OVER),
    ],
)
@pytest.mark.parametrize("path", ["/bookings", "/sections"])
def test_forged_credentials_are_refused_everywhere(visitor: Caller, headers: dict[str, str], code: str, path: str) -> None:
    answer = visitor.get(path, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (401, code)
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_what_is_no_credential_is_told_how_to_send_one(visitor: Caller) -> None:
    detail = visitor.get("/sections", headers={"Authorization": "Basic d2FuZzp3YW5n", "Accept-Language": "en"}).json["detail"]
    assert "Authorization: Bearer" in detail
    assert "X-API-Key" in detail


@pytest.mark.parametrize(("who", "hours"), [("wang", 30 * 24), ("clerk", 12)])
def test_a_session_ends_when_unused(sign_in: SignIn, clock: Clock, who: str, hours: int) -> None:
    used, unused = sign_in(who), sign_in(who)
    clock.forward(hours=hours, seconds=-1)
    assert used.get("/me").status_code == 200
    clock.forward(seconds=1)
    assert used.get("/me").status_code == 200
    answer = unused.get("/me")
    assert (answer.status_code, answer.json["code"]) == (401, "auth.session_over")


def test_use_keeps_a_session_open(sign_in: SignIn, clock: Clock) -> None:
    caller = sign_in("clerk")
    for _ in range(5):
        clock.forward(hours=8)
        assert caller.get("/me").status_code == 200


def test_what_a_page_asks_by_itself_does_not(sign_in: SignIn, clock: Clock) -> None:
    caller, unattended = sign_in("clerk"), {"Linli-Unattended": "yes"}
    clock.forward(hours=8)
    assert caller.get("/me", headers=unattended).status_code == 200
    clock.forward(hours=4)
    assert caller.get("/me", headers=unattended).status_code == 401


def test_sliding_does_not_write_on_every_request(sign_in: SignIn, clock: Clock, database: Engine) -> None:
    caller = sign_in("clerk")
    statements: list[str] = []
    event.listen(database, "before_cursor_execute", lambda *args: statements.append(args[2]))
    caller.get("/auth/session")
    clock.forward(minutes=20)
    caller.get("/auth/session")
    assert not any(statement.startswith("UPDATE") for statement in statements)
    clock.forward(minutes=20)
    caller.get("/auth/session")
    assert sum(statement.startswith("UPDATE session") for statement in statements) == 1


def test_knowing_who_asks_costs_one_query(sign_in: SignIn, database: Engine) -> None:
    caller = sign_in("clerk")
    caller.client.application.extensions["linli.communities"].get(database)  # the directory is in memory
    statements: list[str] = []
    event.listen(database, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert caller.get("/sections").status_code == 200
    assert len(statements) == 1


def test_a_visitor_costs_no_query(visitor: Caller, database: Engine) -> None:
    statements: list[str] = []
    event.listen(database, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert visitor.get("/sections").status_code == 200
    assert statements == []


def test_signing_out_ends_the_session_at_once(sign_in: SignIn) -> None:
    caller, elsewhere = sign_in("wang"), sign_in("wang")
    assert caller.delete("/auth/session").status_code == 204
    assert caller.get("/me").status_code == 401
    assert elsewhere.get("/me").status_code == 200


def test_a_disabled_account_is_out_at_once(sign_in: SignIn) -> None:
    clerk, admin = sign_in("clerk"), sign_in("admin")
    assert admin.patch(f"/staff/{clerk.account_id}", json={"disabled": True}).json["disabled"] is True
    assert clerk.get("/me").status_code == 401


def test_roles_reach_the_services(services: FakeServices, sign_in: SignIn) -> None:
    services.on("booking", "list_bookings", {"items": [], "next_cursor": None})
    for who in ("wang", "grid", "admin"):
        sign_in(who).get("/bookings")
    resident, grid, admin = (asked.context.identity for asked in services.calls)
    assert (resident.party, resident.roles, resident.account_id) == ("resident", frozenset(), str(demo_id("account", "wang")))
    assert (grid.party, grid.roles, grid.grids) == ("staff", {"grid_worker"}, {"liuyi-1", "liuyi-2"})
    assert (admin.roles, admin.community_id, admin.scopes) == ({"admin"}, "liuyi", frozenset())


# --- cookies ---


@pytest.fixture
def browser(app: Flask, people: None) -> FlaskClient:
    return app.test_client()


def enter(browser: FlaskClient) -> str:
    """Sign the browser in; gives the CSRF token."""
    browser.post("/api/v1/auth/codes", json={"phone": "19900000001"})
    answer = browser.post("/api/v1/auth/sessions", json={"phone": "19900000001", "code": "246810", "cookie": True})
    assert (answer.status_code, answer.json["token"]) == (201, None)
    return str(answer.json["csrf_token"])


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: FlaskClient) -> None:
    browser.post("/api/v1/auth/codes", json={"phone": "19900000001"})
    body = {"phone": "19900000001", "code": "246810", "cookie": True}
    answer = browser.post("/api/v1/auth/sessions", json=body, base_url="https://linli.example")
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("linli_session="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" in cookie and "Path=/" in cookie


@pytest.mark.parametrize(("base_url", "secure"), [("https://linli.example", True), ("http://localhost", False)])
def test_the_cookie_of_the_forms_is_as_secure(browser: FlaskClient, base_url: str, secure: bool) -> None:
    answer = browser.get("/sign-in", base_url=base_url)
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("linli_form="))
    assert ("Secure" in cookie) is secure
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_a_cookie_reads(browser: FlaskClient) -> None:
    token = enter(browser)
    answer = browser.get("/api/v1/auth/session")
    assert answer.json["account"]["id"] == str(demo_id("account", "wang"))
    assert answer.json["csrf_token"] and token


def test_a_cookie_alone_changes_nothing(browser: FlaskClient, services: FakeServices) -> None:
    enter(browser)
    for headers in ({}, {"X-CSRFToken": "forged"}):
        answer = browser.post("/api/v1/bookings", json=BOOK, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (403, "auth.csrf")
    assert browser.delete("/api/v1/auth/session").status_code == 403
    assert services.calls == []


def test_a_cookie_with_the_pages_token_changes_things(browser: FlaskClient, services: FakeServices) -> None:
    services.on("booking", "book_space", booking())
    token = enter(browser)
    assert browser.post("/api/v1/bookings", json=BOOK, headers={"X-CSRFToken": token}).status_code == 201


def test_a_token_of_another_browser_does_not_help(app: Flask, browser: FlaskClient) -> None:
    foreign = enter(app.test_client())
    enter(browser)
    assert browser.post("/api/v1/bookings", json=BOOK, headers={"X-CSRFToken": foreign}).status_code == 403


def test_signing_out_takes_the_cookie_away(browser: FlaskClient) -> None:
    token = enter(browser)
    answer = browser.delete("/api/v1/auth/session", headers={"X-CSRFToken": token})
    assert answer.status_code == 204
    assert browser.get_cookie("linli_session") is None


def test_a_dead_cookie_is_taken_away_and_signing_in_again_works(browser: FlaskClient, clock: Clock) -> None:
    enter(browser)
    clock.forward(days=31)
    assert browser.get("/api/v1/me").status_code == 401
    assert browser.get_cookie("linli_session") is None
    enter(browser)
    clock.forward(days=31)
    enter(browser)  # with the dead cookie still there
    assert browser.get("/api/v1/me").status_code == 200


def test_a_sliding_session_keeps_its_cookie(browser: FlaskClient, clock: Clock) -> None:
    enter(browser)
    clock.forward(days=20)
    answer = browser.get("/api/v1/me")
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("linli_session="))
    assert f"{clock.now + timedelta(days=30):%d %b %Y}" in cookie


def test_tokens_are_told_apart_from_api_keys(sign_in: SignIn, visitor: Caller) -> None:
    token = sign_in("wang").headers["Authorization"].removeprefix("Bearer ")
    assert visitor.get("/me", headers={"X-API-Key": token}).status_code == 401


def test_an_expired_session_is_swept_away(sign_in: SignIn, database: Engine, clock: Clock) -> None:
    sign_in("wang")
    assert delete_expired(database, expiries(), clock.now + timedelta(days=31)) is False
    with Session(database) as session:
        assert session.scalars(select(SignInSession)).all() == []
        assert session.scalars(select(Account)).all() != []
