"""The HTTP server's own errors are told as the gateway tells all others."""

import orjson
import pytest

from chassis.web.http_error import CODES
from gateway.http import server_problems


@pytest.mark.parametrize("status", CODES)
def test_every_error_of_the_server_has_its_words(status: int) -> None:
    headers, body = server_problems.answer(status, b"\x00\r\n\r\n")
    problem = orjson.loads(body)
    assert dict(headers)["Content-Type"] == "application/problem+json"
    assert (problem["status"], problem["code"]) == (status, CODES[status][0])
    assert problem["type"] == f"/problems/{problem['code']}"
    assert problem["detail"] and problem["title"] and problem["correlation_id"] == dict(headers)["X-Request-ID"]


def test_in_the_reader_s_language() -> None:
    def detail(language: bytes) -> tuple[str, str]:
        head = b"GET / HTTP/1.1\r\nHost: a\r\nACCEPT-Language: " + language + b"\r\nX : b\r\n\r\n"
        headers, body = server_problems.answer(400, head)
        return dict(headers)["Content-Language"], orjson.loads(body)["detail"]

    assert detail(b"en-GB,zh;q=0.5") == ("en", "The request could not be read.")
    assert detail(b"zh-CN,en;q=0.5") == ("zh-CN", "请求无法解析。")
