"""M10: SIGTERM while event streams are open. They end whole, with a hint when to come back, and miss nothing."""

import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import uuid4

import requests

from tests.faults.gateway_side import GatewaySide
from tests.faults.gateway_table import Held
from tests.faults.load import FULL
from tests.faults.report import Report
from tests.patience import eventually

KEYS, STREAMS_PER_KEY = 2, 5  # at most five streams of a key may be open
REPORT = {"channel": "suggestion_box", "category": "centre-suggestion", "text": "请把灯修好。"}


@dataclass
class Reader:
    """Reads the event stream, and connects again with Last-Event-ID when it ends. `ends` are the last parts of its streams,
    `cuts` counts streams that ended in the middle of a chunk."""

    side: GatewaySide
    secret: str
    heard: Counter[str] = field(default_factory=Counter)
    ends: list[str] = field(default_factory=list)
    cuts: int = 0
    open: bool = False
    position: str = ""
    block: list[str] = field(default_factory=list)  # the lines of the last part that was complete
    done: threading.Event = field(default_factory=threading.Event)

    def read_until_done(self) -> None:
        while not self.done.is_set():
            headers = {"X-API-Key": self.secret} | ({"Last-Event-ID": self.position} if self.position else {})
            try:
                self._read(headers)
            except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ReadTimeout):
                self.cuts += not self.done.is_set()
            except requests.exceptions.ConnectionError:
                self.done.wait(0.1)  # nobody listens while the gateway starts

    def _read(self, headers: dict[str, str]) -> None:
        last: list[str] = []
        url = f"{self.side.api}/messages/stream"
        with requests.get(url, headers=headers, stream=True, timeout=30) as answer:
            if not answer.ok:
                self.done.wait(0.1)
                return
            self.open = True
            for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                if not line:
                    last, self.block = [], last
                    self._take(self.block)
                    if self.done.is_set():
                        return
                else:
                    last.append(line)
        self.open = False
        self.ends.append("\n".join(self.block))

    def _take(self, block: list[str]) -> None:
        for line in block:
            if line.startswith("id: "):
                self.position = line.removeprefix("id: ")
            if found := re.search(r'"subject":"([^"]+)"', line):
                self.heard[found[1]] += "case.reported.v1" in "\n".join(block)


def test_streams_come_back_and_miss_nothing(gateway_side: GatewaySide, report: Report) -> None:
    gateway_side.clear_limits()
    admin = gateway_side.sign_in("admin")
    keys = [
        gateway_side.post("/api-keys", json={"label": f"m10-{n}", "scopes": ["messages:read"]}, headers=admin).json()["secret"]
        for n in range(KEYS)
    ]
    readers = [Reader(gateway_side, key) for key in keys for _ in range(STREAMS_PER_KEY)]
    reported: list[str] = []

    def say() -> str:
        answer = gateway_side.post("/cases", json=REPORT, headers={"Idempotency-Key": uuid4().hex})
        assert answer.status_code == 201, answer.text
        reported.append(str(answer.json()["case"]["id"]))
        return reported[-1]

    def all_heard(case_id: str) -> bool:
        return all(reader.heard[case_id] for reader in readers)

    restarts = 3 if FULL else 1
    with ThreadPoolExecutor(len(readers)) as threads:
        running = [threads.submit(reader.read_until_done) for reader in readers]
        try:
            eventually(lambda: all(reader.open for reader in readers), seconds=30)
            slowest = 0.0
            for number in range(restarts):
                last = [say() for _ in range(5)][-1]
                eventually(lambda last=last: all_heard(last), seconds=30)  # type: ignore[misc]
                before = [len(reader.ends) for reader in readers]
                for _ in range(2):
                    say()  # some of these are on their way when the gateway stops
                assert gateway_side.stop() == 0
                eventually(lambda n=number: all(len(reader.ends) > n for reader in readers), seconds=10)  # type: ignore[misc]
                assert [len(reader.ends) - n for reader, n in zip(readers, before, strict=True)] == [1] * len(readers)
                gateway_side.start()
                began = time.monotonic()
                last = say()
                eventually(lambda last=last: all_heard(last), seconds=60)  # type: ignore[misc]
                slowest = max(slowest, time.monotonic() - began)
            say()
            eventually(lambda: all_heard(reported[-1]), seconds=30)
        finally:
            for reader in readers:
                reader.done.set()
            gateway_side.post("/cases", json=REPORT)  # ends the wait of every reader
            for thread in running:
                thread.result(60)
    missing = sum(case_id not in reader.heard for reader in readers for case_id in reported)
    twice = sum(reader.heard[case_id] > 1 for reader in readers for case_id in reported)
    assert (missing, twice) == (0, 0)
    assert sum(reader.cuts for reader in readers) == 0
    assert all(re.match(r"retry: \d+\n: the server is stopping", end) for reader in readers for end in reader.ends)
    report.gateway.append(
        Held(
            "M10",
            f"SIGTERM to the gateway while {len(readers)} event streams are open",
            "every stream ends with its last chunk and a hint when to come back; nothing is missed or repeated",
            f"{sum(len(reader.ends) for reader in readers)} streams ended whole, 0 were cut; {len(reported)} messages, "
            f"0 missed, 0 repeated; all had the first new message {slowest:.1f} s after the restart at the latest",
        )
    )
