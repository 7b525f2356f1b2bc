"""The head of a request: read within limits, parsed by llhttp (httptools), and refused where llhttp is lenient.

Two servers in a row that read the same bytes differently let one client's request end inside another's. So a head that
the RFCs call malformed is refused, never repaired, and its connection is closed. llhttp refuses most of it. It accepts,
and this module refuses: more than one space in the request line, HTTP/0.9 and HTTP/2.0, RTSP and ICE, a missing, repeated
or impossible Host, Transfer-Encoding in HTTP/1.0, codings other than `chunked`, fragments, repeated single headers.
"""

import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import httptools

from chassis.web.http_error import ClientGone, HttpError
from chassis.web.incoming import Incoming

LONGEST_LINE = 8_192  # bytes of the request line, and of each header
LARGEST_HEAD = 65_536
MOST_HEADERS = 100
END = b"\r\n\r\n"
# A second one of these could be read in the first one's place by somebody else.
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
    """One request without its body. `target` begins with `/`, or is `*`. `fields` are the headers under their CGI names
    (PEP 3333); repeated ones are joined. `length` is the body's in bytes, None for a chunked body."""

    method: str
    target: str
    version: str
    keep_alive: bool
    fields: dict[str, str]
    length: int | None = 0
    expects_continue: bool = False


def read_head(incoming: Incoming, patience: float) -> bytes:
    """Take from `incoming` one head as it was sent, with the empty line that ends it. It must be complete within `patience`
    seconds. Raises HttpError if it is too long, too slow or cannot become a request; ClientGone if the client gives up."""
    until = time.monotonic() + patience
    if incoming.buffer.startswith(b"\r\n"):
        incoming.take(2)  # some clients send an empty line after a body (RFC 9112, 2.2)
    while (end := incoming.buffer.find(END, 0, LARGEST_HEAD)) < 0:
        _refuse_early(incoming.buffer)
        try:
            if not incoming.more(until):
                raise ClientGone
        except TimeoutError as error:
            raise HttpError(408) from error
    return incoming.take(end + len(END))


def parse_head(raw: bytes) -> Head:
    """Understand what `read_head` gave. Raises HttpError."""
    _check_size(raw)
    line, escaped = _request_line(raw)
    fields = _Fields()
    parser = httptools.HttpRequestParser(fields)
    try:
        parser.feed_data(escaped)
    except httptools.HttpParserUpgrade:
        pass  # No other protocol is spoken here. A server may ignore the offer (RFC 9110, 7.8).
    except httptools.HttpParserInvalidMethodError as error:
        raise HttpError(501) from error
    except httptools.HttpParserError as error:
        raise HttpError(400) from error
    if not fields.complete:
        raise HttpError(400)
    method, target, minor = (part.decode() for part in line.groups())
    keep_alive = _keeps_alive(fields.by_name.get("HTTP_CONNECTION", ""), minor)
    head = Head(method, target, f"HTTP/1.{minor}", keep_alive, fields.by_name)
    _find_target(head)
    _find_body(head)
    return head


class _Fields:
    """Collects what llhttp finds. An exception raised here ends the parsing as a HttpParserError."""

    def __init__(self) -> None:
        self.by_name: dict[str, str] = {}
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if (field := _cgi_name(name)) is None:
            return
        text = value.decode("latin-1").rstrip(" \t")  # llhttp has left out the space before it
        if field in self.by_name:
            if field in SINGLE:
                raise HttpError(400)
            separator = "; " if field == "HTTP_COOKIE" else ","
            text = f"{self.by_name[field]}{separator}{text}"
        self.by_name[field] = text

    def on_headers_complete(self) -> None:
        self.complete = True


def _check_size(raw: bytes) -> None:
    """Raises HttpError."""
    if raw.count(b"\n") > MOST_HEADERS + 2:
        raise HttpError(431)
    if len(raw) > LONGEST_LINE and max(map(len, raw.splitlines()[1:])) > LONGEST_LINE:
        raise HttpError(431)


@lru_cache(maxsize=512)
def _cgi_name(name: bytes) -> str | None:
    """None for a header that has to be dropped: as CGI names, `X_Real_Ip` and `X-Real-Ip` would be the same."""
    if b"_" in name:
        return None
    field = name.decode("ascii").upper().replace("-", "_")
    return field if field in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{field}"


def _refuse_early(buffer: bytes) -> None:
    """Refuse what can never end as a head should, instead of waiting for its end. Raises HttpError."""
    if b"\n" in buffer[:LONGEST_LINE]:
        _request_line(buffer)
    elif len(buffer) >= LONGEST_LINE:
        raise HttpError(414)
    elif buffer and not buffer[:1].isalpha():
        raise HttpError(400)  # TLS, for example
    if len(buffer) >= LARGEST_HEAD:
        raise HttpError(431)
    if _BARE_LINE_FEED.search(buffer):
        raise HttpError(400)


def _request_line(raw: bytes) -> tuple[re.Match[bytes], bytes]:
    """The request line in its parts; and `raw` with an address that llhttp takes. Raises HttpError."""
    end = raw.find(b"\n", 0, LONGEST_LINE) + 1
    if not end:
        raise HttpError(414)
    sent = raw[:end]
    line = _escaped(sent)
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise HttpError(505 if _OTHER_VERSION.fullmatch(line) else 400)
    return match, raw if line is sent else line + raw[end:]


def _escaped(line: bytes) -> bytes:
    """An address with Chinese words that was typed into curl comes unescaped. llhttp takes no such bytes. They cannot be
    mistaken for a delimiter, so they are percent-encoded here."""
    return line if line.isascii() else re.sub(rb"[\x80-\xff]", lambda found: b"%%%02X" % found[0][0], line)


@lru_cache(maxsize=64)
def _keeps_alive(connection: str, minor: str) -> bool:
    """llhttp could say so as well, but has forgotten it when a request without a body is complete."""
    wishes = {wish.strip(" \t").lower() for wish in connection.split(",")}
    return "close" not in wishes and (minor == "1" or "keep-alive" in wishes)


@lru_cache(maxsize=256)
def _is_host(host: str) -> bool:
    return _HOST.fullmatch(host) is not None


def _find_target(head: Head) -> None:
    """Check Host and the request target, and bring an absolute target to its path. Raises HttpError."""
    host = head.fields.get("HTTP_HOST")
    if not head.target.startswith("/") and (absolute := _ABSOLUTE.fullmatch(head.target)):
        authority, path = absolute.groups()
        if host is None and head.version == "HTTP/1.0":
            host = head.fields["HTTP_HOST"] = authority
        # RFC 9112 (3.2.2) would let the target win. A server in front may have looked at Host.
        if host is None or host.lower() != authority.lower():
            raise HttpError(400)
        head.target = path if path.startswith("/") else f"/{path}"
    elif not head.target.startswith("/") and (head.method, head.target) != ("OPTIONS", "*"):
        raise HttpError(400)
    if host is None and head.version == "HTTP/1.1":
        raise HttpError(400)
    if host is not None and not _is_host(host):
        raise HttpError(400)


def _find_body(head: Head) -> None:
    """How the body ends. llhttp has refused every other Content-Length and both headers at once. Raises HttpError."""
    coding = head.fields.get("HTTP_TRANSFER_ENCODING")
    if coding is not None:
        if head.version == "HTTP/1.0" or coding.lower() != "chunked":
            raise HttpError(400)
        head.length = None
    elif length := head.fields.get("CONTENT_LENGTH"):
        head.length = int(length)
    head.expects_continue = head.version == "HTTP/1.1" and head.fields.get("HTTP_EXPECT", "").lower() == "100-continue"
