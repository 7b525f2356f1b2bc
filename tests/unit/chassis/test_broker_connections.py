"""Connections of py-amqp on the loopback device."""

import socket
import threading
from collections.abc import Iterator

import pytest
from kombu.exceptions import OperationalError

from chassis.messaging import broker

TRIES = 400  # Linux gave a wrong TCP_MAXSEG in 1.6 % of such tries


@pytest.fixture
def hangs_up() -> Iterator[str]:
    """The address of a server that closes every connection at once."""
    with socket.create_server(("127.0.0.1", 0), backlog=TRIES) as server:

        def serve() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield f"amqp://127.0.0.1:{server.getsockname()[1]}//"
        server.shutdown(socket.SHUT_RDWR)
        serving.join()


def test_no_option_of_the_socket_is_refused_by_the_kernel(hangs_up: str) -> None:
    said = set()
    for _ in range(TRIES):
        with pytest.raises((OSError, OperationalError)) as refused:
            broker.connected(hangs_up, heartbeat=0)
        said.add(str(refused.value))
    assert not [text for text in said if "Invalid argument" in text]
