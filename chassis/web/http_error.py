"""What the server itself refuses, before any application is asked, and how that is answered."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson

# Status to stable code and sentence. An application replaces the whole answer with a `Problem` callback of its own.
CODES: Mapping[int, tuple[str, str]] = {
    400: ("malformed", "The request could not be read."),
    408: ("timeout", "The request came in too slowly."),
    413: ("too_large", "The request is too large."),
    414: ("address_too_long", "The address is too long."),
    431: ("headers_too_large", "The headers are too large."),
    500: ("internal", "Something went wrong on our side."),
    501: ("not_implemented", "This method is not known here."),
    505: ("version_not_supported", "Only HTTP/1.0 and HTTP/1.1 are spoken here."),
}

Headers = list[tuple[str, str]]
# The answer to an error of the server: status, the head of the request as far as it was read (it may be anything, so
# it must not be quoted); gives headers and a body.
Problem = Callable[[int, bytes], tuple[Headers, bytes]]


class HttpError(Exception):
    """The request cannot be served. `status` is one of CODES."""

    def __init__(self, status: int) -> None:
        super().__init__(CODES[status][0])
        self.status = status
        self.code = CODES[status][0]


class BodyError(OSError, HttpError):
    """The request's body cannot be read. An OSError, because applications expect that of a stream."""

    def __init__(self, status: int) -> None:
        HttpError.__init__(self, status)


class ClientGone(Exception):
    """The client has closed the connection, or reads too slowly."""


def plain_problem(status: int, head: bytes) -> tuple[Headers, bytes]:
    """RFC 9457 problem+json in English. Raises KeyError for a status that is not in CODES."""
    code, detail = CODES[status]
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
    return [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")], orjson.dumps(body)
