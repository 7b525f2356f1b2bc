"""`linli up` as an operator sees it: the log, the side port, the address; and one booking in it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.broker import free_port
from tests.patience import eventually
from tour.client import Client
from tour.free_time import first_free
from tour.people import CODE, PASSWORD, RESIDENTS

PHONE = RESIDENTS["wang"][1]
ROOT = Path(__file__).parents[3]


@dataclass
class Observed:
    """A district in a process of its own. `side` is the side port's address."""

    url: str
    side: str
    log: Path
    process: subprocess.Popen[bytes]

    def lines(self, **wanted: Any) -> list[dict[str, Any]]:
        """Log lines with these fields. Lines that are not JSON (what `linli up` says to people) are passed over."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            if line.startswith("{"):
                fields = json.loads(line)
                if all(fields.get(name) == value for name, value in wanted.items()):
                    found.append(fields)
        return found

    def metrics(self) -> dict[str, list[Any]]:
        """Samples of /metrics by their full name."""
        text = requests.get(f"{self.side}/metrics", headers={"Accept": "text/plain"}, timeout=20).text
        samples: dict[str, list[Any]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                samples.setdefault(sample.name, []).append(sample)
        return samples

    def value(self, name: str, **labels: str) -> float:
        """Sum over the samples with these labels."""
        return float(sum(s.value for s in self.metrics().get(name, ()) if labels.items() <= s.labels.items()))


@contextmanager
def observed(folder: Path, *command: str, **variables: str) -> Iterator[Observed]:
    """Run a Python command that does what `linli up` does, with JSON logs and its side port open, from nothing."""
    port, side_port, log = free_port(), free_port(), folder / "log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")} | {
        "LINLI_HOME": str(folder / "home"),
        "LINLI_PORT": str(port),
        "LINLI_SIDE_PORT": str(side_port),
        "LINLI_LOG_FORMAT": "json",
        "LINLI_LOG_LEVEL": "INFO",
        **variables,
    }
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=output, stderr=output)
    it = Observed(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{side_port}", log, process)
    try:
        eventually(lambda: _ready(it), seconds=180, every=0.2)
        yield it
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def _ready(it: Observed) -> bool:
    assert it.process.poll() is None, it.log.read_text(errors="replace")[-4000:]
    try:
        return requests.get(f"{it.url}/readyz", timeout=10).ok
    except requests.RequestException:
        return False


def signed_in(url: str, **headers: str) -> Client:
    """Wang, whose requests carry `headers` (`_` for `-`)."""
    visitor = Client(url)
    visitor.post("/auth/codes?community_id=liuyi", {"phone": PHONE})
    token = visitor.post("/auth/sessions?community_id=liuyi", {"phone": PHONE, "code": CODE})["token"]
    return Client(url, {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): h for name, h in headers.items()}})


def staff(url: str, name: str, **headers: str) -> Client:
    """A member of the demo's staff, whose requests carry `headers` (`_` for `-`)."""
    token = Client(url).post("/auth/sessions", {"username": name, "password": PASSWORD})["token"]
    return Client(url, {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): h for name, h in headers.items()}})


def a_free_hour(api: Client) -> dict[str, str]:
    """The body of a booking that nothing stands against."""
    space = next(space for space in api.items("/spaces", community_id="liuyi") if space["kind"] == "room")
    starts_at, ends_at = first_free(api, space, datetime.now(UTC))
    return {"space_id": space["id"], "starts_at": starts_at, "ends_at": ends_at}
