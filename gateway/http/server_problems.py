"""The errors of the HTTP server itself, in the same format as all others (gateway.http.problems)."""

import re
from http import HTTPStatus

import orjson

from chassis.observability import telemetry
from gateway.http import correlation
from gateway.http.problems import MEDIA_TYPE, OF_STATUS, type_of

_READS_ENGLISH = re.compile(rb"^accept-language:[ \t]*en", re.IGNORECASE | re.MULTILINE)


def answer(status: int, head: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """Headers and body for `status`, one of chassis.web.http_error.CODES. `head` is the part of the request that was read. It
    may contain anything, so only the reader's language is taken from it."""
    code, en, zh = OF_STATUS[status]
    language = "en" if _READS_ENGLISH.search(head) else "zh-CN"
    body = {
        "type": type_of(code),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": en if language == "en" else zh,
        "instance": "/",
        "correlation_id": telemetry.correlation_id(),
    }
    headers = [
        ("Content-Type", MEDIA_TYPE),
        ("Content-Language", language),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        (correlation.HEADER, telemetry.correlation_id()),
    ]
    return headers, orjson.dumps(body)
