"""`python -m bench.upgrade [--rows N] [--messages N]`: brings a database of commit 2d44f3f up under this code.

The database is made by that commit itself, with a virtual environment of its own: `linli up` with the demo's data, its event
stream and an API key. 1,000,000 bookings and 200,000 messages are added. 1,000 more messages wait in the outbox when the
services are stopped; notify has received 300 of them already, as if the relay had been killed before it marked them. Then this
code migrates and starts. The table shows how long the services stand, and what was lost or repeated. The exit code is 1 if
anything was. It needs 4 GB of disk, takes about 10 minutes, and uses no broker.
"""

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from sqlalchemy import Engine, create_engine, text

from bench import bookings
from bench.figures import Spoilt
from bench.measures.embedded import Embedded
from bench.upgrade import kept, old_release, streams
from chassis import service_registry
from chassis.database import migrate
from chassis.embedded import postgres
from tour.client import Client
from tour.free_time import first_free
from tour.people import People

WAITING, RECEIVED = 1_000, 300
HAND_OVER = 900.0  # seconds at most
console = Console(highlight=False, soft_wrap=True)


@dataclass
class Upgrade:
    """`rows` are the figures of the table, `wrong` those of them that must be zero and are not."""

    folder: Path
    rows: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def say(self, what: str, figure: str) -> None:
        self.rows.append((what, figure))
        console.print(f"  {what}: {figure}")

    def zero(self, what: str, figure: int, detail: str = "") -> None:
        self.say(what, f"{figure:,}{detail}")
        if figure:
            self.wrong.append(what)

    @contextmanager
    def databases(self) -> Iterator[Callable[[str], Engine]]:
        """The server alone, while no service runs."""
        server = postgres.start(self.home / "postgres")
        engines = {name: create_engine(postgres.url(server, name)) for name in service_registry.names()}
        try:
            yield engines.__getitem__
        finally:
            for engine in engines.values():
                engine.dispose()
            server.cleanup()


@dataclass
class Before:
    """What the earlier release has told. `told` are (place, event id) of its whole stream, `waiting` event ids."""

    key: str
    told: list[tuple[str, str]] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    notifications: int = 0


def make_old(upgrade: Upgrade, rows: int, messages: int) -> Before:
    """Make the database with the earlier release."""
    console.print(f"Installing commit {old_release.COMMIT} …")
    tree = old_release.install(upgrade.folder / "old")
    with old_release.run(tree, upgrade.home) as old:
        url = f"http://127.0.0.1:{old.port}"
        body = {"label": "upgrade", "scopes": ["messages:read"]}
        before = Before(People(url).staff("admin").api.post("/api-keys", body)["secret"])
        _wait(lambda: not _unpublished(old.engine("booking")), 60)
    console.print(f"Filling in {rows:,} bookings and {messages:,} messages …")
    with upgrade.databases() as database:
        bookings.put_spaces(_Databases(database), "booking", peer=False)
        with database("gateway").connect() as connection:
            residents = [str(one) for one in connection.scalars(text("SELECT id FROM account WHERE party = 'resident'"))]
        old_release.fill_bookings(database("booking"), residents, rows)
        announced = old_release.announce(tree, database("booking"), messages, published=True)
        old_release.feed(database("gateway"), announced)
        old_release.notify(database("notify"), announced)
        old_release.mark_handled(database("booking"))
    console.print("Reading the whole stream of the earlier release …")
    with old_release.run(tree, upgrade.home) as old:
        count = _count(old.engine("gateway"), "feed")
        before.told = streams.read(f"http://127.0.0.1:{old.port}", before.key, "0-0", count)
    upgrade.say("messages that the earlier release told", f"{len(before.told):,}")
    with upgrade.databases() as database:
        waiting = old_release.announce(tree, database("booking"), WAITING, published=False)
        old_release.notify(database("notify"), waiting[:RECEIVED])
        before.waiting = {message.event_id for message in waiting}
        before.notifications = _count(database("notify"), "notification")
        for service in service_registry.names():
            kept.remember(database(service))
            with database(service).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
    return before


class _Databases:
    def __init__(self, engine: Callable[[str], Engine]) -> None:
        self.engine = engine


class _Revisions(logging.Handler):
    """Notes when alembic begins each revision."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.begun: list[tuple[str, float]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg.startswith("Running %s"):
            self.begun.append((record.getMessage().removeprefix("Running upgrade ").partition(",")[0], time.monotonic()))


def migrate_all(upgrade: Upgrade) -> float:
    """As `linli migrate`. Reports the time of each revision, and returns the seconds of all."""
    alembic = logging.getLogger("alembic.runtime.migration")
    alembic.setLevel(logging.INFO)
    with upgrade.databases() as database:
        whole = time.monotonic()
        for service in service_registry.names():
            revisions = _Revisions()
            alembic.addHandler(revisions)
            migrate.migrate(service, database(service))
            alembic.removeHandler(revisions)
            ends = [began for _, began in revisions.begun[1:]] + [time.monotonic()]
            for (step, began), end in zip(revisions.begun, ends, strict=True):
                upgrade.say(f"{service}: {step}", f"{end - began:.1f} s")
        whole = time.monotonic() - whole
        upgrade.say("all migrations", f"{whole:.1f} s")
        _report_kept(upgrade, database, running=False)
    return whole


def _report_kept(upgrade: Upgrade, database: Callable[[str], Engine], *, running: bool) -> None:
    when = "after the start" if running else "after the migrations"
    for service in service_registry.names():
        tables = list(kept.compare(database(service), running=running))
        for one in tables:
            if one.lost:
                upgrade.zero(f"{service}.{one.table}: rows lost or changed {when}", one.lost, f" of {one.before:,}")
        new = ", ".join(f"{one.new:,} {one.table}" for one in tables if one.new) or "none"
        upgrade.say(
            f"{service}: rows lost or changed {when}",
            f"{sum(one.lost for one in tables)} of {sum(one.before for one in tables):,}; new: {new}",
        )


def run_new(upgrade: Upgrade, before: Before, migrated: float) -> None:
    """Start this code, read on from the old places, and compare. `migrated` are the seconds that the migrations took."""
    began = time.monotonic()
    with Embedded(upgrade.home) as new:
        started = time.monotonic() - began
        upgrade.say("from the start to the first answer", f"{started:.1f} s")
        upgrade.say("services stand, without the time to stop the old ones", f"{migrated + started:.1f} s")
        url = f"http://127.0.0.1:{new.port}"
        upgrade.say(
            "until a place of the old feed can be read (hand-over of the feed)",
            f"{streams.wait_until_readable(url, before.key, before.told[-1][0], HAND_OVER):.1f} s",
        )
        _wait(lambda: not _unpublished(new.engine("booking")) and _settled(new, before), 300)
        _report_kept(upgrade, new.engine, running=True)
        _report_notifications(upgrade, new, before)
        _read_on(upgrade, new, url, before)


def _settled(new: Embedded, before: Before) -> bool:
    """notify has handled every message that waited, and the feed has every message that a service has committed."""
    handled = "inbox WHERE consumer = 'notify.tell_of_booking' AND state = 'handled' AND CAST(event_id AS text) = ANY(:ids)"
    if _count(new.engine("notify"), handled, ids=list(before.waiting)) < len(before.waiting):
        return False
    committed: set[str] = set()
    for service in service_registry.names():
        with new.engine(service).connect() as connection:
            committed.update(connection.scalars(text("SELECT CAST(event_id AS text) FROM outbox")))
    with new.engine("notify").connect() as connection:
        fed = set(connection.scalars(text("SELECT CAST(event_id AS text) FROM feed")))
    return committed <= fed


def _report_notifications(upgrade: Upgrade, new: Embedded, before: Before) -> None:
    twice = "SELECT count(*) FROM (SELECT FROM notification GROUP BY event_id, account_id, channel HAVING count(*) > 1) twice"
    with new.engine("notify").connect() as connection:
        upgrade.zero("notifications that came twice", int(connection.scalar(text(twice)) or 0))
    made = _count(new.engine("notify"), "notification") - before.notifications
    upgrade.zero(
        f"notifications of {WAITING - RECEIVED:,} waiting messages missing or too many", abs(made - (WAITING - RECEIVED))
    )


def _read_on(upgrade: Upgrade, new: Embedded, url: str, before: Before) -> None:
    """From five places of the old stream, and after a new booking. Nothing may be missing, repeated or in another order."""
    later = _count(new.engine("notify"), "feed WHERE epoch > 0")
    places = [0, len(before.told) // 4, len(before.told) // 2, len(before.told) - 2]
    starts = [("0-0", before.told), *((before.told[n][0], before.told[n + 1 :]) for n in places)]
    ends = set()
    for number, (place, rest) in enumerate(starts):
        found = streams.read(url, before.key, place, len(rest) + later)
        ids = [id_ for _, id_ in found]
        name = f"reading on from old place {number} ({len(found):,} messages)"
        upgrade.zero(f"{name}: old messages missing or out of order", _differences(ids[: len(rest)], [id_ for _, id_ in rest]))
        upgrade.zero(f"{name}: repeated", len(ids) - len(set(ids)))
        upgrade.zero(f"{name}: waiting messages missing", len(before.waiting - set(ids)))
        ends.add(found[-1][0])
    upgrade.zero("readers that ended at another place than the others", len(ends) - 1)
    booked = _book(url)
    # Signing in for the booking has sent a code, which is a message too.
    (following,) = streams.read(url, before.key, ends.pop(), 1, types="booking.confirmed.v1")
    with new.engine("booking").connect() as connection:
        event_id = connection.scalar(text("SELECT CAST(event_id AS text) FROM outbox WHERE aggregate_id = :id"), {"id": booked})
    upgrade.zero("new booking that is not the next of its type in the stream", int(following[1] != event_id))


def _differences(found: list[str], expected: list[str]) -> int:
    return abs(len(found) - len(expected)) + sum(one != other for one, other in zip(found, expected, strict=False))


def _book(url: str) -> str:
    resident: Client = People(url).resident("wang").api
    space = resident.items("/spaces", kind="court")[0]
    starts_at, ends_at = first_free(resident, space, bookings.datetime.now(bookings.UTC))
    body = {"space_id": space["id"], "starts_at": starts_at, "ends_at": ends_at, "attendees": 2}
    return str(resident.post("/bookings", body)["id"])


def _unpublished(engine: Engine) -> int:
    return _count(engine, "outbox WHERE published_at IS NULL")


def _count(engine: Engine, rows: str, **parameters: object) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM {rows}"), parameters) or 0)  # noqa: S608  constants of this file


def _wait(done: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise Spoilt(f"not done after {seconds:.0f} s")
        time.sleep(0.5)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.upgrade", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="bookings")
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--keep", action="store_true", help="do not remove the folder with the databases and logs")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="linli-upgrade-"))
    folder.chmod(0o755)  # PostgreSQL's own user passes through it
    upgrade = Upgrade(folder)
    upgrade.home.mkdir()
    try:
        before = make_old(upgrade, asked.rows, asked.messages)
        run_new(upgrade, before, migrate_all(upgrade))
    finally:
        if asked.keep:
            console.print(f"The databases and logs are in {folder}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    console.print("\n| what | figure |\n|---|--:|\n" + "".join(f"| {what} | {figure} |\n" for what, figure in upgrade.rows))
    console.print("Nothing was lost or repeated." if not upgrade.wrong else f"NOT ZERO: {upgrade.wrong}")
    return 1 if upgrade.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
