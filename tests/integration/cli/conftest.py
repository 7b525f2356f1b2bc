"""Commands as processes: what `linli` makes cooperative must not reach the tests."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import memory
from tests.patience import eventually

Run = Callable[..., subprocess.CompletedProcess[str]]
_LINLI = [sys.executable, "-m", "chassis.cli.main"]


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The given LINLI_ variables, a LINLI_HOME in `folder` and a community, and none of the surroundings' variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    return inherited | {
        "LINLI_HOME": str(folder / "home"),
        "LINLI_COMMUNITY": "liuyi",
        "COLUMNS": "200",
        **variables,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder that PostgreSQL's own user may pass through; pytest closes its own to all others again and again."""
    with memory.folder() as folder:
        yield folder


@pytest.fixture
def linli(tmp_path: Path) -> Run:
    """Run a command to its end: `linli("migrate", LINLI_WORKERS="4")`."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*_LINLI, *arguments],
            env=environment(tmp_path, **variables),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def _migrated_once() -> Iterator[Path]:
    """A folder with a `home` in which every service was migrated. Its server does not run."""
    with memory.folder() as folder:
        subprocess.run([*_LINLI, "migrate"], env=environment(folder), check=True, capture_output=True, timeout=120)
        yield folder


@pytest.fixture
def migrated(_migrated_once: Path, tmp_path: Path) -> None:
    """This test's LINLI_HOME is as `linli migrate` leaves it: a copy takes 0.1 s, setting PostgreSQL up 2 s."""
    subprocess.run(["cp", "-a", str(_migrated_once / "home"), str(tmp_path)], check=True)  # with PostgreSQL's own user


@dataclass
class Serving:
    """A command that goes on until it is stopped. Its side port is open."""

    process: subprocess.Popen[bytes]
    side_port: int
    port: int
    log: Path

    def side(self, path: str) -> requests.Response | None:
        try:
            return requests.get(f"http://127.0.0.1:{self.side_port}{path}", timeout=5)
        except requests.RequestException:
            return None

    def ready(self) -> bool:
        assert self.process.poll() is None, self.said()
        answer = self.side("/readyz")
        return answer is not None and answer.ok

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, number: int = signal.SIGTERM, seconds: float = 40) -> int:
        self.process.send_signal(number)
        return self.process.wait(seconds)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Serving]]:
    """Start a command that serves: `serve("run", "booking")`. Killed after the test if it still runs."""
    started: list[Serving] = []

    def start(*arguments: str, wait: bool = True, **variables: str) -> Serving:
        side_port, port = free_port(), free_port()
        log = tmp_path / f"log-{len(started)}"
        ports = {"LINLI_SIDE_PORT": str(side_port), "LINLI_PORT": str(port)}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*_LINLI, *arguments], env=environment(tmp_path, **ports, **variables), stdout=output, stderr=subprocess.STDOUT
            )
        serving = Serving(process, side_port, port, log)
        started.append(serving)
        if wait:
            eventually(serving.ready, seconds=90)
        return serving

    yield start
    for serving in started:
        if serving.process.poll() is None:
            serving.process.kill()
            serving.process.wait()
    _stop_postgres(tmp_path)


def _stop_postgres(folder: Path) -> None:
    """A server that a killed process left behind."""
    home = (folder / "home" / "postgres").resolve()
    if home.exists():
        from chassis.embedded import postgres

        server: Any = postgres.start(home)
        server.cleanup()
