"""Starts replicas of booking in a fraction of a second: a process that has imported everything forks them. Each runs `linli run
booking` as an operator does. Only its imports, 5 s of CPU time, are done already, so that the race can kill often and still
spends the processor on attempts."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from bench.children import Child, python
from bench.contenders import Linli


class Replica:
    """A process of booking. Its output is in a file in the folder of the installation."""

    def __init__(self, pid: int, log: Path) -> None:
        self.pid, self._log, self._process = pid, log, psutil.Process(pid)

    @property
    def serves(self) -> bool:
        return '"serving"' in self._log.read_text(errors="replace")

    @property
    def lives(self) -> bool:
        return self._process.is_running()

    @property
    def last_words(self) -> str:
        return self._log.read_text(errors="replace")[-400:]

    def kill(self) -> None:
        """Send SIGKILL."""
        with suppress(psutil.NoSuchProcess):
            self._process.kill()
        self._process.wait()

    def end(self, seconds: float = 20.0) -> None:
        """Send SIGTERM. Send SIGKILL if the process does not end within `seconds`."""
        with suppress(psutil.NoSuchProcess):
            self._process.terminate()
        try:
            self._process.wait(seconds)
        except psutil.TimeoutExpired:
            self.kill()


class Nursery:
    def __init__(self, installation: Linli) -> None:
        self._folder, self._made = installation.home, 0
        self._pids = installation.home / "replicas"
        self._pids.touch()
        arguments = python("bench.race.linli.nursery", str(self._pids))
        self._parent = Child("nursery", arguments, installation.home, installation.environment)

    def start(self) -> Replica:
        """Start a replica. It does not serve yet."""
        self._made += 1
        log = self._folder / f"booking-{self._made}.log"
        log.touch()
        self._parent.tell(str(log))
        self._parent.wait_until(lambda: self._pids.read_text().count("\n") >= self._made)
        return Replica(int(self._pids.read_text().splitlines()[self._made - 1]), log)

    def end(self) -> None:
        self._parent.end()


def _fork_for_each_line(pids: Path) -> None:
    """Each line of standard input is the file for the output of one replica. Its process id is added to `pids`."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _become_replica(Path(line.strip()))
        with pids.open("a") as known:
            known.write(f"{pid}\n")


def _become_replica(log: Path) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = os.open(log, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.argv = ["linli", "run", "booking"]
    try:
        main()
    finally:
        os._exit(1)


if __name__ == "__main__":
    import chassis.monkey_patch  # noqa: F401  isort: skip  before all else

    from chassis import service_registry
    from chassis.cli.main import main

    service_registry.class_of("booking")
    _fork_for_each_line(Path(sys.argv[1]))
