"""The toy's web application as a process, and a client that sends bytes as they are."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import orjson

from tests.broker import free_port
from tests.integration.chassis.conftest import ROOT
from tests.patience import eventually


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Web:
    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=20)

    def open(self, sent: bytes = b"") -> socket.socket:
        """A connection on which `sent` has been sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall(sent)
        return connection

    def ask(self, sent: bytes) -> list[Answer]:
        """All answers to `sent`, once the server has closed the connection. The client does not close its side."""
        with self.open(sent) as connection:
            return answers(everything(connection))


def everything(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    received = b""
    while data := connection.recv(65_536):
        received += data
    return received


def answers(received: bytes) -> list[Answer]:
    """Answers with a Content-Length, one after the other; raises ValueError for anything else."""
    found = []
    while received:
        head, empty, received = received.partition(b"\r\n\r\n")
        if not empty:
            raise ValueError(f"no head: {head!r}")
        line, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (header.partition(": ") for header in rest)}
        length = int(headers["content-length"])
        found.append(Answer(int(line.split()[1]), headers, received[:length]))
        received = received[length:]
    return found


@contextmanager
def running(folder: Path) -> Iterator[Web]:
    port, log = free_port(), folder / "web.log"
    environment = os.environ | {
        "LINLI_PORT": str(port),
        "LINLI_SIDE_PORT": "0",
        "LINLI_DATABASE_URL_TOY": "postgresql://nobody@127.0.0.1:1/none",  # never asked
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.toy.web"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        eventually(lambda: b"SERVING" in log.read_bytes() or process.poll() is not None, seconds=30)
        assert process.poll() is None, log.read_text()
        yield Web(process, port, log)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
