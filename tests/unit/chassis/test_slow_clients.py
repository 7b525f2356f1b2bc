"""How long the HTTP server waits for a client, on real sockets that say nothing."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from chassis.web.http_error import BodyError, ClientGone, HttpError
from chassis.web.receive_buffer import ReceiveBuffer
from chassis.web.request_body import body_of
from chassis.web.request_head import Head, parse_head, read_head

SOON = 0.02


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, ReceiveBuffer]]:
    """A client, and what the server reads of it."""
    client, server = socket.socketpair()
    with client, server:
        yield client, ReceiveBuffer(server)


Pair = tuple[socket.socket, ReceiveBuffer]


def test_a_silent_connection_is_given_up(pair: Pair) -> None:
    assert pair[1].wait(SOON) is False


def test_half_a_head_is_refused_after_a_while(pair: Pair) -> None:
    pair[0].sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
    with pytest.raises(HttpError) as error:
        read_head(pair[1], SOON)
    assert error.value.status == 408


def test_a_head_that_drips_is_refused_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and they never end."""
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)

    class Dripping:
        def settimeout(self, seconds: float) -> None:
            pass

        def recv(self, size: int) -> bytes:
            nonlocal now
            now += 1.0
            return b"G"

    with pytest.raises(HttpError) as error:
        read_head(ReceiveBuffer(Dripping()), 30.0)
    assert (error.value.status, now) == (408, 30.0)


def test_a_client_that_leaves_in_mid_head_gets_no_answer(pair: Pair) -> None:
    pair[0].sendall(b"GET / HTTP/1.1\r\n")
    pair[0].close()
    with pytest.raises(ClientGone):
        read_head(pair[1], SOON)


def _head(length: int | None) -> Head:
    return Head("POST", "/", "HTTP/1.1", True, {}, length)


@pytest.mark.parametrize(("length", "sent"), [(5, b"ab"), (None, b"5\r\nab"), (None, b"2\r\nab\r\n"), (None, b"")])
@pytest.mark.parametrize(("leave", "status"), [(lambda client: None, 408), (socket.socket.close, 400)])
def test_a_body_that_does_not_come(
    pair: Pair, length: int | None, sent: bytes, leave: Callable[[socket.socket], None], status: int
) -> None:
    client, incoming = pair
    client.sendall(sent)
    leave(client)
    body = body_of(_head(length), incoming, SOON, lambda: None)
    for _ in range(2):
        with pytest.raises(BodyError) as error:
            body.readall()
        assert error.value.status == status
    assert body.error is error.value
    assert not body.can_skip(100)


def test_what_was_sent_is_read_to_its_end_and_no_further(pair: Pair) -> None:
    client, incoming = pair
    client.sendall(b"4;a=b\r\nwiki\r\n5\r\npedia\r\n0\r\nX-A: b\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
    body = body_of(_head(None), incoming, SOON, lambda: None)
    assert (body.readall(), body.done) == (b"wikipedia", True)
    assert parse_head(read_head(incoming, SOON)).method == "GET"
    assert incoming.buffer == b""
