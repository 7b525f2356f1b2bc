"""The harness counts right: what it says of a run is what happened in it."""

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bench.figures import Rounds, Run, percentile
from bench.load import drive
from bench.measures.relay import _out_of_order
from bench.results import Goal


def test_percentiles_are_values_that_occurred() -> None:
    hundred = [float(number) for number in range(100, 0, -1)]
    assert [percentile(hundred, share) for share in (0.5, 0.99, 1.0)] == [50.0, 99.0, 100.0]
    assert percentile([7.0], 0.01) == 7.0
    assert math.isnan(percentile([], 0.5))


def test_a_run_says_what_each_answer_cost() -> None:
    run = Run.of({"latencies": [1.0, 2.0, 3.0, 4.0], "seconds": 2.0}, {"gateway": 0.010})
    assert (run.rate, run.p50, run.p99, run.cpu) == (2.0, 2.0, 4.0, {"gateway": 2.5})


def test_rounds_are_told_by_their_median() -> None:
    rounds = Rounds([Run(rate, 1.0, 1.0, 10, {"broker": rate}) for rate in (1.0, 100.0, 3.0)])
    assert (rounds.rate, rounds.cpu) == (3.0, {"broker": 3.0})


@pytest.mark.parametrize(
    ("versions", "wrong"),
    [([1, 2, 3], 0), ([1, 3, 2], 1), ([3, 1, 2], 2), ([1, 1, 2], 0)],  # told twice is not out of order
)
def test_out_of_order_is_counted_per_aggregate(versions: list[int], wrong: int) -> None:
    others = [("other", version) for version in (1, 2, 3)]
    mixed = [one for pair in zip([("it", v) for v in versions], others, strict=True) for one in pair]
    assert _out_of_order(mixed) == wrong


def test_goals_are_met_at_their_limit_and_not_beyond() -> None:
    assert Goal.at_least("rate", 2, 2.0).met and not Goal.at_least("rate", 2, 1.99).met
    assert Goal.at_most("p99", 10, 10.0).met and not Goal.at_most("p99", 10, 10.01).met
    assert not Goal.at_least("rate", 2, math.nan).met  # what was not measured is not met


class Server:
    """Answers each request with 201, or with 409 for every `refuse`th, in two pieces."""

    def __init__(self, refuse: int = 0) -> None:
        self.bodies: list[bytes] = []
        self._refuse = refuse

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            self.bodies.append(await reader.readexactly(length))
            status = b"409 Conflict" if self._refuse and len(self.bodies) % self._refuse == 0 else b"201 Created"
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 4\r\n\r\nab")
            await writer.drain()
            writer.write(b"cd")


def load(server: Server, **job: Any) -> Any:
    async def run() -> Any:
        listening = await asyncio.start_server(server, "127.0.0.1", 0)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            return await drive({"port": port, "clients": 3, "seconds": 10, "expect": 201, **job})

    # In a thread of its own: Playwright leaves its loop running in the one of the tests.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


def requests(count: int) -> list[dict[str, Any]]:
    return [{"method": "POST", "path": "/bookings", "body": {"number": number}} for number in range(count)]


def test_every_request_is_sent_once() -> None:
    server = Server()
    tally = load(server, requests=requests(50))
    assert sorted(server.bodies) == sorted(b'{"number": %d}' % number for number in range(50))
    assert (tally.statuses, len(tally.latencies), tally.odd) == ({201: 50}, 50, "")


def test_what_is_not_expected_is_told() -> None:
    tally = load(Server(refuse=10), requests=requests(30))
    assert (tally.statuses, tally.odd) == ({201: 27, 409: 3}, "abcd")


def test_it_ends_with_its_time_however_much_is_left() -> None:
    tally = load(Server(), requests=[{"path": "/spaces"}], again=True, seconds=0.2)
    assert len(tally.latencies) > 3
    assert tally.ended - tally.began < 5


def test_a_server_that_hangs_up_spoils_the_run() -> None:
    async def gone(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    assert load(gone, requests=requests(3), clients=1).statuses == {0: 1}  # type: ignore[arg-type]
