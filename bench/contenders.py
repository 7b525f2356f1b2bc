"""Linli and its peers, each as a gateway process and a service process, ready to be measured in the same way."""

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
from tests.broker import free_port

Request = dict[str, Any]


@dataclass
class Contender:
    """`spaces` and `whats_on` are the addresses of its public reads."""

    name: str
    world: World
    port: int
    spaces: str
    whats_on: str
    booking_path: str
    children: list[Child] = field(default_factory=list)
    settle: Callable[[], None] = lambda: None  # waits until what was answered is done, too

    def child(self, name: str) -> Child:
        return next(child for child in self.children if child.name.endswith(name))

    def end(self) -> None:
        for child in self.children:
            child.end()

    def cpu(self) -> dict[str, float]:
        """CPU seconds used so far, by part. Broker and database serve nobody else meanwhile: contenders take turns."""
        gateway = self.child("gateway").pid
        return {
            "gateway": cpu_seconds([gateway]),
            "service": cpu_seconds(child.pid for child in self.children if child.pid != gateway),
            "broker": cpu_seconds(self.world.broker_pids),
            "database": cpu_seconds(self.world.database_pids),
        }

    def load(self, requests: list[Request], *, clients: int, seconds: float, expect: int, again: bool = False) -> Run:
        """Let `clients` send the requests for at most `seconds`. Raises Spoilt if any answer is not `expect`."""
        job = {
            "port": self.port, "requests": requests, "clients": clients, "seconds": seconds, "expect": expect, "again": again,
        }  # fmt: skip
        before = self.cpu()
        outcome = generate(job)
        self.settle()  # what is left to do is part of what an answer costs
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
    """An installation of its own: databases, virtual host, home. Started process by process with `linli run`."""

    def __init__(self, world: World, name: str, services: tuple[str, ...] = SERVICES) -> None:
        self.world, self.name, self.services = world, name, services
        self.port = free_port()
        for service in ("gateway", "booking", "cases", "events", "notify"):
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
        """Its services as processes, ready."""
        self.world.note(f"{self.name}: starting {', '.join(self.services)}")
        contender = Contender(
            "Linli",
            self.world,
            self.port,
            "/api/v1/spaces?limit=20",
            f"/api/v1/club-events?limit=20&{today()}",
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
    """From this hour on for a day, as query parameters."""
    now = int(time.time()) // 3600 * 3600
    start, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (now, now + 24 * 3600))
    return f"from={start}&to={end}"


def peer_database(world: World) -> str:
    """The peers' tables, with the spaces and club events of Linli's demo put in by the caller."""
    world.create_database("peers")
    world.run_sql("peers", (ROOT / "bench" / "peers" / "tables.sql").read_text())
    return world.url("peers")


def stock_nameko(world: World) -> Contender:
    """`nameko run` of a gateway and a service, as nameko-examples does."""
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
            # Asked before its reply queue is there, the stock gateway dies of a reply that it lost.
            child.wait_until(lambda child=child: child.says("Connected to amqp"))  # type: ignore[misc]
        contender.child("gateway").wait_until(lambda: answers(port, contender.spaces))
    return contender


def faststream(world: World) -> Contender:
    """`faststream run` and `uvicorn`, one process each."""
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
