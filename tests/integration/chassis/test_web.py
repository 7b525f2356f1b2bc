"""The HTTP server: chunked bodies, streams, and a drain that answers what is in work."""

import resource
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from tests.integration.chassis.web_process import Web, answers, everything, running
from tests.patience import eventually


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with running(tmp_path) as started:
        yield started


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


@pytest.mark.parametrize("path", ["/quiet", "/stream"])
def test_a_stream_ends_with_its_last_chunk_at_sigterm(web: Web, path: str) -> None:
    """/quiet waits for something to tell, /stream sends all the time."""
    with web.open(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % path.encode()) as stream:
        assert b"tick\n" in stream.recv(1000)
        web.process.send_signal(signal.SIGTERM)
        assert everything(stream).endswith(b"0\r\n\r\n")
    assert web.process.wait(10) == 0
    assert b"cut off" not in web.log.read_bytes()


def test_an_answer_given_during_the_drain_says_that_the_connection_ends(web: Web, tmp_path: Path) -> None:
    until = tmp_path / "until"
    with web.open(f"GET /wait?{until} HTTP/1.1\r\nHost: a\r\n\r\n".encode()) as connection:
        eventually(Path(f"{until}.started").exists)
        web.process.send_signal(signal.SIGTERM)
        eventually(lambda: _refuses(web.port))
        until.touch()
        (answer,) = answers(everything(connection))
    assert (answer.body, answer.headers["connection"]) == (b"done", "close")


def _refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False
