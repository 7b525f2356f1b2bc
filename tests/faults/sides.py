"""Linli and stock nameko, each as processes that are started again when they die, as a container engine would."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, NullPool, create_engine, text

from chassis.database.migrate import CHASSIS, apply
from chassis.embedded.postgres import ensure_database
from tests.broker import USER, PrivateNode, free_port
from tests.faults import tables
from tests.faults.kill_points import FOLDER, KillPoints
from tests.faults.postgres import PrivatePostgres
from tests.faults.proxy import Proxy
from tests.patience import eventually

ROOT = Path(__file__).parents[2]
RPC_TIMEOUT = 2.0
DRAIN_TIMEOUT = 10.0
IDLE_SECONDS = 3.0  # instead of the chassis's 60
COMMANDS = {
    "linli": {name: ("tests.faults.linli.run", name) for name in ("tally", "listener", "door")},
    "stock": {
        "tally": ("tests.faults.stock.run", "tally"),
        "listener": ("tests.faults.stock.run", "listener"),
        "door": ("tests.faults.stock.door",),
    },
}


@dataclass
class Exit:
    service: str
    pid: int
    code: int
    asked: bool  # the test killed or stopped it


@dataclass
class Side:
    """One of the two. `deaths` are processes that ended though nobody asked them to."""

    name: str
    node: PrivateNode
    server: PrivatePostgres
    folder: Path
    engines: dict[str, Engine] = field(default_factory=dict)
    exits: list[Exit] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)  # environment of what is started from now on

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.vhost = self.name
        self.node.broker.create_vhost(self.vhost)
        self.proxy = Proxy(self.node.amqp_port)
        self.points = KillPoints(self.folder / "points")
        self.cured = self.folder / "cured"
        self.door_port = free_port()
        self.side_ports = {service: free_port() for service in COMMANDS[self.name]}  # of the first of each
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._wanted: dict[str, int] = {"tally": 1, "listener": 1, "door": 1}
        self._asked: set[int] = set()
        self._lock = threading.RLock()
        self._closed = threading.Event()
        for service, ddl in (("tally", tables.DONE), ("listener", tables.HEARD), ("door", "")):
            self._make_database(service, ddl)
        self._watch = threading.Thread(target=self._keep_running, daemon=True)
        self._watch.start()

    def _make_database(self, service: str, ddl: str) -> None:
        name = f"{self.name}_{service}"
        ensure_database(self.server.url("postgres"), name)
        engine = self.engines[service] = create_engine(self.server.url(name), poolclass=NullPool)
        apply([CHASSIS], engine)
        with engine.begin() as connection:
            for statement in filter(str.strip, ddl.split(";")):
                connection.execute(text(statement))

    # --- processes ---

    def _keep_running(self) -> None:
        while not self._closed.wait(0.02):
            with self._lock:
                for key, process in list(self._processes.items()):
                    if (code := process.poll()) is not None:
                        del self._processes[key]
                        asked = process.pid in self._asked or self._hit_a_point(process.pid)
                        self.exits.append(Exit(key.partition("-")[0], process.pid, code, asked))
                for service, count in self._wanted.items():
                    for key in (f"{service}-{n}" for n in range(count)):
                        if key not in self._processes:
                            self._processes[key] = self._spawn(service, key)

    def _hit_a_point(self, pid: int) -> bool:
        return any(path.suffix == f".{pid}" for path in self.points.folder.iterdir())

    def _spawn(self, service: str, key: str) -> subprocess.Popen[bytes]:
        module, *arguments = COMMANDS[self.name][service]
        with (self.folder / f"{key}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=self._environment(service, key),
                stdout=log,
                stderr=log,
            )

    def _environment(self, service: str, key: str) -> dict[str, str]:
        databases = {f"LINLI_DATABASE_URL_{s.upper()}": e.url.render_as_string(False) for s, e in self.engines.items()}
        return (
            os.environ
            | databases
            | self.extra
            | {
                "LINLI_AMQP_URI": f"amqp://{USER}:{self.node.password}@127.0.0.1:{self.proxy.port}/{self.vhost}",
                "LINLI_SECRET": "between-tests",
                "LINLI_SIDE_PORT": str(self.side_ports[service] if key.endswith("-0") else 0),
                "LINLI_WORKERS": "8",
                "LINLI_RPC_TIMEOUT": str(RPC_TIMEOUT),
                "LINLI_DRAIN_TIMEOUT": str(DRAIN_TIMEOUT),
                "LINLI_TEST_DOOR_PORT": str(self.door_port),
                "LINLI_TEST_CURED": str(self.cured),
                "LINLI_TEST_IDLE_MS": str(int(IDLE_SECONDS * 1000)),
                FOLDER: str(self.points.folder),
            }
        )

    def pids(self, service: str) -> list[int]:
        with self._lock:
            return [p.pid for key, p in self._processes.items() if key.startswith(f"{service}-") and p.poll() is None]

    def send(self, service: str, number: int) -> list[int]:
        """Send a signal to every process of `service`; their ids."""
        pids = self.pids(service)
        if number in (signal.SIGKILL, signal.SIGTERM):
            self._asked.update(pids)
        for pid in pids:
            os.kill(pid, number)
        return pids

    def exit_of(self, pid: int) -> Exit | None:
        return next((exit for exit in list(self.exits) if exit.pid == pid), None)

    def want(self, service: str, count: int) -> None:
        """Run this many of it from now on; what is too many is killed."""
        with self._lock:
            self._wanted[service] = count
            extra = {k: p for k, p in self._processes.items() if k.startswith(f"{service}-") and int(k[-1]) >= count}
            for process in extra.values():
                self._asked.add(process.pid)
                process.kill()

    def begin_anew(self) -> None:
        """Kill all processes; the watch starts them again."""
        for service in self._wanted:
            self.send(service, signal.SIGKILL)

    def restart(self, **extra: str) -> None:
        """All processes, with these variables in their environment."""
        self.extra = extra
        before = {service: self.pids(service) for service in self._wanted}
        self.begin_anew()
        for pids in before.values():
            eventually(lambda pids=pids: all(self.exit_of(pid) for pid in pids), seconds=10)  # type: ignore[misc]
        ready(self)

    def deaths(self, since: int) -> int:
        return sum(not exit.asked for exit in self.exits[since:])

    def log_of(self, service: str) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob(f"{service}-*.log")))

    def close(self) -> None:
        self._closed.set()
        self._watch.join()
        for process in self._processes.values():
            process.kill()
            process.wait()
        self.proxy.close()

    def figure(self, service: str, name: str, **labels: str) -> float | None:
        """A sample of what the first process of a Linli service tells Prometheus. None if there is none, or no answer."""
        try:
            answer = requests.get(f"http://127.0.0.1:{self.side_ports[service]}/metrics", timeout=10)
        except requests.RequestException:
            return None
        samples = (s for family in text_string_to_metric_families(answer.text) for s in family.samples if s.name == name)
        return next((float(s.value) for s in samples if labels.items() <= s.labels.items()), None)

    # --- what is in the databases ---

    def rows(self, service: str, statement: str, **parameters: Any) -> list[Any]:
        with self.snapshot(service) as rows:
            return rows(statement, **parameters)

    @contextmanager
    def snapshot(self, service: str) -> Iterator[Callable[..., list[Any]]]:
        """What `rows` does for one service, several times, at one moment."""
        with self.engines[service].connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            yield lambda statement, **parameters: list(connection.execute(text(statement), parameters))


def ready(side: Side) -> None:
    """Waits until a request goes all the way through; processes that will not have it are replaced once."""
    from tests.faults.load import one_request

    try:
        eventually(lambda: one_request(side), seconds=15, every=0.1)
    except AssertionError:
        side.begin_anew()
        eventually(lambda: one_request(side), seconds=60, every=0.1)
