"""Measures the embedded default: `linli up`, all services in one process, with its own PostgreSQL.

CPU time counts, not wall time: it is the same whatever else the machine does. It includes all processes of the installation.
"""

import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from sqlalchemy import Engine, create_engine, text

from bench import bookings
from bench.children import ROOT, Child, cpu_seconds, generate, linli
from bench.contenders import answers
from bench.figures import Spoilt, percentile
from bench.results import Goal, Section
from bench.world import World
from chassis.database.pool import UNUSED
from chassis.embedded import postgres
from services.notify.routing.messages import BOOKING_READERS
from tests.broker import free_port


@dataclass
class Embedded:
    """A `linli up` in `home`. `root` is the folder of the source code, `executable` the `linli` of its virtual environment."""

    home: Path
    name: str = "embedded"  # of the databases: bench.bookings asks for it
    root: Path = ROOT
    executable: str = field(default_factory=lambda: linli()[0])
    port: int = field(default_factory=free_port)

    def __enter__(self) -> "Embedded":
        self.home.mkdir(exist_ok=True)
        environment = {
            "LINLI_HOME": str(self.home),
            "LINLI_PORT": str(self.port),
            "LINLI_SIDE_PORT": "0",
            "LINLI_COMMUNITY": "liuyi",
            "PYTHONPATH": str(self.root),  # for comparisons of two versions
        }
        self._up = Child("up", [self.executable, "up"], self.home, environment, self.root)
        try:
            self._up.wait_until(lambda: answers(self.port, "/api/v1/spaces?limit=1&community_id=liuyi"), 120)
            self.server = postgres.start(self.home / "postgres")
        except BaseException:
            self._up.end()
            raise
        self._engines = {name: self.engine(name) for name in ("booking", "notify", "gateway")}
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()
        self.server.cleanup()
        self._up.end(40)

    def engine(self, database: str) -> Engine:
        """An engine for the database of a service, `embedded_booking` or `booking`."""
        return create_engine(postgres.url(self.server, database.removeprefix(f"{self.name}_")))

    @property
    def postmaster(self) -> int:
        return int((self.home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])

    @property
    def _pids(self) -> set[int]:
        """Both, because PostgreSQL is a child process of `linli up` on some systems only."""
        return {self._up.pid, self.postmaster}

    def cpu(self) -> float:
        """CPU seconds of the process with all services and of PostgreSQL."""
        below = {one.pid for one in psutil.Process(self._up.pid).children(recursive=True)}
        return cpu_seconds(self._pids - below)

    def database_processes(self) -> int:
        return 1 + len(psutil.Process(self.postmaster).children(recursive=True))

    def disconnect(self) -> None:
        """Close this process's own connections, so that they are not counted."""
        for engine in self._engines.values():
            engine.dispose()

    def settle(self) -> None:
        """Wait until everybody has handled the messages about the bookings. Raises Spoilt after a minute."""
        end = time.monotonic() + 60
        while not self._is_settled():
            if time.monotonic() > end:
                raise Spoilt("the messages about the bookings are not handled after a minute")
            time.sleep(0.3)

    def _is_settled(self) -> bool:
        published = self._count("booking", "outbox", "true")
        heard = ", ".join(f"'{type_}'" for type_ in BOOKING_READERS)
        booked = self._count("booking", "outbox", f"type IN ({heard})")
        told = self._count("notify", "outbox", "true")
        return (
            self._count("notify", "inbox", "consumer = 'notify.tell_of_booking'") == booked
            and self._count("notify", "inbox", "consumer = 'notify.feed_booking'") == published
            and self._count("notify", "inbox", "consumer = 'notify.feed_notify'") == told
        )

    def _count(self, database: str, table: str, condition: str) -> int:
        statement = text(f"SELECT count(*) FROM {table} WHERE {condition}")  # noqa: S608  constants of this file
        with self._engines[database].connect() as connection:
            return int(connection.scalar(statement) or 0)


def measure(world: World) -> list[Section]:
    """One client books, one booking after the other; then nobody does anything."""
    world.note("embedded default: linli up")
    seconds, idle = (2.0, 5.0) if world.quick else (10.0, 30.0)
    with Embedded(world.folder / "embedded") as linli:
        bookings.put_spaces(linli, "embedded_booking", peer=False)
        bearers, slots = bookings.tokens(linli, linli, count=8), bookings.Slots()

        def book(seconds: float) -> list[float]:
            requests = bookings.to_linli(slots.take(int(seconds * 400)), bearers)
            job = {"port": linli.port, "requests": requests, "clients": 1, "seconds": seconds, "expect": 201}
            latencies: list[float] = generate(job)["latencies"]
            linli.settle()  # the work behind the answers is part of their cost
            return latencies

        linli.settle()
        book(seconds / 4)  # the caches of a process that has just started are empty
        world.note("embedded default: one client books")
        before = linli.cpu()
        latencies = book(seconds)
        per_booking = (linli.cpu() - before) * 1000 / len(latencies)
        world.note("embedded default: idle")
        time.sleep(2.0 if world.quick else UNUSED + 5)  # until the pools are small
        linli.disconnect()
        before, began = linli.cpu(), time.monotonic()
        time.sleep(idle)
        share = (linli.cpu() - before) / (time.monotonic() - began) * 100
        processes = linli.database_processes()
    section = Section(
        "The embedded default",
        "`linli up`: all services, PostgreSQL and the broker. CPU time of all processes, for one client that makes one booking "
        f"after the other ({len(latencies)} bookings), and for an installation that nobody uses.",
        ("figure", ""),
    )
    section.rows = [
        ("CPU per booking, ms", f"{per_booking:.1f}"),
        ("p50 of a booking, ms", f"{percentile(latencies, 0.5):.1f}"),
        ("idle, % of a core", f"{share:.2f}"),
        ("PostgreSQL processes, idle", str(processes)),
    ]
    section.goals = [
        Goal.at_most("CPU per booking of the embedded default", 12, per_booking, " ms"),
        Goal.at_most("Idle embedded default", 1.5, share, " % of a core"),
        Goal.at_most("PostgreSQL processes of the idle embedded default", 23, float(processes)),
    ]
    return [section]
