"""Answers that are compressed, and those that are left alone."""

import gzip
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from gateway.http import compression

TEXT = b"line of text\n" * 100
KINDS: dict[str, dict[str, Any]] = {
    "text": {"response": TEXT, "mimetype": "text/plain"},
    "strong": {"response": TEXT, "mimetype": "text/plain", "headers": {"ETag": '"v1"'}},
    "weak": {"response": TEXT, "mimetype": "text/plain", "headers": {"ETag": 'W/"v1"'}},
    "large": {"response": TEXT * 100, "mimetype": "application/json"},
    "small": {"response": TEXT[:1_000], "mimetype": "text/plain"},
    "photo": {"response": TEXT, "mimetype": "image/jpeg"},
    "packed": {"response": TEXT, "mimetype": "text/plain", "headers": {"Content-Encoding": "br"}},
    "refused": {"response": TEXT, "mimetype": "application/problem+json", "status": 422},
}


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("kinds")
    compression.install(app)
    for name, kind in KINDS.items():
        app.add_url_rule(f"/{name}", name, lambda kind=kind: Response(**kind))
    app.add_url_rule("/stream", "stream", lambda: Response((TEXT for _ in range(3)), mimetype="text/event-stream"))
    app.add_url_rule("/generated", "generated", lambda: Response((TEXT for _ in range(3)), mimetype="text/plain"))
    return app.test_client()


@pytest.mark.parametrize(
    ("name", "coding", "etag", "varies"),
    [
        ("text", "gzip", None, True),
        ("strong", "gzip", 'W/"v1"', True),
        ("weak", "gzip", 'W/"v1"', True),
        ("large", "gzip", None, True),
        ("refused", "gzip", None, True),
        ("small", None, None, True),
        ("photo", None, None, False),
        ("packed", "br", None, False),
        ("stream", None, None, False),
        ("generated", None, None, False),
    ],
)
def test_kinds_of_answers(client: FlaskClient, name: str, coding: str | None, etag: str | None, varies: bool) -> None:
    answer = client.get(f"/{name}", headers={"Accept-Encoding": "gzip"})
    assert (answer.headers.get("Content-Encoding"), answer.headers.get("ETag")) == (coding, etag)
    assert ("Accept-Encoding" in answer.headers.get("Vary", "")) is varies
    plain = client.get(f"/{name}").data
    assert (gzip.decompress(answer.data) if coding == "gzip" else answer.data) == plain
    assert client.get(f"/{name}").headers.get("ETag") == KINDS.get(name, {}).get("headers", {}).get("ETag")


@pytest.mark.parametrize(
    ("accepts", "packed"),
    [
        (None, False),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip", True),
        ("GZIP", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.2", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=0.0, identity;q=0.5", False),
        ("*", True),
        ("*;q=0", False),
        ("*;q=0, gzip", True),
        ("identity, gzip;q=0.5", False),
        ("identity;q=0.5, gzip", True),
        ("gzip;q=nonsense", False),
        (";;,,q=", False),
    ],
)
def test_who_gets_it_compressed(accepts: str | None, packed: bool) -> None:
    assert compression.accepts_gzip(accepts) is packed
