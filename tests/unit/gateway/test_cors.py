"""Which web pages of other sites may read our answers."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from environs import EnvError
from werkzeug.test import Client
from werkzeug.wrappers import Response

from chassis.config import values_of
from gateway.http import cors
from gateway.settings import VARIABLES, gateway_settings

LISTED = "https://map.example"


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """What is behind: it answers everything but OPTIONS."""
    allowed = environ["REQUEST_METHOD"] != "OPTIONS"
    start_response("200 OK" if allowed else "405 METHOD NOT ALLOWED", [("Content-Type", "text/plain"), ("ETag", '"1"')])
    return [b"answer"]


@pytest.fixture
def client() -> Client:
    own = replace(gateway_settings(), cors_origins=f"{LISTED}, http://localhost:3000")
    return Client(cors.allowing(cors.listed_origins(own), app), Response)


def preflight(client: Client, origin: str, path: str = "/api/v1/cases") -> Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    return client.open(path, method="OPTIONS", headers=headers)


@pytest.mark.parametrize("origin", [LISTED, "http://localhost:3000"])
def test_a_listed_page_reads_answers_and_may_send_keys(client: Client, origin: str) -> None:
    answer = preflight(client, origin)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (204, origin)
    assert {"Authorization", "X-API-Key", "Idempotency-Key", "If-Match"} <= set(
        answer.headers["Access-Control-Allow-Headers"].split(", ")
    )
    assert {"POST", "PATCH", "DELETE"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    read = client.get("/api/v1/cases", headers={"Origin": origin})
    assert (read.status_code, read.headers["Access-Control-Allow-Origin"]) == (200, origin)
    assert {"ETag", "Link", "RateLimit", "Retry-After"} <= set(read.headers["Access-Control-Expose-Headers"].split(", "))
    for headers in (answer.headers, read.headers):
        assert "Origin" in headers.getlist("Vary")
        assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://other.example",
        "null",
        "*",
        "",
        "http://map.example",
        "https://map.example:8443",
        "https://map.example.evil.example",
        "https://evil.example/https://map.example",
        "https://map.example/",
    ],
)
def test_no_other_page_reads_anything(client: Client, origin: str) -> None:
    for answer in (preflight(client, origin), client.get("/api/v1/cases", headers={"Origin": origin})):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert "Origin" in answer.headers.getlist("Vary"), "so that no cache gives it a listed page's answer"
    assert preflight(client, origin).status_code == 405


def test_only_the_api_is_for_other_pages(client: Client) -> None:
    for path in ("/", "/mine", "/sign-in", "/apis/x"):
        answer = client.get(path, headers={"Origin": LISTED})
        assert "Access-Control-Allow-Origin" not in answer.headers
    for path in ("/oauth/token", "/.well-known/oauth-authorization-server"):
        assert preflight(client, LISTED, path).status_code == 204


@pytest.mark.parametrize(
    "value", ["*", "null", "https://a.example/path", "a.example", "https://*.example", "https://a.example,*"]
)
def test_a_wrong_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LINLI_CORS_ORIGINS", value)
    with pytest.raises(EnvError, match="LINLI_CORS_ORIGINS"):
        values_of(VARIABLES)


def test_origins_in_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_CORS_ORIGINS", "https://a.example , http://b.example:8080")
    assert values_of(VARIABLES)["cors_origins"] == "https://a.example , http://b.example:8080"
