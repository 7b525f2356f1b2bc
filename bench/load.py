"""The load generator. It is a separate process, so that its CPU time is not counted with the measured processes.

`python -m bench.load` reads a job from stdin as one JSON object and writes the outcome to stdout. It implements HTTP/1.1
itself, because a client library would need more CPU than the gateway. It ends after `seconds`, or when all requests are sent
(unless they are to be sent repeatedly).
"""

import asyncio
import gc
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

HOST = "127.0.0.1"


@dataclass(slots=True)
class Tally:
    """The result of a run. Latencies are in milliseconds. `began` and `ended` are times of time.perf_counter()."""

    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    odd: str = ""
    began: float = 0.0
    ended: float = 0.0


class Requests:
    """Returns each request once, or all of them repeatedly."""

    def __init__(self, encoded: list[bytes], again: bool, until: float) -> None:
        self._encoded, self._again, self._until = encoded, again, until
        self._next = 0

    def take(self) -> bytes | None:
        if time.perf_counter() >= self._until or not self._encoded:
            return None
        if self._next == len(self._encoded):
            if not self._again:
                return None
            self._next = 0
        self._next += 1
        return self._encoded[self._next - 1]


class Client(asyncio.Protocol):
    """One connection. It sends the next request after the answer to the last one."""

    def __init__(self, requests: Requests, tally: Tally, expect: int) -> None:
        self._requests, self._tally, self._expect = requests, tally, expect
        self._buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        request = self._requests.take()
        if request is None:
            self._transport.close()
            self._finish()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found or len(rest) < (length := _length(head)):
            return
        self._tally.latencies.append((time.perf_counter() - self._sent) * 1000)
        status = int(head[9:12])
        self._tally.statuses[status] = self._tally.statuses.get(status, 0) + 1
        if status != self._expect and not self._tally.odd:
            self._tally.odd = rest[:2000].decode(errors="replace")
        self._buffer = rest[length:]
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self._tally.odd = self._tally.odd or f"connection lost: {error}"
            self._tally.statuses[0] = self._tally.statuses.get(0, 0) + 1
            self._finish()

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


def _length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    if at < 0:
        raise ValueError(f"an answer without a length: {head[:300]!r}")
    return int(head[at + 17 :].split(b"\r\n", 1)[0])


def encode(request: dict[str, Any], port: int) -> bytes:
    """Return the bytes of a request. `request` has a `path`, and may have `method`, `headers` and a `body`, which is sent as
    JSON."""
    body = json.dumps(request["body"]).encode() if "body" in request else b""
    headers = {"Host": f"{HOST}:{port}", **request.get("headers", {})}
    if body:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"{request.get('method', 'GET')} {request['path']} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def drive(job: dict[str, Any]) -> Tally:
    """Send the job's requests with its number of clients, and return the tally of the answers."""
    encoded = [encode(request, job["port"]) for request in job["requests"]]
    tally = Tally(began=time.perf_counter())
    requests = Requests(encoded, job.get("again", False), tally.began + job["seconds"])
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(job["clients"]):
        _, client = await loop.create_connection(lambda: Client(requests, tally, job["expect"]), HOST, job["port"])
        clients.append(client)
    # The timeout ends the run if the server stops answering.
    await asyncio.wait([client.done for client in clients], timeout=job["seconds"] + 15)
    tally.ended = time.perf_counter()
    return tally


def main() -> None:
    job = json.load(sys.stdin)
    gc.disable()
    tally = asyncio.run(drive(job))
    outcome = {
        "seconds": tally.ended - tally.began,
        "latencies": [round(latency, 3) for latency in tally.latencies],
        "statuses": tally.statuses,
        "odd": tally.odd,
        "cpu": time.process_time(),
    }
    json.dump(outcome, sys.stdout)


if __name__ == "__main__":
    main()
