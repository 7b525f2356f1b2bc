"""The demo answers this machine only, whatever stands in front of it."""

from typing import Any

import pytest

from gateway.demo.only_here import OnlyHere, sign_of_public

LOCAL = {"HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1"}


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"HTTP_HOST": "localhost"},
        {"HTTP_HOST": "LOCALHOST:8080"},
        {"HTTP_HOST": "[::1]:8000"},
        {"HTTP_HOST": "yuxin.localhost:8000"},
        {"REMOTE_ADDR": "::1"},
        {"REMOTE_ADDR": "172.18.0.1"},  # Docker's bridge, for a browser on this machine
        {"HTTP_X_FORWARDED_FOR": "172.18.0.1", "HTTP_X_FORWARDED_PROTO": "http", "HTTP_X_FORWARDED_HOST": "localhost:8080"},
        {"HTTP_FORWARDED": 'for=127.0.0.1;host="localhost:8000";proto=http'},
        {"HTTP_X_FORWARDED_FOR": "unknown"},
    ],
)
def test_this_machine_is_answered(request_: dict[str, str]) -> None:
    assert sign_of_public(LOCAL | request_) is None


@pytest.mark.parametrize(
    "request_",
    [
        {"HTTP_HOST": "linli.example.cn"},
        {"HTTP_HOST": "192.168.1.5:8000"},
        {"HTTP_HOST": "203.0.113.7"},
        {"HTTP_HOST": "localhost.example.cn"},
        {"HTTP_HOST": "[2408:8000::1]:80"},
        {"HTTP_X_FORWARDED_HOST": "linli.example.cn"},
        {"HTTP_X_FORWARDED_HOST": "localhost, linli.example.cn"},
        {"HTTP_FORWARDED": "for=127.0.0.1, for=127.0.0.1;host=linli.example.cn"},
        {"HTTP_FORWARDED": 'proto=https;for="[2408:8000::1]:4711"'},
        {"HTTP_X_FORWARDED_FOR": "10.0.0.2, 114.114.114.114"},
        {"HTTP_X_FORWARDED_FOR": "114.114.114.114:80"},
        {"HTTP_X_REAL_IP": "2408:8000::1"},
        {"HTTP_CF_CONNECTING_IP": "114.114.114.114"},
        {"REMOTE_ADDR": "114.114.114.114"},
        {"REMOTE_ADDR": "::ffff:114.114.114.114"},
    ],
)
def test_others_are_noticed(request_: dict[str, str]) -> None:
    assert sign_of_public(LOCAL | request_) in request_


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/", "403 Forbidden", "text/html; charset=utf-8"),
        ("/api/v1/spaces", "403 Forbidden", "application/problem+json"),
        ("/livez", "200 OK", "text/plain"),
    ],
)
def test_they_get_a_refusal_and_nothing_of_the_demo(path: str, status: str, kind: str) -> None:
    answers: list[tuple[str, dict[str, str]]] = []

    def demo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"246810"]

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        answers.append((status, dict(headers)))

    app = OnlyHere(demo)
    body = b"".join(app(LOCAL | {"PATH_INFO": path, "HTTP_HOST": "linli.example.cn"}, start_response))
    assert (answers[0][0], answers[0][1]["Content-Type"]) == (status, kind)
    assert (b"LINLI_DEMO=false" in body) == status.startswith("403")
    assert b"".join(app(LOCAL | {"PATH_INFO": path}, start_response)) == b"246810"
