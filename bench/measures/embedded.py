"""Measures the embedded default: `linli up`, all services in one process, with its own PostgreSQL.

CPU time counts, not wall time: it is the same whatever else the machine does. It includes all processes of the installation.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from sqlalchemy import Engine, create_engine

from bench.children import ROOT, Child, cpu_seconds, linli
from bench.contenders import answers
from chassis.embedded import postgres
from tests.broker import free_port


@dataclass
class Embedded:
    """A `linli up` in `home`. `root` is the folder of the source code."""

    home: Path
    name: str = "embedded"  # of the databases: bench.bookings asks for it
    root: Path = ROOT
    port: int = field(default_factory=free_port)

    def __enter__(self) -> "Embedded":
        self.home.mkdir(exist_ok=True)
        environment = {
            "LINLI_HOME": str(self.home),
            "LINLI_PORT": str(self.port),
            "LINLI_SIDE_PORT": "0",
            "LINLI_COMMUNITY": "liuyi",
            "PYTHONPATH": str(self.root),
        }
        self._up = Child("up", linli("up"), self.home, environment, self.root)
        try:
            self._up.wait_until(lambda: answers(self.port, "/api/v1/spaces?limit=1"), 120)
            self.server = postgres.start(self.home / "postgres")
        except BaseException:
            self._up.end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.server.cleanup()
        self._up.end(40)

    def engine(self, database: str) -> Engine:
        """An engine for the database of a service, `embedded_booking` or `booking`."""
        return create_engine(postgres.url(self.server, database.removeprefix(f"{self.name}_")))

    @property
    def postmaster(self) -> int:
        return int((self.home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])

    def cpu_by_part(self) -> dict[str, float]:
        """CPU seconds of the process with all services, and of PostgreSQL."""
        return {"services": cpu_seconds([self._up.pid]) - self._below(), "database": cpu_seconds([self.postmaster])}

    def _below(self) -> float:
        """CPU seconds of PostgreSQL, as far as it is a child process of `linli up`."""
        with suppress(psutil.NoSuchProcess):
            if any(one.pid == self.postmaster for one in psutil.Process(self._up.pid).children(recursive=True)):
                return cpu_seconds([self.postmaster])
        return 0.0

    def database_processes(self) -> int:
        return 1 + len(psutil.Process(self.postmaster).children(recursive=True))
