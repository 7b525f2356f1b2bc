"""A client whose next request is always here already gets no more than its turn."""

from collections.abc import Iterable
from typing import Any

import eventlet
import pytest

from chassis.web import connection
from chassis.web.connection import Connection
from chassis.web.exchange import Site
from chassis.web.http_error import plain_problem

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
MANY = 50


class Eager:
    """A socket with MANY requests, of which the next one is always ready."""

    def __init__(self) -> None:
        self.fd = self
        self.left, self.answers = MANY, 0

    def recv(self, size: int, flags: int = 0) -> bytes:
        if not self.left:
            return b""
        if not flags:
            self.left -= 1
        return REQUEST

    def sendall(self, data: bytes) -> None:
        self.answers += 1

    def settimeout(self, seconds: float) -> None:
        pass

    def close(self) -> None:
        pass


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("204 No Content", [])
    return []


@pytest.mark.parametrize(("turn", "pauses"), [(0.0, MANY - 1), (60.0, 0)])
def test_others_get_their_turn(monkeypatch: pytest.MonkeyPatch, turn: float, pauses: int) -> None:
    paused: list[float] = []
    monkeypatch.setattr(eventlet, "sleep", paused.append)
    monkeypatch.setattr(connection, "MAX_TURN", turn)
    client = Eager()
    Connection(client, ("127.0.0.1", 1), Site(app, plain_problem, "toy", ("127.0.0.1", 80), lambda: False)).run()
    assert client.answers == MANY
    assert paused == [0] * pauses
