"""The HTTP server: chunked bodies, streams, and a drain that answers what is in work."""

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest

from tests.broker import free_port
from tests.integration.chassis.conftest import ROOT
from tests.patience import eventually


class Web:
    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=20)


@pytest.fixture
def web(tmp_path: Path, postgres_url: str) -> Iterator[Web]:
    port, log = free_port(), tmp_path / "web.log"
    environment = os.environ | {"LINLI_PORT": str(port), "LINLI_SIDE_PORT": "0", "LINLI_DATABASE_URL_TOY": postgres_url}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.toy.web"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    eventually(lambda: b"SERVING" in log.read_bytes() or process.poll() is not None, seconds=30)
    assert process.poll() is None, log.read_text()
    yield Web(process, port, log)
    process.kill()
    process.wait()


def test_a_chunked_body_arrives_whole(web: Web) -> None:
    connection = web.connect()
    connection.request("POST", "/echo", body=iter([b"one ", b"two ", b"three"]), encode_chunked=True)
    assert connection.getresponse().read() == b"one two three"
    connection.request("POST", "/echo", body=b"again")
    assert connection.getresponse().read() == b"again", "the connection was not kept"


def test_streamed_bytes_arrive_one_by_one(web: Web) -> None:
    connection = web.connect()
    connection.request("GET", "/stream")
    response = connection.getresponse()
    assert [response.readline() for _ in range(3)] == [b"tick\n"] * 3


def test_who_finds_no_room_waits_until_others_have_gone(web: Web) -> None:
    """The process is out of file descriptors: a crowd, or a flood."""
    room = len(list(Path(f"/proc/{web.process.pid}/fd").iterdir())) + 5
    resource.prlimit(web.process.pid, resource.RLIMIT_NOFILE, (room, room))
    crowd = [socket.create_connection(("127.0.0.1", web.port), timeout=5) for _ in range(20)]
    last = web.connect()
    last.request("POST", "/echo", body=b"me too")
    eventually(lambda: b"cannot accept" in web.log.read_bytes())
    assert web.process.poll() is None
    for connection in crowd:
        connection.close()
    assert last.getresponse().read() == b"me too"


def test_sigterm_answers_what_is_in_work_and_ends_the_rest(web: Web, tmp_path: Path) -> None:
    idle, streaming, working = web.connect(), web.connect(), web.connect()
    idle.request("POST", "/echo", body=b"x")
    idle.getresponse().read()
    streaming.request("GET", "/stream")
    stream = streaming.getresponse()
    assert stream.readline() == b"tick\n"
    until = tmp_path / "until"
    answers: list[bytes] = []

    def work() -> None:
        working.request("GET", f"/wait?{until}")
        answers.append(working.getresponse().read())

    thread = Thread(target=work)
    thread.start()
    eventually(Path(f"{until}.started").exists)
    web.process.send_signal(signal.SIGTERM)
    while stream.readline():
        pass  # ends, or this test hangs into its time limit
    eventually(lambda: _refuses(web.port))
    assert web.process.poll() is None, "stopped with a request in work"
    until.touch()
    thread.join(10)
    assert answers == [b"done"]
    assert web.process.wait(10) == 0


def _refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False
