"""The relay on a real broker: in order with many relays, nothing lost when one dies, unheard and unroutable."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from kombu import Connection, Queue
from sqlalchemy import Engine, text

from chassis.config import settings
from chassis.database.engine import transaction
from chassis.embedded.transport import broker_of, drop_broker
from chassis.messaging import outbox
from chassis.messaging.broker import DISTRICT
from chassis.messaging.contracts import ContractBroken, Message
from chassis.messaging.publish import confirmed_publisher
from chassis.messaging.relay import POLL, POLL_EMBEDDED, OutboxRelay
from chassis.messaging.topology import declare, declare_publisher
from chassis.rpc.call import Call
from tests.patience import eventually
from tests.toy.service import CONTRACTS, ToyService, counter_id


def message(name: str, version: int, type_: str = "toy.counted.v1", **data: Any) -> Message:
    return CONTRACTS.message(
        type_,
        aggregate_id=counter_id(name),
        version=version,
        community_id="liuyi",
        occurred_at=datetime(2026, 11, 22, 2, 0, tzinfo=UTC),
        data=data or {"counter": name, "value": version},
    )


def announce(engine: Engine, *messages: Message) -> None:
    with transaction(engine) as session:
        outbox.add(session, *messages)


@contextmanager
def district_subscriber(uri: str) -> Iterator[list[Any]]:
    """An outside system: everything that reaches district.events, in order of arrival."""
    seen: list[Any] = []
    stop = threading.Event()
    with Connection(uri) as connection:
        queue = Queue("sub.org1.all", exchange=DISTRICT, routing_key="#", durable=True)
        with connection.Consumer([queue], callbacks=[lambda body, m: (seen.append(m), m.ack())], prefetch_count=1000):

            def drain() -> None:
                while not stop.is_set():
                    try:
                        connection.drain_events(timeout=0.2)
                    except TimeoutError:
                        continue

            thread = threading.Thread(target=drain)
            thread.start()
            try:
                yield seen
            finally:
                stop.set()
                thread.join()


def pending(engine: Engine) -> int:
    return outbox.backlog(engine)[0]


def run_until_done(relay: OutboxRelay) -> None:
    eventually(lambda: not relay.run_once() and pending(relay.engine) == 0, seconds=60)
    relay.close()


def test_broken_data_cannot_commit(toy_engine: Engine) -> None:
    with pytest.raises(ContractBroken, match="value"):
        announce(toy_engine, message("a", 1, counter="a", value="not a number"))
    assert pending(toy_engine) == 0


def test_a_message_goes_out_as_a_cloud_event(toy_engine: Engine, broker_uri: str) -> None:
    declare([ToyService])
    declare_publisher("toy")
    with district_subscriber(broker_uri) as seen:
        announce(toy_engine, message("a", 1))
        run_until_done(OutboxRelay("toy", toy_engine, CONTRACTS))
        eventually(lambda: seen)
    headers = seen[0].headers
    assert headers["ce-type"] == "toy.counted.v1"
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-subject"] == str(counter_id("a"))
    assert headers["ce-sequence"] == "0000000001"
    assert headers["ce-time"] == "2026-11-22T02:00:00+00:00"
    assert UUID(headers["ce-id"])
    assert seen[0].delivery_info["routing_key"] == "toy.counted.v1"
    assert seen[0].payload == {"counter": "a", "value": 1}


def test_four_relays_keep_the_order_of_every_aggregate(toy_engine: Engine, broker_uri: str) -> None:
    declare([ToyService])
    names = [f"counter-{n}" for n in range(40)]
    with district_subscriber(broker_uri) as seen:
        relays = [OutboxRelay("toy", toy_engine, CONTRACTS) for _ in range(4)]
        writers = [
            threading.Thread(
                target=lambda part: [announce(toy_engine, message(n, v)) for v in range(1, 26) for n in part], args=(p,)
            )
            for p in (names[:20], names[20:])
        ]
        workers = [threading.Thread(target=lambda r: [r.run_once() for _ in range(80)], args=(relay,)) for relay in relays]
        for thread in [*writers, *workers]:
            thread.start()
        for thread in [*writers, *workers]:
            thread.join()
        run_until_done(relays[0])
        for relay in relays:
            relay.close()
        eventually(lambda: len(seen) >= 1000)
    versions: dict[str, list[int]] = defaultdict(list)
    for received in seen:
        versions[received.headers["ce-subject"]].append(int(received.headers["ce-sequence"]))
    assert len(seen) == 1000, "published more than once without a fault"
    assert all(v == list(range(1, 26)) for v in versions.values())


def test_a_relay_that_dies_before_it_marks_loses_nothing(
    toy_engine: Engine, broker_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare([ToyService])
    with district_subscriber(broker_uri) as seen:
        announce(toy_engine, *(message("a", v) for v in range(1, 4)))
        dying = OutboxRelay("toy", toy_engine, CONTRACTS)
        monkeypatch.setattr(dying, "_settled", _die)
        with pytest.raises(RuntimeError):
            dying.run_once()
        assert pending(toy_engine) == 3
        run_until_done(OutboxRelay("toy", toy_engine, CONTRACTS))
        eventually(lambda: len(seen) == 6)
    assert len({m.headers["ce-id"] for m in seen}) == 3


def _die(*_: Any) -> Any:
    raise RuntimeError("killed")


def test_what_must_be_heard_waits_for_its_queue(toy_engine: Engine, broker_uri: str) -> None:
    """No queue at all: a message with consumers here stays, one without is done."""
    declare_publisher("toy")
    announce(toy_engine, message("a", 1), message("b", 1, "toy.unheard.v1", counter="b"))
    relay = OutboxRelay("toy", toy_engine, CONTRACTS)
    relay.run_once()
    relay.run_once()
    assert pending(toy_engine) == 1
    declare([ToyService])
    run_until_done(relay)


def test_what_one_of_two_must_hear_waits_for_it(toy_engine: Engine, broker_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker says nothing of it: a queue does take the message, only not all that must."""
    monkeypatch.setattr("chassis.messaging.relay.LOOK_EVERY", 0.0)
    declare_publisher("toy")
    with district_subscriber(broker_uri) as seen:
        announce(toy_engine, message("a", 1), message("a", 2, "toy.unheard.v1", counter="a"))
        announce(toy_engine, message("b", 1, "toy.unheard.v1", counter="b"))
        relay = OutboxRelay("toy", toy_engine, CONTRACTS)
        relay.run_once()
        assert pending(toy_engine) == 2
        declare([ToyService])
        run_until_done(relay)
        eventually(lambda: len(seen) == 3)
    told = [(one.headers["ce-subject"], one.headers["ce-sequence"]) for one in seen]
    a, b = (str(counter_id(name)) for name in "ab")
    assert told == [(b, "0000000001"), (a, "0000000001"), (a, "0000000002")]


def test_looking_for_a_missing_queue_takes_no_channel_for_good(broker_uri: str) -> None:
    declare_publisher("toy")
    publisher = confirmed_publisher()
    for _ in range(5):
        assert publisher.bind("toy.events", {"nobody": ["a"]}) == {"nobody"}
    assert len(publisher._connection.connection.channels) <= 2  # that of the connection itself, and the one it publishes on
    publisher.close()


def test_a_binding_that_was_lost_is_made_again(toy_engine: Engine, broker_uri: str) -> None:
    (name,) = declare([ToyService])
    with Connection(broker_uri) as connection, district_subscriber(broker_uri):
        connection.channel().queue_unbind(name, "toy.events", "toy.counted.v1")
        announce(toy_engine, message("a", 1))
        run_until_done(OutboxRelay("toy", toy_engine, CONTRACTS))
        heard: list[Any] = []
        with connection.Consumer([Queue(name, no_declare=True)], callbacks=[lambda body, _: heard.append(body)]):
            connection.drain_events(timeout=10)
        assert heard == [{"counter": "a", "value": 1}]


def test_what_waits_for_a_queue_hides_nothing_behind_it(toy_engine: Engine, broker_uri: str) -> None:
    declare_publisher("toy")
    with district_subscriber(broker_uri) as seen:
        for name in range(1300):  # more than a pass takes, in each partition more than its share
            announce(toy_engine, message(f"waits-{name}", 1))
        announce(toy_engine, *(message(f"goes-{name}", 1, "toy.unheard.v1", counter="x") for name in range(40)))
        relay = OutboxRelay("toy", toy_engine, CONTRACTS)
        for _ in range(4):
            relay.run_once()
        relay.close()
        eventually(lambda: len(seen) == 40)
    assert pending(toy_engine) == 1300


def test_a_commit_wakes_the_listener(toy_engine: Engine) -> None:
    from chassis.database.listener import Listener

    with Listener(toy_engine, outbox.CHANNEL) as bell:
        assert not bell.wait(0.05)
        announce(toy_engine, message("a", 1))
        assert bell.wait(5)


def test_two_messages_of_one_version_cannot_commit(toy_engine: Engine) -> None:
    announce(toy_engine, message("a", 1))
    with pytest.raises(Exception, match="outbox_aggregate_version_key"):
        announce(toy_engine, message("a", 1))


def test_the_context_of_a_call_travels_with_the_message(toy_engine: Engine) -> None:
    from chassis.observability import telemetry

    telemetry.adopt({"correlation-id": "the-request"})
    with transaction(toy_engine) as session:
        call = Call(session, datetime.now(UTC))
        outbox.add(call.session, message("a", 1))
    with toy_engine.connect() as connection:
        assert connection.scalar(text("SELECT headers->>'correlation-id' FROM outbox")) == "the-request"


def test_a_pass_that_took_everything_is_not_repeated(toy_engine: Engine, broker_uri: str) -> None:
    declare([ToyService])
    announce(toy_engine, message("a", 1), message("a", 2))
    relay = OutboxRelay("toy", toy_engine, CONTRACTS)
    assert not relay.run_once()
    assert pending(toy_engine) == 0
    announce(toy_engine, *(message(f"counter {number}", 1) for number in range(40)))  # in more partitions than a pass takes
    assert relay.run_once()
    run_until_done(relay)


def test_the_embedded_relay_waits_long_once_everything_is_known_to_be_handled(
    toy_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = "embedded://idle-relay"
    monkeypatch.setenv("LINLI_AMQP_URI", uri)
    settings.cache_clear()
    try:
        declare([ToyService])
        relay = OutboxRelay("toy", toy_engine, CONTRACTS)
        assert relay.pause() == POLL
        announce(toy_engine, message("a", 1))
        relay.run_once()
        assert pending(toy_engine) == 0
        assert relay.pause() == POLL, "the message is in a queue, and a crash would lose it there"
        embedded = broker_of(uri)
        for name in embedded.queues():
            embedded.purge_queue(name)
        relay.run_once()
        assert relay.pause() == POLL_EMBEDDED
        OutboxRelay("toy", toy_engine, CONTRACTS)  # as after a crash: nothing is published again
        assert pending(toy_engine) == 0
        relay.close()
    finally:
        drop_broker(uri)
        settings.cache_clear()
