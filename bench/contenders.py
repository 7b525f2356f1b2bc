"""Linli and its peers. Each has a gateway process and service processes, and is measured in the same way."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.request import urlopen

from sqlalchemy import text

from bench.children import PEERS_PYTHON, ROOT, Child, cpu_seconds, generate, linli
from bench.figures import Run, Spoilt
from bench.world import World
from chassis import service_registry
from tests.broker import free_port

Request = dict[str, Any]


@dataclass
class Contender:
    """A system to measure. `spaces` and `whats_on` are the addresses of its public reads."""

    name: str
    world: World
    port: int
    spaces: str
    whats_on: str
    booking_path: str
    children: list[Child] = field(default_factory=list)
    settle: Callable[[], None] = lambda: None  # waits until the work behind the answers is done, such as publishing

    def child(self, name: str) -> Child:
        return next(child for child in self.children if child.name.endswith(name))

    def end(self) -> None:
        for child in self.children:
            child.end()

    def cpu(self) -> dict[str, float]:
        """Return the CPU seconds used so far, by part. Contenders take turns, so broker and database serve only this one."""
        gateway = self.child("gateway").pid
        return {
            "gateway": cpu_seconds([gateway]),
            "service": cpu_seconds(child.pid for child in self.children if child.pid != gateway),
            "broker": cpu_seconds(self.world.broker_pids),
            "database": cpu_seconds(self.world.database_pids),
        }

    def load(self, requests: list[Request], *, clients: int, seconds: float, expect: int, again: bool = False) -> Run:
        """Send the requests with `clients` for at most `seconds`. Raises Spoilt if an answer has another status than
        `expect`."""
        job = {
            "port": self.port, "requests": requests, "clients": clients, "seconds": seconds, "expect": expect, "again": again,
        }  # fmt: skip
        before = self.cpu()
        outcome = generate(job)
        self.settle()  # the remaining work is part of the cost of an answer
        after = self.cpu()
        return Run.of(outcome, {part: after[part] - before[part] for part in after})

    def read(self, path: str, *, clients: int, seconds: float) -> Run:
        return self.load([{"path": path}], clients=clients, seconds=seconds, expect=200, again=True)


@contextmanager
def _ended_if_it_fails(contender: Contender) -> Iterator[None]:
    try:
        yield
    except BaseException:
        contender.end()
        raise


def answers(port: int, path: str) -> bool:
    with suppress(OSError):
        return bool(urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).status == 200)
    return False


SERVICES = ("gateway", "booking", "events")


class Linli:
    """One installation with its own databases, virtual host and home. Each service is a process, `linli run`."""

    def __init__(self, world: World, name: str, services: tuple[str, ...] = SERVICES) -> None:
        self.world, self.name, self.services = world, name, services
        self.port = free_port()
        for service in service_registry.names():
            world.create_database(f"{name}_{service}")
        self.home = world.folder / name
        self.home.mkdir(exist_ok=True)
        self.environment = {
            "LINLI_HOME": str(self.home),
            "LINLI_DATABASE_URL": world.url(f"{name}_{{service}}"),
            "LINLI_AMQP_URI": world.create_vhost(name),
            "LINLI_PORT": str(self.port),
            "LINLI_SIDE_PORT": "0",
            "LINLI_DEMO": "true",
            "LINLI_COMMUNITY": "liuyi",
        }
        for command in ("migrate", "seed", "topology"):
            world.note(f"{name}: linli {command}")
            done = Child(f"{name}-{command}", linli(command), self.home, self.environment)
            if code := done.wait(120):
                raise RuntimeError(f"linli {command} ended with {code}:\n{done.log.read_text()[-2000:]}")

    def start(self) -> Contender:
        """Start the services and wait until they are ready."""
        self.world.note(f"{self.name}: starting {', '.join(self.services)}")
        contender = Contender(
            "Linli",
            self.world,
            self.port,
            "/api/v1/spaces?limit=20&community_id=liuyi",
            f"/api/v1/club-events?limit=20&community_id=liuyi&{today()}",
            "/api/v1/bookings",
        )
        for service in self.services:
            child = Child(f"{self.name}-{service}", linli("run", service), self.home, self.environment)
            contender.children.append(child)
        contender.settle = self._publish_everything
        with _ended_if_it_fails(contender):
            for child in contender.children:
                child.wait_until(lambda child=child: child.says('"serving"'))  # type: ignore[misc]
        return contender

    def _publish_everything(self) -> None:
        """Wait until booking's outbox is empty. Raises Spoilt after half a minute."""
        end = time.monotonic() + 30
        with self.world.engine(f"{self.name}_booking").connect() as connection:
            while connection.scalar(text("SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)")):
                connection.rollback()
                if time.monotonic() > end:
                    raise Spoilt("what was answered is not published after 30 s")
                time.sleep(0.05)


def today() -> str:
    """Return query parameters for the 24 hours from the start of this hour."""
    now = int(time.time()) // 3600 * 3600
    start, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (now, now + 24 * 3600))
    return f"from={start}&to={end}"


def peer_database(world: World) -> str:
    """Create the peers' tables. The caller inserts the spaces and club events of Linli's demo."""
    world.create_database("peers")
    world.run_sql("peers", (ROOT / "bench" / "peers" / "tables.sql").read_text())
    return world.url("peers")


def stock_nameko(world: World) -> Contender:
    """Start a gateway and a service with `nameko run`, as nameko-examples does."""
    world.note("starting the stock nameko peer")
    port, folder = free_port(), world.folder
    config = folder / "stock-nameko.yml"
    url = world.url("peers").replace("postgresql://", "postgresql+psycopg2://", 1)
    config.write_text(
        f"AMQP_URI: {world.create_vhost('stock-nameko')}\nWEB_SERVER_ADDRESS: 127.0.0.1:{port}\n"
        f"DB_URIS:\n  booking:DeclarativeBase: '{url}'\n"
    )
    contender = Contender("stock nameko", world, port, "/spaces?limit=20", f"/club-events?limit=20&{today()}", "/bookings")
    for part in ("booking", "gateway"):
        command = [str(PEERS_PYTHON.with_name("nameko")), "run", "--config", str(config), f"bench.peers.stock_nameko.{part}"]
        contender.children.append(Child(f"stock-nameko-{part}", command, folder, {"PYTHONPATH": str(ROOT)}))
    with _ended_if_it_fails(contender):
        for child in contender.children:
            # A request before its reply queue exists would lose the reply, and the stock gateway would die.
            child.wait_until(lambda child=child: child.says("Connected to amqp"))  # type: ignore[misc]
        contender.child("gateway").wait_until(lambda: answers(port, contender.spaces))
    return contender


def faststream(world: World) -> Contender:
    """Start a service with `faststream run` and a gateway with `uvicorn`, one process each."""
    world.note("starting the FastAPI + FastStream peer")
    port, folder = free_port(), world.folder
    environment = {
        "AMQP_URI": world.create_vhost("faststream"),
        "DATABASE_URL": world.url("peers").replace("postgresql://", "postgresql+asyncpg://", 1),
        "PYTHONPATH": str(ROOT),
    }
    package = "bench.peers.faststream_fastapi"
    contender = Contender(
        "FastAPI + FastStream", world, port, "/spaces?limit=20", f"/club-events?limit=20&{today()}", "/bookings"
    )
    run = [str(PEERS_PYTHON.with_name("faststream")), "run", f"{package}.booking:app"]
    serve = [str(PEERS_PYTHON.with_name("uvicorn")), f"{package}.gateway:app", "--port", str(port)]
    for part, command in (("booking", run), ("gateway", serve)):
        contender.children.append(Child(f"faststream-{part}", command, folder, environment))
    with _ended_if_it_fails(contender):
        contender.child("booking").wait_until(lambda: contender.child("booking").says("started"))
        contender.child("gateway").wait_until(lambda: answers(port, contender.spaces))
    return contender
