"""The head of a request. It is read within limits and parsed by llhttp (httptools). This module is stricter than llhttp.

If two servers in a row parse the same bytes differently, an attacker can smuggle a request into another client's connection.
Therefore a head that is malformed by the RFCs is refused and never repaired, and its connection is closed. llhttp refuses
most malformed heads. This module also refuses: more than one space in the request line, HTTP/0.9 and HTTP/2.0, RTSP and ICE,
a missing, repeated or impossible Host, Transfer-Encoding in HTTP/1.0, codings other than `chunked`, fragments, and repeated
headers that may occur only once.
"""

import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import httptools

from chassis.web.http_error import ClientGone, HttpError
from chassis.web.receive_buffer import ReceiveBuffer

MAX_LINE = 8_192  # bytes of the request line, and of each header
MAX_HEAD = 65_536
MAX_HEADERS = 100
END = b"\r\n\r\n"
# These headers may occur only once. With two of them, another server could use the other value.
SINGLE: Final = frozenset(
    {"HTTP_HOST", "CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_TRANSFER_ENCODING", "HTTP_AUTHORIZATION", "HTTP_EXPECT"}
)

_REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!\"$-~]+) HTTP/1\.([01])\r\n")
_OTHER_VERSION = re.compile(rb"\S+ \S+ HTTP/[02-9]\.[0-9]\r\n")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_ABSOLUTE = re.compile(r"(?i:https?)://([^/?]+)(.*)")
_HOST = re.compile(r"(?:[A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(slots=True)
class Head:
    """The head of one request. `target` begins with `/`, or is `*`. `fields` are the headers under their CGI names
    (PEP 3333); repeated headers are joined. `length` is the length of the body in bytes; None for a chunked body."""

    method: str
    target: str
    version: str
    keep_alive: bool
    fields: dict[str, str]
    length: int | None = 0
    expects_continue: bool = False


def read_head(received: ReceiveBuffer, timeout: float) -> bytes:
    """Take one raw head from `received`, including the empty line at its end. It must be complete within `timeout` seconds.
    Raises HttpError if the head is too long, too slow or malformed. Raises ClientGone if the client closes the
    connection."""
    until = time.monotonic() + timeout
    if received.buffer.startswith(b"\r\n"):
        received.take(2)  # some clients send an empty line after a body (RFC 9112, 2.2)
    while (end := received.buffer.find(END, 0, MAX_HEAD)) < 0:
        _refuse_early(received.buffer)
        try:
            if not received.receive_more(until):
                raise ClientGone
        except TimeoutError as error:
            raise HttpError(408) from error
    return received.take(end + len(END))


def parse_head(raw: bytes) -> Head:
    """Parse the head that `read_head` returned. Raises HttpError."""
    _check_size(raw)
    line, escaped = _request_line(raw)
    fields = _Fields()
    parser = httptools.HttpRequestParser(fields)
    try:
        parser.feed_data(escaped)
    except httptools.HttpParserUpgrade:
        pass  # No other protocol is supported. A server may ignore the offer (RFC 9110, 7.8).
    except httptools.HttpParserInvalidMethodError as error:
        raise HttpError(501) from error
    except httptools.HttpParserError as error:
        raise HttpError(400) from error
    if not fields.complete:
        raise HttpError(400)
    method, target, minor = (part.decode() for part in line.groups())
    keep_alive = _keeps_alive(fields.by_name.get("HTTP_CONNECTION", ""), minor)
    head = Head(method, target, f"HTTP/1.{minor}", keep_alive, fields.by_name)
    _set_target(head)
    _set_body_length(head)
    return head


class _Fields:
    """The callbacks of llhttp. An exception that is raised here ends the parsing as a HttpParserError."""

    def __init__(self) -> None:
        self.by_name: dict[str, str] = {}
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if (field := _cgi_name(name)) is None:
            return
        text = value.decode("latin-1").rstrip(" \t")  # llhttp strips only the white space before the value
        if field in self.by_name:
            if field in SINGLE:
                raise HttpError(400)
            separator = "; " if field == "HTTP_COOKIE" else ","
            text = f"{self.by_name[field]}{separator}{text}"
        self.by_name[field] = text

    def on_headers_complete(self) -> None:
        self.complete = True


def _check_size(raw: bytes) -> None:
    """Raises HttpError if the head has too many headers, or one that is too long."""
    if raw.count(b"\n") > MAX_HEADERS + 2:
        raise HttpError(431)
    if len(raw) > MAX_LINE and max(map(len, raw.splitlines()[1:])) > MAX_LINE:
        raise HttpError(431)


@lru_cache(maxsize=512)
def _cgi_name(name: bytes) -> str | None:
    """Return the CGI name of a header. None for a header with an underscore, which is dropped: `X_Real_Ip` and `X-Real-Ip`
    would have the same CGI name."""
    if b"_" in name:
        return None
    field = name.decode("ascii").upper().replace("-", "_")
    return field if field in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{field}"


def _refuse_early(buffer: bytes) -> None:
    """Refuse a head that is already malformed, without waiting for its end. Raises HttpError."""
    if b"\n" in buffer[:MAX_LINE]:
        _request_line(buffer)
    elif len(buffer) >= MAX_LINE:
        raise HttpError(414)
    elif buffer and not buffer[:1].isalpha():
        raise HttpError(400)  # TLS, for example
    if len(buffer) >= MAX_HEAD:
        raise HttpError(431)
    if _BARE_LINE_FEED.search(buffer):
        raise HttpError(400)


def _request_line(raw: bytes) -> tuple[re.Match[bytes], bytes]:
    """Return the match of the request line, and `raw` with an address that llhttp accepts. Raises HttpError."""
    end = raw.find(b"\n", 0, MAX_LINE) + 1
    if not end:
        raise HttpError(414)
    sent = raw[:end]
    line = _escaped(sent)
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise HttpError(505 if _OTHER_VERSION.fullmatch(line) else 400)
    return match, raw if line is sent else line + raw[end:]


def _escaped(line: bytes) -> bytes:
    """Percent-encode bytes that are not ASCII. curl sends an address with Chinese characters without encoding, and llhttp
    does not accept such bytes. Encoding them is safe, because they cannot be delimiters."""
    return line if line.isascii() else re.sub(rb"[\x80-\xff]", lambda found: b"%%%02X" % found[0][0], line)


@lru_cache(maxsize=64)
def _keeps_alive(connection: str, minor: str) -> bool:
    """True if the client wants to keep the connection. llhttp knows this too, but loses it when a request without a body is
    complete."""
    options = {option.strip(" \t").lower() for option in connection.split(",")}
    return "close" not in options and (minor == "1" or "keep-alive" in options)


@lru_cache(maxsize=256)
def _is_host(host: str) -> bool:
    return _HOST.fullmatch(host) is not None


def _set_target(head: Head) -> None:
    """Check Host and the request target, and replace an absolute target by its path. Raises HttpError."""
    host = head.fields.get("HTTP_HOST")
    if not head.target.startswith("/") and (absolute := _ABSOLUTE.fullmatch(head.target)):
        authority, path = absolute.groups()
        if host is None and head.version == "HTTP/1.0":
            host = head.fields["HTTP_HOST"] = authority
        # RFC 9112 (3.2.2) says that the target overrides Host. But a proxy in front may have used Host, so both must agree.
        if host is None or host.lower() != authority.lower():
            raise HttpError(400)
        head.target = path if path.startswith("/") else f"/{path}"
    elif not head.target.startswith("/") and (head.method, head.target) != ("OPTIONS", "*"):
        raise HttpError(400)
    if host is None and head.version == "HTTP/1.1":
        raise HttpError(400)
    if host is not None and not _is_host(host):
        raise HttpError(400)


def _set_body_length(head: Head) -> None:
    """Set the length of the body. llhttp has already refused a malformed Content-Length, and Content-Length together with
    Transfer-Encoding. Raises HttpError."""
    coding = head.fields.get("HTTP_TRANSFER_ENCODING")
    if coding is not None:
        if head.version == "HTTP/1.0" or coding.lower() != "chunked":
            raise HttpError(400)
        head.length = None
    elif length := head.fields.get("CONTENT_LENGTH"):
        head.length = int(length)
    head.expects_continue = head.version == "HTTP/1.1" and head.fields.get("HTTP_EXPECT", "").lower() == "100-continue"
