"""Sends one response. Head and body are sent together if the body is small. The body is chunked if its length is not known
before its first part must be sent."""

import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from types import TracebackType
from typing import Any

from chassis.web.http_error import ClientGone

SEND_SIZE = 16_384  # bytes; parts of a body are collected up to this size and sent together
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
# Only the server sets these headers, because they are about the connection. The application's values are dropped.
_CONNECTION_HEADERS = frozenset({"connection", "keep-alive", "transfer-encoding"})


class InvalidResponse(Exception):
    """The application's response cannot be sent as HTTP."""


class Response:
    """The sending side of one request. `may_keep_alive` is called when the head is built. It returns True if the connection
    may be kept. `keep_alive` is the result that was sent to the client. `sending` is True during a send. If a send is
    interrupted, it is unknown how many bytes were sent."""

    def __init__(self, sock: Any, timeout: float, method: str, version: str, may_keep_alive: Callable[[], bool]) -> None:
        self._socket, self._timeout = sock, timeout
        self._method, self._version = method, version
        self._may_keep_alive = may_keep_alive
        self.keep_alive = False
        self.head_sent = self.sending = False
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._bodyless = self._chunked = False
        self._missing: int | None = None  # bytes that are missing until the body has its Content-Length

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None) -> Any:
        """`start_response` of PEP 3333. Raises the exception in `exc_info` if the head was already sent."""
        if exc_info and self.head_sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if self._status and not exc_info:
            raise InvalidResponse("start_response was called twice")
        self._status, self._headers = status, headers
        self._bodyless = self._method == "HEAD" or status[:3] in ("204", "304")
        return self.send_part

    def send_all(self, body: Iterable[bytes]) -> None:
        """Send a whole body. Raises InvalidResponse, ClientGone, and the errors of `body`."""
        parts: list[bytes] = []
        size = 0
        for part in body:
            if size >= SEND_SIZE:
                self.send_part(b"".join(parts))
                parts, size = [], 0
            parts.append(part)
            size += len(part)
        self.finish(b"".join(parts))

    def send_part(self, data: bytes) -> None:
        """Send a part of the body now. The first part is sent with the head. Raises InvalidResponse, ClientGone."""
        if data:
            head = b"" if self.head_sent else self._head(None)
            self._send(head + self._framed(data))

    def finish(self, data: bytes = b"") -> None:
        """Send the last part of the body, and the end of a chunked body. Raises InvalidResponse, ClientGone."""
        head = b"" if self.head_sent else self._head(len(data))
        last = b"0\r\n\r\n" if self._chunked else b""
        if out := head + self._framed(data) + last:
            self._send(out)
        if self._missing and not self._bodyless:
            raise InvalidResponse("the body is shorter than its Content-Length")

    def _framed(self, data: bytes) -> bytes:
        if self._bodyless or not data:
            return b""
        if self._chunked:
            return b"%x\r\n%b\r\n" % (len(data), data)
        if self._missing is not None:
            self._missing -= len(data)
            if self._missing < 0:
                raise InvalidResponse("the body is longer than its Content-Length")
        return data

    def _head(self, length: int | None) -> bytes:
        """Return the head. `length` is the length of the body, or None if it is not known yet."""
        if not self._status:
            raise InvalidResponse("start_response was not called")
        lines = [f"HTTP/1.1 {self._status}"]
        dated = False
        for name, value in self._headers:
            lower = name.lower()
            if lower in _CONNECTION_HEADERS:
                continue
            lines.append(f"{name}: {value}")
            dated = dated or lower == "date"
            if lower == "content-length":
                self._missing = int(value)
        lines += self._framing(length)
        if not dated:
            lines.append(f"Date: {_date(int(time.time()))}")
        return _encoded(lines)

    def _framing(self, length: int | None) -> list[str]:
        """Return the headers for the end of the body and for the connection."""
        lines = []
        self.keep_alive = self._may_keep_alive()
        if self._missing is None and not self._bodyless:
            if length is not None:
                self._missing = length
                lines.append(f"Content-Length: {length}")
            elif self._version == "HTTP/1.1":
                self._chunked = True
                lines.append("Transfer-Encoding: chunked")
            else:
                self.keep_alive = False  # the end of the connection ends the body
        if not self.keep_alive:
            lines.append("Connection: close")
        elif self._version == "HTTP/1.0":
            lines.append("Connection: keep-alive")
        return lines

    def _send(self, data: bytes) -> None:
        self.head_sent = self.sending = True
        self._socket.settimeout(self._timeout)
        try:
            self._socket.sendall(memoryview(data))
        except (OSError, EOFError) as error:
            raise ClientGone from error
        self.sending = False


def _encoded(lines: list[str]) -> bytes:
    """Return the lines as bytes. Raises InvalidResponse if a header contains a line break, because it would start another
    header."""
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise InvalidResponse("a header holds a line break")
    try:
        return f"{head}\r\n\r\n".encode("latin-1")
    except UnicodeEncodeError as error:
        raise InvalidResponse("a header is not Latin-1") from error


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
