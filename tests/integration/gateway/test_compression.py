"""What is sent compressed, to whom, and that nothing else of an answer changes by it."""

import gzip

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from gateway.http import compression
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import club, page

CLUBS = page(*(club(name={"zh-CN": f"乒乓球 {number} 社"}, joined=False) for number in range(40)))


@pytest.fixture(autouse=True)
def scripted(services: FakeServices) -> None:
    services.on("events", "list_clubs", CLUBS)


@pytest.mark.parametrize(("accepts", "packed"), [(None, False), ("gzip, deflate, br", True), ("gzip;q=0, *", False)])
def test_who_gets_it_compressed(visitor: Caller, accepts: str | None, packed: bool) -> None:
    for _ in range(3):  # the third one is a kept answer
        answer = visitor.get("/clubs", headers={} if accepts is None else {"Accept-Encoding": accepts})
        assert (answer.headers.get("Content-Encoding") == "gzip") is packed
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert len(_content(answer)) > 9_000


def _content(answer: TestResponse) -> bytes:
    data: bytes = answer.data
    assert int(answer.headers["Content-Length"]) == len(data)
    if answer.headers.get("Content-Encoding") is None:
        return data
    plain = gzip.decompress(data)
    assert len(data) < len(plain) / 4
    return plain


def test_both_forms_are_one_thing(visitor: Caller) -> None:
    """One ETag names them, so that a 304 is given whatever was asked for before; and kept answers are told apart."""
    packed = [visitor.get("/clubs", headers={"Accept-Encoding": "gzip"}) for _ in range(3)][-1]
    plain = [visitor.get("/clubs") for _ in range(3)][-1]
    assert _content(packed) == plain.data
    assert packed.headers["ETag"] == plain.headers["ETag"]
    assert packed.headers["ETag"].startswith("W/")
    assert {name for name, _ in packed.headers} - {name for name, _ in plain.headers} == {"Content-Encoding"}
    for accepts in ("gzip", "identity"):
        for _ in range(3):
            headers = {"Accept-Encoding": accepts, "If-None-Match": plain.headers["ETag"]}
            unchanged = visitor.get("/clubs", headers=headers)
            assert (unchanged.status_code, unchanged.data) == (304, b"")
            assert unchanged.headers.get("Content-Encoding") is None
            assert unchanged.headers["Vary"] == plain.headers["Vary"]


def test_small_answers_are_left_alone(visitor: Caller) -> None:
    answer = visitor.get("/nothing-here", headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.headers.get("Content-Encoding")) == (404, None)


@pytest.mark.parametrize("path", ["/sign-in", "/nothing-here", "/api/docs", "/api/openapi.json"])
def test_pages_and_documents(app: Flask, path: str) -> None:
    client = app.test_client()
    headers = {"Accept-Encoding": "gzip"}
    packed, plain = client.get(path, headers=headers), client.get(path)
    if len(plain.data) >= compression.MIN_BYTES:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data)[:500] == plain.data[:500]
    assert "Accept-Encoding" in packed.headers["Vary"]
    head = client.head(path, headers=headers)
    assert (head.data, head.headers.get("Content-Encoding")) == (b"", packed.headers.get("Content-Encoding"))


def test_the_documentation_s_scripts_are_assets(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/api/docs").text
    assert "/static/" not in page
    script = page.split('<script src="')[1].split('"')[0]
    answer = client.get(script, headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert "immutable" in answer.headers["Cache-Control"]
