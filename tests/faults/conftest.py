"""A broker, a database server and both sides, shared by all faults; and the table that they fill.

LINLI_FAULTS=full is the full length (`make faults`), which writes docs/reliability.md; else every fault is short.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from chassis.config import settings
from tests import broker as brokers
from tests import ways_to_a_broker
from tests.broker import PrivateNode
from tests.faults.gateway_side import GatewaySide
from tests.faults.gateway_table import GATEWAY_FAULTS
from tests.faults.load import FULL
from tests.faults.postgres import PrivatePostgres, small_disk
from tests.faults.report import Report
from tests.faults.sides import ROOT, Side
from tests.faults.trial import Trial, each
from tests.workers import tell


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """SIGTERM ends a run as Ctrl-C does: by ending, first, everything that it started."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def node(nothing_is_left_behind: None) -> Iterator[PrivateNode]:
    ways_to_a_broker.need_server()
    folder = Path(tempfile.mkdtemp(prefix="linli-rabbitmq-"))
    with brokers.private_node(folder) as node:
        yield node
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[PrivatePostgres]:
    folder = Path(tempfile.mkdtemp(prefix="linli-faults-"))
    with small_disk(folder) as mounted:
        server = PrivatePostgres(folder / "postgres", on_small_disk=mounted)
        yield server
        server.close()
    shutil.rmtree(folder, ignore_errors=True)


FAULTS = 28
TITLE = "what faults do"

REPORT = pytest.StashKey[Report]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table, also where the tests' own output is captured."""
    if (report := config.stash.get(REPORT, None)) and (report.rows or report.gateway):
        terminalreporter.section(TITLE)
        terminalreporter.write(report.table())


@pytest.fixture(scope="session")
def report(node: PrivateNode, server: PrivatePostgres, pytestconfig: pytest.Config) -> Iterator[Report]:
    report = pytestconfig.stash[REPORT] = Report(full=FULL)
    report.broker = f"RabbitMQ {node.broker.call('GET', 'overview')['rabbitmq_version']}"
    engine = create_engine(server.url("postgres"))
    with engine.connect() as connection:
        report.database = f"PostgreSQL {connection.scalar(text('SHOW server_version'))}"
    engine.dispose()
    yield report
    tell(pytestconfig, TITLE, report.table())
    if FULL and (len(report.rows), len(report.gateway)) == (FAULTS, GATEWAY_FAULTS):  # a part of them is no table
        report.write(ROOT / "docs" / "reliability.md")
    if target := os.environ.get("LINLI_FAULTS_TABLE"):
        report.write(Path(target))


@pytest.fixture(scope="session")
def sides(node: PrivateNode, server: PrivatePostgres, report: Report) -> Iterator[dict[str, Side]]:
    folder = Path(tempfile.mkdtemp(prefix="linli-sides-"))
    sides: dict[str, Side] = {}
    try:
        for name in ("linli", "stock"):
            sides[name] = Side(name, node, server, folder / name)
        yield sides
    finally:
        each(sides.values(), Side.close)
        if not os.environ.get("LINLI_FAULTS_LOGS"):
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def gateway_side(nothing_is_left_behind: None, home_folder: Callable[[], Path]) -> Iterator[GatewaySide]:
    side = GatewaySide(home_folder())
    side.start()
    yield side
    side.close()


@pytest.fixture
def trial(sides: dict[str, Side], report: Report) -> Trial:
    settings.cache_clear()
    return Trial(sides, report, FULL)
