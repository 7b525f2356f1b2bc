"""The gateway's own database is cut, locked, or cannot be reached: 503 with Retry-After, on the API and on pages."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from limits.storage import MemoryStorage
from sqlalchemy import Engine, create_engine, text
from werkzeug.test import TestResponse

from gateway.http import limits
from tests.integration.gateway.conftest import Caller

SignIn = Callable[[str], Caller]


@pytest.fixture
def unreachable(app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    caller = sign_in("wang")
    limits.count_in(app, MemoryStorage())
    app.extensions["linli.session_cache"].clear()
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    monkeypatch.setitem(app.extensions, "linli.database", nowhere)
    yield caller
    nowhere.dispose()


def is_unavailable(answer: TestResponse) -> bool:
    return (answer.status_code, answer.headers.get("Retry-After")) == (503, "2")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/me", None),
        ("GET", "/api-keys", None),
        ("POST", "/bookings", {}),
        ("POST", "/auth/codes", {"phone": "13800138000"}),
        ("POST", "/auth/sessions", {"username": "clerk", "password": "linli-demo"}),
    ],
)
def test_the_api_says_when_to_come_back(unreachable: Caller, method: str, path: str, body: object) -> None:
    answer = unreachable.client.open(f"/api/v1{path}", method=method, json=body, headers=unreachable.headers)
    assert is_unavailable(answer) and answer.json["code"] == "service_unavailable"


def test_a_page_says_so_in_words(unreachable: Caller) -> None:
    token = unreachable.headers["Authorization"].removeprefix("Bearer ")
    page = unreachable.client.get("/mine", headers={"Accept-Language": "en", "Cookie": f"linli_session={token}"})
    assert is_unavailable(page) and page.mimetype == "text/html"
    assert "Traceback" not in page.get_data(as_text=True)


def test_connections_that_were_ended_are_replaced(app: Flask, sign_in: SignIn, database: Engine) -> None:
    caller = sign_in("wang")
    app.extensions["linli.session_cache"].clear()
    outside = create_engine(database.url)
    with outside.begin() as connection:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))  # noqa: S608  a constant
    outside.dispose()
    answers = [caller.get("/me") for _ in range(6)]
    assert all(answer.status_code == 200 or is_unavailable(answer) for answer in answers)
    assert answers[-1].status_code == 200


def test_a_locked_table_is_not_waited_for_ever(
    app: Flask, sign_in: SignIn, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = sign_in("wang")
    app.extensions["linli.session_cache"].clear()
    impatient = create_engine(database.url, connect_args={"options": "-c lock_timeout=50"})
    monkeypatch.setitem(app.extensions, "linli.database", impatient)
    with database.connect() as holder:
        holder.execute(text("LOCK TABLE session IN ACCESS EXCLUSIVE MODE"))
        assert is_unavailable(caller.get("/me"))
    assert caller.get("/me").status_code == 200
    impatient.dispose()
