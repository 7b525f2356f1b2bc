"""Processes that the benchmark starts, and their CPU time and memory. Each process is ended by its id."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from bench.figures import Spoilt

ROOT = Path(__file__).parents[1]
PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"


class NotReady(Exception):
    """A process did not become ready. The text ends with the end of its log."""


class Child:
    """A process. Its output is in a file in `folder`."""

    def __init__(self, name: str, command: list[str], folder: Path, environment: Mapping[str, str], cwd: Path = ROOT) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=cwd, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=output, stderr=output
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until(self, ready: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until `ready()` is true. Raises NotReady if the process ends, or after `seconds`."""
        end = time.monotonic() + seconds
        while not ready():
            if self._process.poll() is not None or time.monotonic() > end:
                words = self.log.read_text(errors="replace")[-2000:]
                raise NotReady(f"{self.name} did not come up (exit code {self._process.poll()}):\n{words}")
            time.sleep(0.02)

    def says(self, words: str) -> bool:
        return words in self.log.read_text(errors="replace")

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def end(self, seconds: float = 20.0) -> None:
        """Send SIGTERM. Send SIGKILL if the process does not end within `seconds`."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()
        self._process.wait()

    def wait(self, seconds: float) -> int:
        return self._process.wait(seconds)


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def linli(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("linli")), *arguments]


def generate(job: dict[str, Any]) -> dict[str, Any]:
    """Run bench.load for `job` and return its outcome. Raises Spoilt if an answer has another status than expected."""
    done = subprocess.run(
        python("bench.load"), input=json.dumps(job), capture_output=True, text=True, cwd=ROOT, timeout=job["seconds"] + 60
    )
    if done.returncode:
        raise Spoilt(done.stderr[-1000:])
    outcome: dict[str, Any] = json.loads(done.stdout)
    if set(outcome["statuses"]) != {str(job["expect"])}:
        raise Spoilt(f"expected {job['expect']} only, got {outcome['statuses']}: {outcome['odd'][:400]}")
    return outcome


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU time of the processes and of all their child processes, including those that have ended."""
    total = 0.0
    for pid in pids:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    return total


def resident_mb(pid: int) -> float:
    """Return the resident memory of one process in MB (10^6 bytes), without its children."""
    return float(psutil.Process(pid).memory_info().rss) / 1e6
