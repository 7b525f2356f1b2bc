"""Measures how fast relays publish a backlog, and checks that the messages of each aggregate arrive in order."""

import json
import time
from typing import Any

from kombu import Connection, Consumer, Exchange, Queue, binding
from sqlalchemy import text

from bench.children import Child, python
from bench.contenders import Linli
from bench.results import Goal, Section
from bench.world import World

VERSIONS = 5  # messages of each aggregate
QUEUE = "bench-relay"
_FILL = """
    INSERT INTO outbox (event_id, type, aggregate_id, version, community_id, partition, occurred_at, headers, data)
    SELECT gen_random_uuid(), 'booking.confirmed.v1', aggregate, version, 'liuyi', partition, now(), '{}', CAST(:data AS jsonb)
    FROM generate_series(1, :versions) version,
         (SELECT gen_random_uuid() AS aggregate, n % 16 AS partition FROM generate_series(1, :aggregates) n) a
    ORDER BY version
"""


def measure(world: World, linli: Linli) -> list[Section]:
    """Measure while the services are stopped, so that nothing else publishes or uses CPU."""
    count = 4_000 if world.quick else 20_000
    # Only the queue of this measurement receives the messages. Copies for other queues would measure the broker.
    environment = linli.environment | {"LINLI_AMQP_URI": world.create_vhost("relay")}
    found = []
    for relays in (1, 4):
        rates, disorder = [], 0
        for number in range(1 if world.quick else 3):
            world.note(f"relay: {count} messages, {relays} relay(s), round {number + 1}")
            rate, out_of_order, lost = _round(world, linli, environment, relays, count)
            rates.append(rate)
            disorder += out_of_order + lost
        found.append((relays, sorted(rates)[len(rates) // 2], disorder))
    section = Section(
        "Relay",
        f"{count:,} messages wait in the outbox, {VERSIONS} of each aggregate; relays (a process each) publish them with "
        "confirms to a quorum queue, from which they are read afterwards. Median of the rounds.",
        ("relays", "messages per second", "out of order or missing"),
        [(str(relays), f"{rate:,.0f}", str(disorder)) for relays, rate, disorder in found],
    )
    _, rate, disorder = found[-1]
    section.goals = [
        Goal.at_least("Messages per second, 4 relays", 6_000, rate),
        Goal.at_most("Messages out of order or missing, 4 relays", 0, disorder),
    ]
    return [section]


def _round(world: World, linli: Linli, environment: dict[str, str], relays: int, count: int) -> tuple[float, int, int]:
    """Return (messages per second, messages out of order, missing messages)."""
    database = f"{linli.name}_booking"
    with world.engine(database).begin() as connection:
        connection.execute(text("UPDATE outbox SET published_at = now() WHERE published_at IS NULL"))
        example = json.dumps({"booking_id": "x" * 36, "space_name": {"zh-CN": "活动室", "en": "Room"}, "section": "neighbour"})
    with Connection(environment["LINLI_AMQP_URI"]) as broker:
        channel = broker.channel()
        queue = _queue()(channel)
        queue.declare()
        queue.purge()
        children = [
            Child(f"relay-{n}-{time.monotonic_ns()}", python("bench.relays"), linli.home, environment) for n in range(relays)
        ]
        try:
            for child in children:
                child.wait_until(lambda child=child: child.says("READY"))  # type: ignore[misc]
            with world.engine(database).begin() as connection:
                parameters = {"versions": VERSIONS, "aggregates": count // VERSIONS, "data": example}
                connection.execute(text(_FILL), parameters)
            for child in children:
                child.tell("go")
            for child in children:
                child.wait(120)
        finally:
            for child in children:
                child.end()
        told = [json.loads(child.log.read_text().strip().splitlines()[-1]) for child in children]
        heard = _drain(broker, queue, count)
    took = max(one["ended"] for one in told) - min(one["began"] for one in told)
    return count / took, _out_of_order(heard), count - len(set(heard))


def _queue() -> Queue:
    exchange = Exchange("booking.events", type="topic", durable=True)
    bound = [binding(exchange, routing_key="booking.#")]
    return Queue(QUEUE, bindings=bound, durable=True, queue_arguments={"x-queue-type": "quorum"})


def _drain(broker: Connection, queue: Any, count: int) -> list[tuple[str, int]]:
    """Read the queue and return (aggregate, version) of each message, in the order of arrival."""
    heard: list[tuple[str, int]] = []
    channel = broker.channel()
    channel.basic_qos(0, 500, False)

    def hear(message: Any) -> None:
        heard.append((message.headers["ce-subject"], int(message.headers["ce-sequence"])))
        if len(heard) % 250 == 0:
            channel.basic_ack(message.delivery_tag, multiple=True)

    with Consumer(channel, [queue], on_message=hear, auto_declare=False):
        while len(heard) < count:
            try:
                broker.drain_events(timeout=3)
            except TimeoutError:
                break
    return heard


def _out_of_order(heard: list[tuple[str, int]]) -> int:
    """Return the number of messages that came after a later message of their aggregate."""
    latest: dict[str, int] = {}
    wrong = 0
    for aggregate, version in heard:
        wrong += version < latest.get(aggregate, 0)
        latest[aggregate] = max(version, latest.get(aggregate, 0))
    return wrong
