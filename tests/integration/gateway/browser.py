"""A member of staff at the pages, with a real database: follows links and sends forms as they stand."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from chassis.database.engine import transaction
from chassis.demo import demo_id
from gateway.accounts import sessions
from gateway.accounts.models import Account
from gateway.http.credentials import COOKIE
from tests.integration.gateway.conftest import Clock
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.reading import Form, Page

__all__ = ["Browse", "Browser", "Form", "Page", "browse", "visit"]
Browse = Callable[[str], Browser]


@pytest.fixture
def visit(app: Flask, people: None) -> Browser:
    """A visitor."""
    return Browser(app.test_client())


@pytest.fixture
def browse(app: Flask, people: None, database: Engine, clock: Clock) -> Browse:
    """`browse("admin")`: a browser that is signed in."""

    def signed_in(username: str, language: str = "zh-CN") -> Browser:
        with transaction(database) as session:
            token, _ = sessions.open_session(session, session.get_one(Account, demo_id("account", username)), clock.now)
        client = app.test_client()
        client.set_cookie(COOKIE, token)
        client.set_cookie("linli_language", language)
        return Browser(client)

    return signed_in


def location(answer: TestResponse, **_: Any) -> str:
    """Where the answer leads to."""
    assert answer.status_code == 303, answer.get_data(as_text=True)[:3000]
    return answer.headers["Location"]
