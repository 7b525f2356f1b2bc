"""Measures the time from COMMIT in booking's database to the arrival at a system that reads the district feed over SSE."""

import json
import socket
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import median

from bench.bookings import tokens
from bench.contenders import Linli
from bench.figures import percentile
from bench.measures.latency import EVERY, latencies
from bench.results import Goal, Section
from bench.world import World


@dataclass
class Reader:
    """An open stream of all messages. It records when each arrives."""

    port: int
    key: str
    arrived: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> "Reader":
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        self._connection.request("GET", "/api/v1/messages/stream", headers={"X-API-Key": self.key})
        self._socket = self._connection.sock
        self._answer = self._connection.getresponse()
        if self._answer.status != 200:
            raise RuntimeError(f"the stream is answered with {self._answer.status}")
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        return self

    def _listen(self) -> None:
        while line := self._answer.readline():
            if line.startswith(b"data: "):
                self.arrived[json.loads(line[6:])["id"]] = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()


def _key(world: World, linli: Linli) -> str:
    """The secret of a new API key that may read the messages."""
    [bearer] = tokens(world, linli, count=1, username="admin")
    connection = HTTPConnection("127.0.0.1", linli.port, timeout=30)
    body = json.dumps({"label": "bench", "scopes": ["messages:read"]})
    connection.request(
        "POST", "/api/v1/api-keys", body, {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    )
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return str(answer["secret"])


def measure(world: World) -> list[Section]:
    count, rounds = (40, 1) if world.quick else (300, 3)
    linli = Linli(world, "feed", ("gateway", "booking", "notify"))
    contender = linli.start()
    try:
        with Reader(linli.port, _key(world, linli)) as reader:
            world.note("commit to a stream of the feed")
            latencies(world, linli, 20, reader.arrived)
            found = [latencies(world, linli, count, reader.arrived) for _ in range(rounds)]
    finally:
        contender.end()
    p50, p99 = (median(percentile(one, share) for one in found) for share in (0.5, 0.99))
    section = Section(
        "Commit to a stream of the feed",
        f"Milliseconds from the COMMIT that is sent in booking's database to the event that arrives over SSE: relay, broker, "
        f"notify, broker, gateway. One message every {EVERY * 1000:.0f} ms.",
        ("messages", "p50 ms", "p99 ms"),
        [(str(count * rounds), f"{p50:.1f}", f"{p99:.1f}")],
    )
    section.goals = [
        Goal.at_most("Commit to a stream of the feed, p50", 12, p50, " ms"),
        Goal.at_most("Commit to a stream of the feed, p99", 25, p99, " ms"),
    ]
    return [section]
