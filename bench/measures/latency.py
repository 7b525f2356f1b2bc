"""Measures the time from COMMIT to the arrival of the message at a subscriber, idle and under load."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

from kombu import Connection, Consumer, Exchange, Queue, binding
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from bench import bookings
from bench.contenders import Contender, Linli
from bench.figures import Spoilt, percentile
from bench.results import Goal, Section
from bench.world import World
from chassis.messaging import outbox
from chassis.messaging.contracts import Message
from services.booking.bookings.messages import CONTRACTS

EVERY = 0.05  # seconds between probes; the system is idle again before the next probe


@dataclass
class Subscriber:
    """Receives booking's messages from its own queue and records the time of each."""

    uri: str
    arrived: dict[str, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Subscriber":
        exchange = Exchange("booking.events", type="topic", durable=True)
        self._connection = Connection(self.uri)
        queue = Queue("", bindings=[binding(exchange, routing_key="booking.#")], exclusive=True, auto_delete=True)
        self._consumer = Consumer(self._connection.channel(), [queue], on_message=self._hear, no_ack=True)
        self._consumer.consume()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        return self

    def _hear(self, message: object) -> None:
        self.arrived[message.headers["ce-id"]] = time.perf_counter()  # type: ignore[attr-defined]

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                self._connection.drain_events(timeout=0.5)
            except TimeoutError:
                continue

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._connection.release()


def probe() -> Message:
    """Return a message like one that booking publishes."""
    now = datetime.now(UTC)
    contract = CONTRACTS["booking.confirmed.v1"]
    return CONTRACTS.message(
        contract.type, aggregate_id=uuid7(), version=1, community_id=bookings.COMMUNITY, occurred_at=now,
        data={**contract.examples[0], "starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=1)).isoformat()},
    )  # fmt: skip


def latencies(world: World, linli: Linli, count: int, arrived: Mapping[str, float]) -> list[float]:
    """Commit `count` messages and return the milliseconds from just before each COMMIT to the arrival, which `arrived` tells by
    the message's id. They include the write to disk. Raises Spoilt if one does not arrive."""
    committed: dict[str, float] = {}
    engine = world.engine(f"{linli.name}_booking")
    for _ in range(count):
        message = probe()
        with Session(engine) as session:
            outbox.add(session, message)
            committed[str(message.event_id)] = time.perf_counter()
            session.commit()
        time.sleep(EVERY)  # the pace of the load, not a wait for anything
    end = time.monotonic() + 30
    while not committed.keys() <= arrived.keys() and time.monotonic() < end:
        time.sleep(0.05)
    engine.dispose()
    if missing := committed.keys() - arrived.keys():
        raise Spoilt(f"{len(missing)} of {count} messages did not arrive within 30 s")
    return [(arrived[key] - at) * 1000 for key, at in committed.items()]


def _latencies(world: World, linli: Linli, count: int) -> list[float]:
    """`latencies` to a subscriber of its own."""
    with Subscriber(linli.environment["LINLI_AMQP_URI"]) as subscriber:
        return latencies(world, linli, count, subscriber.arrived)


def measure(world: World, linli: Linli) -> list[Section]:
    count = 40 if world.quick else 300
    contender = linli.start()
    try:
        world.note("commit to subscriber, idle")
        _latencies(world, linli, 20)
        rounds = [_latencies(world, linli, count) for _ in range(1 if world.quick else 3)]
        idle_p50, idle_p99 = (median(percentile(one, share) for one in rounds) for share in (0.5, 0.99))
        world.note("commit to subscriber, under load")
        loaded, rate = _under_load(world, linli, contender, count)
    finally:
        contender.end()
    section = Section(
        "Commit to subscriber",
        f"Milliseconds from the COMMIT that is sent to the message that arrives. Idle: one message every "
        f"{EVERY * 1000:.0f} ms. Under load: the same while 16 clients book as fast as they can ({rate:.0f}/s).",
        ("when", "messages", "p50 ms", "p99 ms"),
    )
    section.rows = [
        (f"idle, median of {len(rounds)} rounds", str(count * len(rounds)), f"{idle_p50:.1f}", f"{idle_p99:.1f}"),
        ("under load", str(len(loaded)), f"{percentile(loaded, 0.5):.1f}", f"{percentile(loaded, 0.99):.1f}"),
    ]
    section.goals = [
        Goal.at_most("Commit to subscriber, idle, p50", 5, idle_p50, " ms"),
        Goal.at_most("Commit to subscriber, idle, p99", 10, idle_p99, " ms"),
    ]
    return [section]


def _under_load(world: World, linli: Linli, contender: Contender, count: int) -> tuple[list[float], float]:
    """Return the latencies under load, and the number of bookings per second during the measurement."""
    seconds = count * (EVERY + 0.01) + 1
    slots, bearers = bookings.Slots(first_day=200), bookings.tokens(world, linli, count=16)  # days that no other measure books
    requests = bookings.to_linli(slots.take(int(seconds * 1_500)), bearers)
    with ThreadPoolExecutor(1) as beside:
        load = beside.submit(contender.load, requests, clients=16, seconds=seconds, expect=201)
        found = _latencies(world, linli, count)
        return found, load.result().rate
