"""How many times the HTTP server writes to the network for one answer, and what."""

from collections.abc import Iterable

import pytest

from chassis.web.http_error import ClientGone
from chassis.web.response import SEND_SIZE, InvalidResponse, Response


class Recording:
    """A socket that remembers each send."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def settimeout(self, seconds: float) -> None:
        pass

    def sendall(self, data: bytes) -> None:
        self.sent.append(bytes(data))


def answer(body: Iterable[bytes], *headers: tuple[str, str], method: str = "GET", status: str = "200 OK") -> list[bytes]:
    recording = Recording()
    response = Response(recording, 30.0, method, "HTTP/1.1", lambda: True)
    response.start(status, [*headers, ("Date", "now")])
    response.send_all(body)
    return recording.sent


def test_head_and_body_of_a_small_answer_are_one_send() -> None:
    assert answer([b"a", b"b"]) == [b"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nab"]
    assert answer(iter([b"x" * 600_000]))[0].endswith(b"\r\n\r\n" + b"x" * 600_000)


def test_small_parts_go_together() -> None:
    sent = answer(b"%8d" % number for number in range(3 * SEND_SIZE // 8))
    assert len(sent) == 3
    assert sent[-1].endswith(b"\r\n0\r\n\r\n")


@pytest.mark.parametrize(("method", "status"), [("HEAD", "200 OK"), ("GET", "204 NO CONTENT"), ("GET", "304 NOT MODIFIED")])
def test_some_answers_have_no_body(method: str, status: str) -> None:
    assert answer([b"body"], method=method, status=status) == [f"HTTP/1.1 {status}\r\nDate: now\r\n\r\n".encode()]


def test_the_connection_is_not_for_the_application_to_name() -> None:
    named = answer([b""], ("Connection", "upgrade"), ("Transfer-Encoding", "chunked"), ("Keep-Alive", "timeout=5"))
    assert named == [b"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 0\r\n\r\n"]


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb: c", "a\rb: c", "邻"])
def test_a_header_that_cannot_be_sent(value: str) -> None:
    with pytest.raises(InvalidResponse):
        answer([b""], ("X-A", value))
    with pytest.raises(InvalidResponse):
        answer([b""], (value, "a"))


def test_a_client_that_has_gone() -> None:
    class Gone(Recording):
        def sendall(self, data: bytes) -> None:
            raise BrokenPipeError

    response = Response(Gone(), 30.0, "GET", "HTTP/1.1", lambda: True)
    response.start("200 OK", [])
    with pytest.raises(ClientGone):
        response.finish(b"x")
    assert response.sending, "an unknown part of it has gone out"
