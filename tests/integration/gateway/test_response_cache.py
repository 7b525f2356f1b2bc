"""A visitor's public read is answered as it was sent before; nobody gets from there what is not for visitors."""

import time

import pytest
from flask import Flask, request

from gateway.http.response_cache import AGE
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import club, page


@pytest.fixture(autouse=True)
def scripted(services: FakeServices) -> None:
    services.on("events", "list_clubs", page(club(members_count=3)))


@pytest.fixture
def flask_asked(app: Flask) -> list[str]:
    """Paths of the requests that reached Flask."""
    asked: list[str] = []
    app.before_request_funcs[None].insert(0, lambda: asked.append(request.path))
    return asked


def test_the_third_of_three_does_not_reach_flask(flask_asked: list[str], visitor: Caller) -> None:
    """The first asks the service, the second finds its answer and is kept, the third is that answer."""
    first, second, third = (visitor.get("/clubs") for _ in range(3))
    assert len(flask_asked) == 2
    assert third.data == second.data == first.data
    told = [{k: v for k, v in answer.headers.items() if k != "X-Request-ID"} for answer in (second, third)]
    assert told[0] == told[1]
    assert len({answer.headers["X-Request-ID"] for answer in (first, second, third)}) == 3


def test_a_request_keeps_its_id(visitor: Caller) -> None:
    for _ in range(3):
        answer = visitor.get("/clubs", headers={"X-Request-ID": "chosen-by-me"})
    assert answer.headers["X-Request-ID"] == "chosen-by-me"


def test_not_modified(flask_asked: list[str], visitor: Caller) -> None:
    etag = [visitor.get("/clubs") for _ in range(2)][-1].headers["ETag"]
    same = visitor.get("/clubs", headers={"If-None-Match": etag})
    assert (same.status_code, same.data, same.headers["ETag"], len(flask_asked)) == (304, b"", etag, 2)
    other = visitor.get("/clubs", headers={"If-None-Match": 'W/"other"'})
    assert (other.status_code, len(flask_asked)) == (200, 3)


def test_what_has_changed_is_not_told_again(app: Flask, services: FakeServices, visitor: Caller) -> None:
    for _ in range(3):
        visitor.get("/clubs")
    services.on("events", "list_clubs", page(club(members_count=4)))
    app.extensions["linli.cache"].clear(["clubs"])
    assert visitor.get("/clubs").json["items"][0]["members_count"] == 4


def test_it_ages(app: Flask, flask_asked: list[str], visitor: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        visitor.get("/clubs")
    later = time.monotonic() + AGE
    monkeypatch.setattr(app.extensions["linli.cache"], "_clock", lambda: later)
    visitor.get("/clubs")
    assert len(flask_asked) == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "linli_language=en"},
        {"Authorization": "Bearer ls_nobody"},
        {"X-API-Key": "lk_nobody"},
        {"Accept-Language": "zh-CN,zh;q=0.8"},
    ],
)
def test_who_brings_something_of_their_own_is_not_answered_from_there(
    flask_asked: list[str], visitor: Caller, headers: dict[str, str]
) -> None:
    for _ in range(3):
        visitor.get("/clubs")
    visitor.get("/clubs", headers=headers)
    assert len(flask_asked) == 3
