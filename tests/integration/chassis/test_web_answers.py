"""What the server sends: answers framed by what is known of them, and cut where they are broken."""

from collections.abc import Iterator
from http.client import IncompleteRead

import pytest

from tests.integration.chassis.web_process import Web, everything, running
from tests.toy.texts import LARGE


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running(tmp_path_factory.mktemp("web")) as started:
        yield started


def test_a_small_answer_gets_its_length(web: Web) -> None:
    connection = web.connect()
    connection.request("GET", "/parts")
    response = connection.getresponse()
    assert (response.read(), response.headers["Content-Length"]) == (b"one two three", "13")
    assert response.headers["Date"].endswith(" GMT")
    assert (response.headers["Transfer-Encoding"], response.headers["Connection"]) == (None, None)


def test_a_large_answer_of_unknown_length_comes_in_chunks(web: Web) -> None:
    connection = web.connect()
    for _ in range(2):
        connection.request("GET", "/large")
        response = connection.getresponse()
        assert response.headers["Transfer-Encoding"] == "chunked"
        assert response.headers["Content-Length"] is None
        assert response.read() == LARGE


def test_http_1_0_gets_it_until_the_connection_ends(web: Web) -> None:
    with web.open(b"GET /large HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") as connection:
        head, _, body = everything(connection).partition(b"\r\n\r\n")
    assert b"chunked" not in head and b"Connection: close" in head
    assert body == LARGE


@pytest.mark.parametrize("path", ["/parts", "/large", "/environ"])
def test_head_has_no_body(web: Web, path: str) -> None:
    connection = web.connect()
    connection.request("HEAD", path)
    assert connection.getresponse().read() == b""
    connection.request("POST", "/echo", body=b"next")
    assert connection.getresponse().read() == b"next", "the connection was not kept, or not in step"


def test_a_bug_is_told_as_a_problem(web: Web) -> None:
    connection = web.connect()
    connection.request("GET", "/fail")
    response = connection.getresponse()
    body = response.read()
    assert (response.status, response.headers["Content-Type"]) == (500, "application/problem+json")
    assert b'"code":"internal"' in body and b"FileNotFoundError" not in body
    assert "FileNotFoundError" in web.log.read_text()


def test_a_header_cannot_bring_another(web: Web) -> None:
    connection = web.connect()
    connection.request("GET", "/inject")
    response = connection.getresponse()
    assert (response.status, response.headers["Set-Cookie"]) == (500, None)


@pytest.mark.parametrize("path", ["/fail-late", "/short"])
def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(web: Web, path: str) -> None:
    connection = web.connect()
    connection.request("GET", path)
    response = connection.getresponse()
    with pytest.raises((IncompleteRead, ConnectionError)):
        response.read()


def test_even_where_only_the_connection_ends_it(web: Web) -> None:
    with web.open(b"GET /fail-late HTTP/1.0\r\n\r\n") as connection, pytest.raises(ConnectionResetError):
        everything(connection)


def test_a_body_longer_than_its_length_is_a_bug(web: Web) -> None:
    """The rest of it would be read as the next answer."""
    connection = web.connect()
    connection.request("GET", "/long")
    assert connection.getresponse().status == 500
