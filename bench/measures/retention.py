"""Measures writers while old rows are removed from tables with ten million rows.

It takes about 15 minutes on two idle cores and 10 GB of disk, so it runs only if it is asked for:
`python -m bench --only retention`.

The upkeep is the product's own: `keep_house` of the feed, which drops a whole week and deletes other rows in batches, and
`delete_expired` with the chassis's rules, which deletes rows of the outbox in batches. One round of it is measured, as the
services run it: while there may be more, the next batch follows after a rest. A round that ends within WINDOW is followed by
quiet writing until WINDOW is over, as in the services, whose next round begins minutes later. Writers have a fixed pace, and
the time of a write counts from the moment at which it was due. A write that waits for a lock therefore makes the following ones
late too.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, text
from uuid_utils.compat import uuid7

from bench.figures import percentile
from bench.results import Goal, Section
from bench.world import World
from chassis.background.expiry import REST, delete_expired
from chassis.background.housekeeping import CHASSIS_EXPIRIES
from chassis.database import migrate
from chassis.database.engine import connect, transaction
from chassis.messaging import inbox, outbox
from chassis.messaging.contracts import Contracts, Message
from chassis.messaging.received import Received
from services.notify.feed import pruning, storage
from services.notify.feed.models import PARTITIONS

ROWS = 10_000_000
WRITERS, PER_SECOND = 4, 40.0  # writers, and the writes of each
WINDOW = 30.0  # seconds without upkeep, before and after it, and at least with it
LONGEST = 60.0  # seconds of upkeep that are measured at most
WEEK = timedelta(days=7)
TYPE = "booking.confirmed.v1"
CONTRACT = Contracts(Path(__file__).parents[2] / "services" / "booking" / "contracts", "booking")[TYPE]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that ages: how it is filled, written to and kept small. `upkeep` returns True if there may be more to do."""

    name: str
    service: str
    fill: Callable[[Engine, int], None]
    write: Callable[[Engine], None]
    upkeep: Callable[[Engine], bool]


@dataclass
class Writes:
    """Milliseconds from the moment a write was due to its commit."""

    latencies: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return percentile(self.latencies, 0.5)

    @property
    def p99(self) -> float:
        return percentile(self.latencies, 0.99)


def measure(world: World) -> list[Section]:
    rows, window = (100_000, 3.0) if world.quick else (ROWS, WINDOW)
    section = Section(
        "Retention",
        f"{rows:,} rows in a table; {WRITERS} writers with {PER_SECOND:.0f} writes per second each, before, while and after "
        "old rows are removed. Milliseconds.",
        ("table", "removed", "seconds", "p50 before", "while", "after", "p99 before", "while", "after", "longest while"),
    )
    for table in TABLES:
        _measure(world, table, rows, window, section)
    return [section]


def _measure(world: World, table: Table, rows: int, window: float, section: Section) -> None:
    world.note(f"retention: {rows:,} rows of {table.name}")
    database = f"retention_{table.service}"
    url = world.create_database(database).replace("postgresql://", "postgresql+psycopg://", 1)
    engine = connect(url, application="bench", pool_size=WRITERS + 2, statement_timeout=10)
    migrate.migrate(table.service, engine)
    admin = world.engine(database)
    table.fill(admin, rows)
    world.run_sql(database, "VACUUM ANALYZE", "CHECKPOINT")
    first = _count(admin, table)
    world.note(f"retention: writers of {table.name}")
    warm = _write_while(engine, table, _for_seconds(window / 3))  # connections and caches are new
    before = _write_while(engine, table, _for_seconds(window))
    began = time.monotonic()
    during = _write_while(engine, table, lambda: _upkeep(engine, table, window))
    took = time.monotonic() - began
    after = _write_while(engine, table, _for_seconds(window))
    written = sum(len(one.latencies) for one in (warm, before, during, after))
    removed = first + written - _count(admin, table)
    engine.dispose()
    admin.dispose()
    world.run_sql("postgres", f"DROP DATABASE {database} WITH (FORCE)")
    figures = [f"{one:.1f}" for one in (before.p50, during.p50, after.p50, before.p99, during.p99, after.p99)]
    longest = f"{max(during.latencies):.0f}"
    row = (table.name, f"{removed:,}", f"{took:.0f}", *figures, longest)
    world.note(f"retention: {', '.join(row)}")
    section.rows.append(row)
    what = f"p99 of writers while old rows of {table.name} are removed, as a multiple of before"
    section.goals.append(Goal.at_most(what, 1.5, during.p99 / before.p99))


def _count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM {table.name}")) or 0)  # noqa: S608  a constant


def _upkeep(engine: Engine, table: Table, window: float) -> None:
    """One round of the upkeep. It takes at least `window` seconds and at most LONGEST."""
    began = time.monotonic()
    while time.monotonic() < began + LONGEST:
        step = time.monotonic()
        if not table.upkeep(engine):
            break
        time.sleep(REST * (time.monotonic() - step))
    time.sleep(max(0.0, began + window - time.monotonic()))


def _for_seconds(seconds: float) -> Callable[[], None]:
    return lambda: time.sleep(seconds)


def _write_while(engine: Engine, table: Table, work: Callable[[], None]) -> Writes:
    """Write at the pace until `work` returns."""
    writes, stop = Writes(), threading.Event()

    def run(number: int) -> None:
        due = time.monotonic() + number / WRITERS / PER_SECOND
        while not stop.wait(max(0.0, due - time.monotonic())):
            table.write(engine)
            writes.latencies.append((time.monotonic() - due) * 1000)
            due += 1 / PER_SECOND

    with ThreadPoolExecutor(WRITERS) as writers:
        running = [writers.submit(run, number) for number in range(WRITERS)]
        try:
            work()
        finally:
            stop.set()
        for one in running:
            one.result()
    return writes


# --- the feed ---


def _fill_feed(engine: Engine, rows: int) -> None:
    """They are in six weeks, some of which are too old. A hundredth is old and in no week: its ids have no time."""
    now = datetime.now(UTC)
    for weeks_ago in range(7, 1, -1):  # each call makes the two weeks from the one after the next on
        PARTITIONS.prepare(engine, now - weeks_ago * WEEK)
    with engine.begin() as connection:
        for week in range(6):
            parameters = {"rows": rows * 99 // 600, "ago": (5 - week) * WEEK + timedelta(hours=1), "uuid": True}
            connection.execute(text(_FEED), parameters)
        connection.execute(text(_FEED), {"rows": rows // 100, "ago": 8 * WEEK, "uuid": False})


_FEED = """
    INSERT INTO feed (epoch, event_id, community_id, source, type, subject, version, occurred_at, received_at, data)
    SELECT 1, CASE WHEN :uuid THEN uuidv7(-CAST(:ago AS interval)) ELSE gen_random_uuid() END, 'liuyi', 'booking',
        'booking.confirmed.v1', CAST(gen_random_uuid() AS text), 1, now() - CAST(:ago AS interval),
        now() - CAST(:ago AS interval), jsonb_build_object('booking_id', gen_random_uuid(), 'space_id', gen_random_uuid(),
        'resident_id', gen_random_uuid(), 'section', 'neighbour', 'starts_at', now(), 'ends_at', now())
    FROM generate_series(1, :rows)
"""


def _feed_one(engine: Engine) -> None:
    """As notify's subscriber does it for one message: the receipt and the entry are in one transaction."""
    now, event_id, subject = datetime.now(UTC), uuid7(), str(uuid4())
    received = Received(event_id, TYPE, "booking", subject, 1, "liuyi", now, CONTRACT.examples[0], {})
    delivery = inbox.Delivery("notify.feed_booking", event_id, subject, {}, b"{}", ordered=True)
    inbox.receive_all(engine, [delivery], lambda session: storage.append(session, [received], now))


# --- the outbox ---


def _fill_outbox(engine: Engine, rows: int) -> None:
    """Half of them were published more than 30 days ago."""
    with engine.begin() as connection:
        connection.execute(text(_OUTBOX), {"rows": rows, "from": timedelta(days=60)})


_OUTBOX = """
    INSERT INTO outbox (event_id, type, aggregate_id, version, community_id, partition, occurred_at, headers, data,
        published_at)
    SELECT uuidv7(at - now()), 'booking.confirmed.v1', uuidv7(at - now()), 1, 'liuyi', n % 16, at, '{}',
        jsonb_build_object('booking_id', gen_random_uuid(), 'space_id', gen_random_uuid(), 'resident_id', gen_random_uuid(),
        'section', 'neighbour', 'starts_at', now(), 'ends_at', now()), at
    FROM (SELECT n, now() - CAST(:from AS interval) * (1 - CAST(n AS float) / :rows) AS at FROM generate_series(1, :rows) n) one
"""


def _announce_one(engine: Engine) -> None:
    with transaction(engine) as session:
        outbox.add(session, Message(CONTRACT, uuid4(), 1, "liuyi", CONTRACT.examples[0]))


TABLES = (
    Table("feed", "notify", _fill_feed, _feed_one, lambda engine: pruning.keep_house(engine, datetime.now(UTC))),
    Table(
        "outbox",
        "booking",
        _fill_outbox,
        _announce_one,
        lambda engine: delete_expired(engine, CHASSIS_EXPIRIES, datetime.now(UTC)),
    ),
)
