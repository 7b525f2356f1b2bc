"""The figures that move only when something is wrong: what the alerts are made of."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from kombu import Queue
from sqlalchemy import Engine

from chassis.background.loop import Loop
from chassis.cli import service_choice
from chassis.database.engine import transaction
from chassis.messaging import broker, inbox, outbox
from chassis.messaging.inbox import Delivery
from chassis.messaging.relay import OutboxRelay
from chassis.observability import gauges, health, metrics
from chassis.rpc import signed_calls, signing
from chassis.rpc.context import CallContext
from chassis.rpc.server import RpcServer
from chassis.rpc.signed_calls import Request
from services.booking.bookings.messages import CONTRACTS

DatabaseOf = Callable[[str], Engine]


def counted(name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


def gauge_values(engine: Engine) -> dict[tuple[str, ...], float]:
    return {(name, *labels.values()): value for name, labels, value in gauges._database_gauges("booking", engine)}


@pytest.fixture
def announced(database_of: DatabaseOf) -> Engine:
    """Booking's database with one message in its outbox that notify must hear."""
    engine = database_of("booking")
    contract = CONTRACTS["booking.confirmed.v1"]
    told: dict[str, Any] = {"aggregate_id": uuid4(), "version": 1, "community_id": "liuyi", "occurred_at": datetime.now(UTC)}
    with transaction(engine) as session:
        outbox.add(session, CONTRACTS.message(contract.type, data=contract.examples[0], **told))
    return engine


def test_a_message_that_no_queue_takes_is_counted_and_stays(announced: Engine) -> None:
    relay = OutboxRelay("booking", announced, CONTRACTS)
    before = counted("linli_unroutable_total", service="booking")
    relay.run_once()
    relay.close()
    assert counted("linli_unroutable_total", service="booking") == before + 1
    figures_now = gauge_values(announced)
    assert figures_now["linli_outbox_backlog", "booking"] == 1
    assert figures_now["linli_outbox_oldest_seconds", "booking"] > 0


def test_each_outcome_of_a_message_is_counted(database_of: DatabaseOf) -> None:
    engine = database_of("booking")

    def fail(session: Any) -> None:
        raise ValueError("cannot stomach this")

    def delivery(*schedule: float) -> Delivery:
        return Delivery("booking.observed", uuid4(), "a", {}, b"{}", ordered=True, schedule=schedule)

    def outcomes() -> dict[str, float]:
        names = ("handled", "duplicate", "retrying", "held", "parked")
        return {name: counted("linli_messages_total", consumer="booking.observed", outcome=name) for name in names}

    before = outcomes()
    good = delivery()
    for _ in range(2):
        inbox.receive(engine, good, lambda session: None)
    inbox.receive(engine, delivery(60.0), fail)
    inbox.receive(engine, delivery(60.0), lambda session: None)  # the same subject: waits behind it
    inbox.receive(engine, Delivery("booking.observed", uuid4(), "b", {}, b"{}", schedule=()), fail)
    assert {name: count - before[name] for name, count in outcomes().items()} == dict.fromkeys(before, 1)
    now = gauge_values(engine)
    for state in ("retrying", "held", "parked"):
        assert now["linli_inbox_unsettled", "booking.observed", state] == 1


def test_a_loop_that_breaks_is_counted() -> None:
    broke = threading.Event()

    def step() -> bool:
        broke.set()
        raise ConnectionError("the broker is away")

    loop = Loop("observed.relay", step, seconds=0.01)
    thread = threading.Thread(target=loop.run)
    thread.start()
    assert broke.wait(10)
    loop.stop()
    thread.join()
    assert counted("linli_loop_failures_total", loop="observed.relay") >= 1


def test_a_request_past_its_deadline_is_counted_and_dropped() -> None:
    acknowledged: list[Any] = []
    server = RpcServer()
    server.service = "booking"
    server._providers = [SimpleNamespace(method_name="book_space")]
    server.consumer = SimpleNamespace(ack_message=acknowledged.append)  # type: ignore[assignment]  # all of it that is used
    server.keys = signing.verify_keys()
    body = b'{"args": [{}], "kwargs": {}}'
    request = Request("booking.book_space", body, call_id="c", reply_to="r")
    token = signed_calls.sign(CallContext(deadline=time.time() - 1), request, signing.signing_key())
    message = SimpleNamespace(
        delivery_info={"routing_key": "booking.book_space"},
        headers={signed_calls.HEADER: token},
        body=body,
        properties={"correlation_id": "c", "reply_to": "r"},
    )
    before = counted("linli_rpc_expired_total", service="booking", method="book_space")
    server.on_request({"args": [{}], "kwargs": {}}, message)
    assert counted("linli_rpc_expired_total", service="booking", method="book_space") == before + 1
    assert acknowledged == [message]


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> health.Registry:
    """Readiness checks of this test's own."""
    registry = health.Registry(cached=0.0)
    monkeypatch.setattr(health, "report", registry.report)
    return registry


def test_a_database_that_is_away_is_told_and_not_asked(checks: health.Registry) -> None:
    def away() -> None:
        raise ConnectionError("refused")

    def must_not_be_asked() -> list[metrics.Sample]:
        raise AssertionError("a scrape would hang here")

    checks.register("booking", "database", away)
    checks.register("booking", "relay", lambda: None)
    assert gauges._if_check_passed("booking", "database", must_not_be_asked) == ()
    told = {labels["check"]: value for name, labels, value in gauges._process_gauges() if name == "linli_check_ok"}
    assert told == {"database": 0.0, "relay": 1.0}


def test_a_queue_that_is_missing_is_left_out() -> None:
    present = Queue("observed", durable=True)
    with broker.connection() as connection:
        present.bind(connection.channel()).declare()
    queues = gauges._QueueGauges(["observed-and-missing", "observed"])
    assert [labels["queue"] for _, labels, _ in queues.samples()] == ["observed", "observed"]


@pytest.mark.parametrize(
    ("sender", "queue"),
    [
        ("booking", "evt-booking--notify.tell_of_booking.v1"),
        ("cases", "evt-cases--notify.feed_cases.v1"),
        ("gateway", "rpc-notify"),
    ],
)
def test_who_sends_to_a_queue_measures_it_too(sender: str, queue: str) -> None:
    assert queue in gauges._queue_names(service_choice.class_of(sender))


def test_nobody_measures_a_queue_twice() -> None:
    names = gauges._queue_names(service_choice.class_of("gateway"))
    assert len(names) == len(set(names))
