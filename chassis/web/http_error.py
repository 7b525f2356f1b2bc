"""Errors of the server itself, which it sends without calling the application."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson

# Status -> (stable code, sentence). An application can replace the whole response with its own `Problem` callback.
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
# Renders an error of the server. Takes the status and the head of the request, as far as it was read. The head may contain
# anything, so it must not be quoted. Returns headers and body.
Problem = Callable[[int, bytes], tuple[Headers, bytes]]


class HttpError(Exception):
    """The request cannot be served. `status` is one of CODES."""

    def __init__(self, status: int) -> None:
        super().__init__(CODES[status][0])
        self.status = status
        self.code = CODES[status][0]


class BodyError(OSError, HttpError):
    """The request's body cannot be read. It is an OSError, because applications expect OSErrors from a stream."""

    def __init__(self, status: int) -> None:
        HttpError.__init__(self, status)


class ClientGone(Exception):
    """The client closed the connection, or reads too slowly."""


def plain_problem(status: int, head: bytes) -> tuple[Headers, bytes]:
    """Render an error as RFC 9457 problem+json, in English. Raises KeyError if the status is not in CODES."""
    code, detail = CODES[status]
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
    return [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")], orjson.dumps(body)
