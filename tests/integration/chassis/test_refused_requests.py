"""What a server must not try to understand: each is refused with a problem, its connection closed, nothing after it read.

Sent as raw bytes; where servers differ over such bytes, one client's request can be hidden in another's.
"""

from collections.abc import Iterator

import pytest

from tests.integration.chassis.web_process import Web, running

GET = b"GET /environ HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"
# Follows each refused request: nothing may answer to it.
HIDDEN = b"GET /environ HTTP/1.1\r\nHost: hidden\r\n\r\n"

MALFORMED = {
    # lengths
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
    "two equal lengths": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\nab",
    "length +2": POST + b"Content-Length: +2\r\n\r\nab",
    "length -2": POST + b"Content-Length: -2\r\n\r\nab",
    "length 0x2": POST + b"Content-Length: 0x2\r\n\r\nab",
    "length 2_0": POST + b"Content-Length: 2_0\r\n\r\nab",
    "length 1 2": POST + b"Content-Length: 1 2\r\n\r\nab",
    "length 2.0": POST + b"Content-Length: 2.0\r\n\r\nab",
    "length of nothing": POST + b"Content-Length:\r\n\r\n",
    "length of full-width digits": POST + "Content-Length: ２\r\n\r\nab".encode(),
    "length 10^20": POST + b"Content-Length: 100000000000000000000\r\n\r\n",
    # codings
    "length and coding": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + LAST,
    "coding and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + LAST,
    "two codings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + LAST,
    "xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + LAST,
    "identity": POST + b"Transfer-Encoding: identity\r\n\r\n" + LAST,
    "no coding": POST + b"Transfer-Encoding:\r\n\r\n" + LAST,
    "gzip, chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + LAST,
    "chunked, identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + LAST,
    "a comma and chunked": POST + b"Transfer-Encoding: , chunked\r\n\r\n" + LAST,
    "chunked with a parameter": POST + b"Transfer-Encoding: chunked;q=1\r\n\r\n" + LAST,
    "vertical tab before chunked": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + LAST,
    "chunked in HTTP/1.0": b"POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + LAST,
    # header lines
    "space before the colon": GET + b"X-A : b\r\n\r\n",
    "tab before the colon": GET + b"X-A\t: b\r\n\r\n",
    "space before a length's colon": POST + b"Content-Length : 2\r\n\r\nab",
    "no colon": GET + b"X-A\r\n\r\n",
    "no name": GET + b": b\r\n\r\n",
    "space in a name": GET + b"X A: b\r\n\r\n",
    "a name that is not ASCII": GET + "X-邻: b\r\n\r\n".encode(),
    "a folded line": GET + b"X-A: b\r\n c\r\n\r\n",
    "a line folded by a tab": GET + b"X-A: b\r\n\tTransfer-Encoding: chunked\r\n\r\n",
    "a folded first line": b"GET /environ HTTP/1.1\r\n Host: a\r\n\r\n",
    "bare line feeds": b"GET /environ HTTP/1.1\nHost: a\n\n",
    "a bare line feed": GET + b"X-A: b\nX-B: c\r\n\r\n",
    "an end of bare line feeds": GET + b"X-A: b\n\n",
    "a bare carriage return": GET + b"X-A: b\rX-B: c\r\n\r\n",
    "two carriage returns": GET + b"X-A: b\r\r\n\r\n",
    "NUL in a value": GET + b"X-A: b\x00c\r\n\r\n",
    "NUL in a name": GET + b"X\x00A: b\r\n\r\n",
    "a control sign in a value": GET + b"X-A: b\x01c\r\n\r\n",
    "delete in a value": GET + b"X-A: b\x7fc\r\n\r\n",
    # Host and other single headers
    "no Host": b"GET /environ HTTP/1.1\r\nX-A: b\r\n\r\n",
    "no header at all": b"GET /environ HTTP/1.1\r\n\r\n",
    "two Hosts": GET + b"Host: b\r\n\r\n",
    "the same Host twice": GET + b"Host: a\r\n\r\n",
    "an empty Host": b"GET /environ HTTP/1.1\r\nHost:\r\n\r\n",
    "a Host with a path": b"GET /environ HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "a Host with a name": b"GET /environ HTTP/1.1\r\nHost: b@a\r\n\r\n",
    "a Host with a space": b"GET /environ HTTP/1.1\r\nHost: a b\r\n\r\n",
    "two Hosts in one": b"GET /environ HTTP/1.1\r\nHost: a, b\r\n\r\n",
    "a Host with a wrong port": b"GET /environ HTTP/1.1\r\nHost: a:b\r\n\r\n",
    "two content types": POST + b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n",
    "two Authorizations": GET + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
    # request lines
    "HTTP/0.9": b"GET /environ\r\n",
    "HTTP/0.9 with headers": b"GET /environ\r\nHost: a\r\n\r\n",
    "no address": b"GET HTTP/1.1\r\nHost: a\r\n\r\n",
    "two spaces before the address": b"GET  /environ HTTP/1.1\r\nHost: a\r\n\r\n",
    "two spaces after the address": b"GET /environ  HTTP/1.1\r\nHost: a\r\n\r\n",
    "a space in the address": b"GET /environ x HTTP/1.1\r\nHost: a\r\n\r\n",
    "a space after the version": b"GET /environ HTTP/1.1 \r\nHost: a\r\n\r\n",
    "a space before the method": b" GET /environ HTTP/1.1\r\nHost: a\r\n\r\n",
    "tabs": b"GET\t/environ\tHTTP/1.1\r\nHost: a\r\n\r\n",
    "NUL in the address": b"GET /environ\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a control sign in the address": b"GET /environ\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a carriage return in the address": b"GET /environ\rX HTTP/1.1\r\nHost: a\r\n\r\n",
    "a fragment": b"GET /environ#x HTTP/1.1\r\nHost: a\r\n\r\n",
    "version 1": b"GET /environ HTTP/1\r\nHost: a\r\n\r\n",
    "version 1.2": b"GET /environ HTTP/1.2\r\nHost: a\r\n\r\n",
    "version 1.10": b"GET /environ HTTP/1.10\r\nHost: a\r\n\r\n",
    "version 01.1": b"GET /environ HTTP/01.1\r\nHost: a\r\n\r\n",
    "lower-case version": b"GET /environ http/1.1\r\nHost: a\r\n\r\n",
    "RTSP": b"GET /environ RTSP/1.0\r\nHost: a\r\n\r\n",
    "ICE": b"SOURCE /environ ICE/1.0\r\nHost: a\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "two empty lines first": b"\r\n\r\n" + GET + b"\r\n",
    "an empty line of a bare line feed first": b"\n" + GET + b"\r\n",
    # targets
    "an authority": b"GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT": b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
    "a relative path": b"GET environ HTTP/1.1\r\nHost: a\r\n\r\n",
    "a query alone": b"GET ?x HTTP/1.1\r\nHost: a\r\n\r\n",
    "an asterisk without OPTIONS": b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    "another scheme": b"GET ftp://a/environ HTTP/1.1\r\nHost: a\r\n\r\n",
    "another host in the address": b"GET http://b/environ HTTP/1.1\r\nHost: a\r\n\r\n",
    "a name in the address": b"GET http://b@a/environ HTTP/1.1\r\nHost: a\r\n\r\n",
    "an address without its Host": b"GET http://a/environ HTTP/1.1\r\n\r\n",
    # chunks
    "chunk 0x2": CHUNKED + b"0x2\r\nab\r\n" + LAST,
    "chunk +2": CHUNKED + b"+2\r\nab\r\n" + LAST,
    "chunk -2": CHUNKED + b"-2\r\nab\r\n" + LAST,
    "chunk 2_0": CHUNKED + b"2_0\r\nab\r\n" + LAST,
    "chunk with a space after it": CHUNKED + b"2 \r\nab\r\n" + LAST,
    "chunk with a space before it": CHUNKED + b" 2\r\nab\r\n" + LAST,
    "chunk of no size": CHUNKED + b"\r\nab\r\n" + LAST,
    "chunk of a word": CHUNKED + b"two\r\nab\r\n" + LAST,
    "chunk of 17 digits": CHUNKED + b"fffffffffffffffff\r\nab\r\n" + LAST,
    "bare line feed after a chunk's size": CHUNKED + b"2\nab\r\n" + LAST,
    "bare line feed after a chunk": CHUNKED + b"2\r\nab\n" + LAST,
    "chunk longer than its size": CHUNKED + b"2\r\nabc\r\n" + LAST,
    "bare line feed in an extension": CHUNKED + b"2;a\nb\r\nab\r\n" + LAST,
    "NUL in an extension": CHUNKED + b"2;a\x00\r\nab\r\n" + LAST,
    "a length as trailer": CHUNKED + b"2\r\nab\r\n0\r\nContent-Length: 5\r\n\r\n",
    "a coding as trailer": CHUNKED + b"2\r\nab\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a trailer with a space before its colon": CHUNKED + b"2\r\nab\r\n0\r\nX-A : b\r\n\r\n",
    "a folded trailer": CHUNKED + b"2\r\nab\r\n0\r\nX-A: b\r\n c\r\n\r\n",
    "a trailer with a bare line feed": CHUNKED + b"2\r\nab\r\n0\r\nX-A: b\n\r\n",
    "an end with a bare line feed": CHUNKED + b"2\r\nab\r\n0\r\n\n",
}
TOO_MUCH = {
    "a long address": (414, b"GET /environ?%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"x" * 8_200)),
    "an address without end": (414, b"GET /" + b"x" * 8_200),
    "a long header": (431, GET + b"X-A: %b\r\n\r\n" % (b"x" * 8_200)),
    "many headers": (431, GET + b"X-A: b\r\n" * 100 + b"\r\n"),
    "large headers": (431, GET + b"X-A: %b\r\n" % (b"x" * 8_000) * 9 + b"\r\n"),
    "a header without end": (431, GET + b"X-A: " + b"x" * 66_000),
    "a long extension": (413, CHUNKED + b"2;%b\r\nab\r\n" % (b"x" * 5_000) + LAST),
    "many extensions": (413, CHUNKED + b"2;%b\r\nab\r\n" % (b"x" * 1_000) * 20 + LAST),
    "a huge chunk": (413, CHUNKED + b"ffffffffffffffff\r\nab"),
    "a long trailer": (431, CHUNKED + b"0\r\nX-A: %b\r\n\r\n" % (b"x" * 5_000)),
    "many trailers": (431, CHUNKED + b"0\r\n" + b"X-A: %b\r\n" % (b"x" * 1_000) * 20 + b"\r\n"),
    "a method nobody knows": (501, b"BREW /environ HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a method in lower case": (501, b"get /environ HTTP/1.1\r\nHost: a\r\n\r\n"),
    "HTTP/2 by prior knowledge": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP/2.0": (505, b"GET /environ HTTP/2.0\r\nHost: a\r\n\r\n"),
    "HTTP/0.9 by name": (505, b"GET /environ HTTP/0.9\r\n\r\n"),
}
CODES = {
    400: "malformed",
    413: "too_large",
    414: "address_too_long",
    431: "headers_too_large",
    501: "not_implemented",
    505: "version_not_supported",
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running(tmp_path_factory.mktemp("web")) as started:
        yield started


@pytest.mark.parametrize(
    ("status", "sent"), [*((400, sent) for sent in MALFORMED.values()), *TOO_MUCH.values()], ids=[*MALFORMED, *TOO_MUCH]
)
def test_it_is_refused_and_the_connection_closed(web: Web, status: int, sent: bytes) -> None:
    (answer,) = web.ask(sent + HIDDEN)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    assert (answer.json["status"], answer.json["code"]) == (status, CODES[status])
    assert "hidden" not in answer.body.decode()


@pytest.mark.parametrize("sent", [b"GET /environ\r\n", b"GET /environ HTTP/1.1\nHost: a\n\n", b"\x16\x03\x01", b"\n"])
def test_what_will_never_be_a_request_is_not_waited_for(web: Web, sent: bytes) -> None:
    """The client sends no more, and keeps the connection open; within the server's patience it would time out here."""
    (answer,) = web.ask(sent)
    assert answer.status == 400


def test_half_a_body_is_refused(web: Web) -> None:
    with web.open(POST + b"Content-Length: 5\r\n\r\nab") as connection:
        connection.shutdown(1)
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")
    with web.open(CHUNKED + b"5\r\nab") as connection:
        connection.shutdown(1)
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_the_log_says_what_was_refused_and_nothing_of_the_request(web: Web) -> None:
    private = b"13800000000"
    assert web.ask(b"GET /%b HTTP/1.1\r\nHost: a\r\nX-A: %b\r\n\r\n" % (private, b"x" * 8_200))[0].status == 431
    assert web.ask(b"GET /%b?%b HTTP/1.1\r\nHost: a\r\n\r\n" % (private, b"x" * 8_200))[0].status == 414
    assert web.ask(b"GET /%b HTTP/1.1\r\nHost: a\r\nX : %b\r\n\r\n" % (private, private))[0].status == 400
    assert web.ask(b"POST /fail?%b HTTP/1.1\r\nHost: a\r\n\r\n" % private)[0].status == 500
    log = web.log.read_text()
    assert all(f'"refusal":"{code}"' in log for code in ("headers_too_large", "address_too_long", "malformed", "internal"))
    assert private.decode() not in log
