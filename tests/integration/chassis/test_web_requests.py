"""What the server reads, and how: heads within the rules, bodies as the application asks for them, connections kept."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.chassis.web_process import Web, answers, everything, running
from tests.patience import eventually

CLOSE = b"Connection: close\r\n\r\n"
CHUNKED = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running(tmp_path_factory.mktemp("web")) as started:
        yield started


def environ(web: Web, request: bytes) -> dict[str, str]:
    (answer,) = web.ask(request)
    assert answer.status == 200, answer.body
    found: dict[str, str] = answer.json
    return found


@pytest.mark.parametrize(
    ("line", "path", "query"),
    [
        (b"GET /environ", "/environ", ""),
        (b"GET /environ?", "/environ", ""),
        (b"GET /environ?a=b?c", "/environ", "a=b?c"),
        (b"GET /%65nviron?q=%20", "/environ", "q=%20"),
        (b"OPTIONS *", "*", ""),
        (b"GET http://a/environ?q", "/environ", "q"),
        (b"GET HTTP://A/environ", "/environ", ""),
        ("GET /environ?q=邻".encode(), "/environ", "q=%E9%82%BB"),
        (b"QUERY /environ", "/environ", ""),
    ],
)
def test_the_address(web: Web, line: bytes, path: str, query: str) -> None:
    told = environ(web, line + b" HTTP/1.1\r\nHost: a\r\n" + CLOSE)
    assert (told["PATH_INFO"], told["QUERY_STRING"]) == (path, query)
    assert (told["REQUEST_METHOD"], told["HTTP_HOST"]) == (line.split()[0].decode(), "a")


@pytest.mark.parametrize("host", ["a", "a:80", "127.0.0.1:8000", "[::1]:8000", "linli_gateway-1.example"])
def test_hosts(web: Web, host: str) -> None:
    assert environ(web, f"GET /environ HTTP/1.1\r\nHost: {host}\r\n".encode() + CLOSE)["HTTP_HOST"] == host


def test_headers_become_cgi_names(web: Web) -> None:
    told = environ(
        web,
        b"GET /environ HTTP/1.1\r\nhost: a\r\nX-Forwarded-For: 10.0.0.1\r\nX-Forwarded-For: 10.0.0.2\r\n"
        b"X_Forwarded_For: 6.6.6.6\r\nCookie: a=1\r\nCookie: b=2\r\nX-Empty:\r\nX-Spaced: \t b c \t\r\n"
        b"Content-Type: text/plain\r\nX-Latin: caf\xe9\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n",
    )
    assert told["HTTP_X_FORWARDED_FOR"] == "10.0.0.1,10.0.0.2", "a header with underscores may not pose as another"
    assert told["HTTP_COOKIE"] == "a=1; b=2"
    assert (told["HTTP_X_EMPTY"], told["HTTP_X_SPACED"], told["HTTP_X_LATIN"]) == ("", "b c", "caf\xe9")
    assert told["CONTENT_TYPE"] == "text/plain"
    assert (told["SERVER_PROTOCOL"], told["REMOTE_ADDR"], told["SERVER_PORT"]) == ("HTTP/1.1", "127.0.0.1", str(web.port))


def test_http_1_0_needs_no_host_and_ends_the_connection(web: Web) -> None:
    (answer,) = web.ask(b"GET /environ HTTP/1.0\r\n\r\n")
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert "HTTP_HOST" not in answer.json


def test_http_1_0_may_keep_its_connection(web: Web) -> None:
    first, second = web.ask(b"GET /environ HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /environ HTTP/1.0\r\n\r\n")
    assert (first.headers["connection"], second.headers["connection"]) == ("keep-alive", "close")


def test_requests_sent_at_once_are_answered_in_order(web: Web) -> None:
    sent = b"".join(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n%d" % number for number in range(9))
    told = web.ask(
        sent + CHUNKED + b"1\r\n9\r\n0\r\nX-Trailer: t\r\n\r\n" + b"\r\nGET /environ HTTP/1.1\r\nHost: a\r\n" + CLOSE
    )
    assert [answer.body for answer in told[:10]] == [b"%d" % number for number in range(10)]
    assert (len(told), told[10].status) == (11, 200)


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_request_may_come_in_pieces(web: Web, size: int) -> None:
    """Each piece in a packet of its own: the socket sends at once what it is given."""
    sent = CHUNKED + b"5;note=1\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nX-Trailer: t\r\n\r\n"
    sent += b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nend"
    with web.open() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), size):
            connection.sendall(sent[start : start + size])
        assert [answer.body for answer in answers(everything(connection))] == [b"hello world", b"end"]


def test_a_large_chunked_body_arrives_whole(web: Web) -> None:
    connection = web.connect()
    parts = [bytes([number % 256]) * (number * 37 % 70_000) for number in range(1, 60)]
    connection.request("POST", "/echo", body=iter(parts), encode_chunked=True)
    assert connection.getresponse().read() == b"".join(parts)


def test_a_body_is_not_read_before_it_is_wanted(web: Web, tmp_path: Path) -> None:
    """What the application does not read stays with the kernel and the client, however much it is."""
    until = tmp_path / "until"
    size = 200_000_000
    sent = 0
    with web.open(f"POST /read-late?{until} HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n".encode()) as connection:
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            while sent < size:
                sent += connection.send(b"x" * 65_536)
        assert sent < size / 2
        eventually(Path(f"{until}.started").exists)
        resident = int(Path(f"/proc/{web.process.pid}/statm").read_text().split()[1]) * 4096
    assert resident < 150_000_000


def test_a_client_that_waits_to_be_asked_is_asked(web: Web) -> None:
    with web.open(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n" + CLOSE) as connection:
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ab")
        assert answers(everything(connection))[0].body == b"ab"


def test_a_client_whose_body_nobody_wants_is_not_asked(web: Web) -> None:
    """What it sends next may be the body or another request, so the connection ends."""
    sent = b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    (answer,) = web.ask(sent)
    assert (answer.status, answer.headers["connection"]) == (413, "close")


def test_a_small_body_that_nobody_wants_is_skipped(web: Web) -> None:
    hidden = b"GET /environ HTTP/1.1\r\nHost: hidden\r\n\r\n"
    sent = b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(hidden) + hidden
    refused, told = web.ask(sent + b"GET /environ HTTP/1.1\r\nHost: b\r\n" + CLOSE)
    assert (refused.status, "connection" in refused.headers) == (413, False)
    assert told.json["HTTP_HOST"] == "b"


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 30000000", b"Content-Length: 18446744073709551615", b"Transfer-Encoding: chunked"]
)
def test_a_large_body_that_nobody_wants_does_not_hide_the_answer(web: Web, framing: bytes) -> None:
    """Closing at once would reset the connection while the client still sends, and it would never see why."""
    with web.open(b"POST /unread HTTP/1.1\r\nHost: a\r\n" + framing + b"\r\n\r\n") as connection:
        for _ in range(300):
            connection.sendall(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")
        (answer,) = answers(everything(connection))
    assert (answer.status, answer.body, answer.headers["connection"]) == (413, b"no\n", "close")
