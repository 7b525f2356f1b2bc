"""Cross-origin requests in the whole app: the cache of answers does not mix up pages, and cookies mean nothing."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Engine

from chassis.config import Settings
from gateway.app import create_app
from gateway.http.credentials import COOKIE
from gateway.settings import gateway_settings
from tests.integration.gateway.conftest import Clock
from tests.integration.gateway.fake_services import FakeServices

LISTED, OTHER = "https://map.example", "https://other.example"
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture
def open_app(database: Engine, services: FakeServices, config: Settings, clock: Clock) -> Flask:
    """A gateway that lists one page."""
    own = replace(gateway_settings(), cors_origins=LISTED)
    return create_app(database=database, rpc=services, settings=config, own_settings=own, clock=clock)


def test_a_cached_answer_is_for_every_page_what_it_may_have(open_app: Flask, services: FakeServices) -> None:
    services.on("cases", "list_channels", {"items": [], "next_cursor": None})
    client = open_app.test_client(use_cookies=False)
    seen = [
        client.get("/api/v1/channels", headers={"Origin": origin} if origin else {}) for origin in (LISTED, OTHER, "", LISTED)
    ]
    assert [answer.status_code for answer in seen] == [200] * 4
    assert [answer.headers.get(ALLOWED) for answer in seen] == [LISTED, None, None, LISTED]
    assert len(services.calls) == 1, "all of them have one cached answer"


def test_errors_can_be_read_too(open_app: Flask) -> None:
    client = open_app.test_client(use_cookies=False)
    for answer in (client.get("/api/v1/me", headers={"Origin": LISTED}), client.get("/api/v1/x", headers={"Origin": LISTED})):
        assert answer.status_code in (401, 404) and answer.headers[ALLOWED] == LISTED


def test_a_preflight_needs_no_credentials_and_others_get_none(open_app: Flask) -> None:
    client = open_app.test_client(use_cookies=False)
    headers = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    answer = client.options("/api/v1/cases", headers=headers | {"Origin": LISTED})
    assert (answer.status_code, answer.headers[ALLOWED]) == (204, LISTED)
    for origin in (OTHER, "null"):
        answer = client.options("/api/v1/cases", headers=headers | {"Origin": origin})
        assert answer.status_code == 405 and ALLOWED not in answer.headers


def test_no_answer_allows_credentials(open_app: Flask) -> None:
    """So a browser shows a listed page nothing that it got with the cookie of a reader."""
    client = open_app.test_client()
    client.set_cookie(COOKIE, "ls_x")
    answer = client.get("/api/v1/me", headers={"Origin": LISTED})
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_without_listed_pages_nothing_is_added(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/sections", headers={"Origin": LISTED})
    assert ALLOWED not in answer.headers
