"""Databases and brokers for tests.

One embedded PostgreSQL server that need not survive the machine, one migrated template per service, one database per
test. One RabbitMQ (see `ways_to_a_broker.py`), one virtual host per test.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from tests import memory

RUN = memory.new_folder()
atexit.register(shutil.rmtree, RUN, ignore_errors=True)  # the first to be registered is the last to run
os.environ.setdefault("LINLI_HOME", str(RUN / "home"))
os.environ.setdefault("LINLI_COMMUNITY", "liuyi")
# Embedded servers start and stop one at a time, by a lock in this folder. Nobody outside this run needs to wait for it.
if "linli-test-" in os.environ.get("XDG_RUNTIME_DIR", "linli-test-"):  # what a session has set leads to its Docker engine
    (RUN / "runtime").mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(RUN / "runtime")

import hypothesis
import pytest
from sqlalchemy import Engine

from chassis.database.engine import connect
from chassis.database.migrate import migrate
from tests import broker as brokers
from tests import district, ways_to_a_broker
from tests.broker import Broker, PrivateNode
from tests.databases import Databases, forget_durability
from tests.mailbox import Mailbox, mailbox
from tests.patience import eventually
from tests.workers import Workers

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("linli", deadline=None)
hypothesis.settings.load_profile("linli")

CopyOf = Callable[[str, Callable[[Engine], None]], str]
DatabaseOf = Callable[..., Engine]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a server's maintenance database: LINLI_TEST_DATABASE_URL, or the embedded server."""
    if given := os.environ.get("LINLI_TEST_DATABASE_URL"):
        yield given.replace("postgresql://", "postgresql+psycopg://", 1)
        return
    from chassis.embedded import postgres

    with memory.folder() as folder:
        server = postgres.start(folder / "postgres")
        url = postgres.url(server, "postgres")
        forget_durability(url)
        yield url
        server.cleanup()


@pytest.fixture(scope="session")
def databases(postgres_url: str) -> Iterator[Databases]:
    databases = Databases(postgres_url)
    yield databases
    databases.close()


@pytest.fixture
def copy_of(databases: Databases) -> Iterator[CopyOf]:
    """URL of a fresh copy of a template, which is made once: `copy_of("toy", fill)`. Dropped after the test."""
    made: list[str] = []

    def copy(name: str, fill: Callable[[Engine], None]) -> str:
        made.append(databases.copy(databases.template(name, fill)))
        return made[-1]

    yield copy
    for url in made:
        databases.drop(url)


@pytest.fixture
def database_of(copy_of: CopyOf) -> Iterator[DatabaseOf]:
    """An engine on the test's own migrated database of the service: `database_of("booking")`, the same each time; or on
    one with more in it: `database_of("booking", seed)`."""
    engines: dict[str, Engine] = {}

    def database(service: str, seed: Callable[[Engine], None] | None = None) -> Engine:
        def fill(engine: Engine) -> None:
            migrate(service, engine)
            if seed:
                seed(engine)

        if service not in engines:
            url = copy_of(f"{service}_{seed.__name__}" if seed else service, fill)
            engines[service] = connect(url, application="test", pool_size=20, statement_timeout=10)
        return engines[service]

    yield database
    for engine in engines.values():
        engine.dispose()


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A RabbitMQ that all tests share; each has its own virtual host on it (`vhost_uri`)."""
    way = ways_to_a_broker.way()
    if way == "given":
        yield brokers.given(os.environ["LINLI_TEST_AMQP_URI"])
    elif way == "docker":
        amqp, api = _docker_ports()
        request.getfixturevalue("docker_services")
        host = request.getfixturevalue("docker_ip")
        password = os.environ.get("LINLI_AMQP_ADMIN_PASSWORD", "linli-local")  # as docker-compose.yml has it
        shared = Broker(f"amqp://admin:{password}@{host}:{amqp}", f"http://{host}:{api}")
        eventually(shared.ready, seconds=120)
        yield brokers.with_own_user(shared)
    else:
        with memory.folder() as folder, brokers.private_node(folder) as node:
            yield node.broker


@pytest.fixture(scope="session")
def amqp_uri(broker: Broker) -> str:
    """The shared broker's default virtual host. What a test leaves there, others see: prefer `vhost_uri`."""
    return broker.uri_of("/")


@pytest.fixture
def vhost_uri(broker: Broker) -> Iterator[str]:
    """AMQP URI of a virtual host of this test's own."""
    with brokers.vhost(broker) as uri:
        yield uri


@pytest.fixture(scope="module")
def module_vhost_uri(broker: Broker) -> Iterator[str]:
    """AMQP URI of a virtual host that the tests of one file share."""
    with brokers.vhost(broker) as uri:
        yield uri


@pytest.fixture
def broker_to_break() -> Iterator[PrivateNode]:
    """A node that the test may kill and start again. About 8 s; needs an installed rabbitmq-server."""
    ways_to_a_broker.need_server()
    with memory.folder() as folder, brokers.private_node(folder) as node:
        yield node


@cache
def _docker_ports() -> tuple[int, int]:
    """Ports on this machine for the container's AMQP and management API; the compose file reads them."""
    ports = brokers.free_port(), brokers.free_port()
    os.environ["LINLI_TEST_AMQP_PORT"], os.environ["LINLI_TEST_AMQP_API_PORT"] = map(str, ports)
    return ports


@pytest.fixture(scope="session")
def home_folder() -> Iterator[Callable[[], Path]]:
    """Makes folders for a LINLI_HOME, which PostgreSQL's own user can enter also when the tests run as root: pytest
    closes its temporary folders to everybody else."""
    with memory.folder() as parent:
        yield lambda: Path(tempfile.mkdtemp(dir=parent))


@pytest.fixture(scope="session")
def mails() -> Iterator[Mailbox]:
    """What the shared district sends by e-mail."""
    with mailbox() as box:
        yield box


@pytest.fixture(scope="session")
def district_url(home_folder: Callable[[], Path], mails: Mailbox) -> Iterator[str]:
    """A fresh district with the demo's data that all tests share; LINLI_TEST_URL names one that runs already, with a mail
    server."""
    if given := os.environ.get("LINLI_TEST_URL"):
        yield given.rstrip("/")
        return
    with district.running(home_folder(), LINLI_SMTP_URL=mails.url) as url:
        yield url


# What pytest-docker runs where the broker comes from Docker.


@pytest.fixture(scope="session")
def docker_compose_command() -> str:
    return ways_to_a_broker.compose_command() or "docker compose"


@pytest.fixture(scope="session")
def docker_compose_file() -> list[str]:
    root = Path(__file__).parent
    return [str(root.parent / "docker-compose.yml"), str(root / "compose" / "broker.yml")]


@pytest.fixture(scope="session")
def docker_setup() -> list[str]:
    return ["up -d rabbitmq"]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Workers(), "linli-workers")
