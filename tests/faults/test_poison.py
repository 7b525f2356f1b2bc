"""F7 and malformed messages: what cannot be handled or read is kept aside, and its neighbours go on."""

from collections import Counter
from typing import Any
from uuid import uuid4

from kombu import Connection

from chassis.messaging import parking
from tests.faults.load import Load
from tests.faults.sides import Side
from tests.faults.trial import Trial, each
from tests.patience import eventually


def test_poison_among_good_ones(trial: Trial) -> None:
    """One message in eight cannot be handled. Then the cause is mended and what was parked is driven again."""
    trial.begin("F7", "messages whose handler fails, among good ones; later repaired and sent again")
    poison = {name: Load(side, "f7-poison", limit=5, threads=1, poison=True) for name, side in trial.sides.items()}
    with trial.load():
        for load in poison.values():
            load.start()
        for load in poison.values():
            eventually(lambda load=load: load.answered() == 5, seconds=30)  # type: ignore[misc]
            load.stop()
        eventually(lambda: len(parking.parked(trial.linli.engines["listener"])) == 5, seconds=20)
        trial.strike_over()
    parked = parking.parked(trial.linli.engines["listener"])
    assert {row.reason for row in parked} == {"ValueError: cannot stomach this"}
    each(trial.sides.values(), lambda side: side.cured.touch())
    for row in parked:
        parking.redrive(trial.linli.engines["listener"], row.event_id)
    for name, load in poison.items():
        trial.loads[name].sent += load.sent
    trial.judge(parked=len(parked))
    each(trial.sides.values(), lambda side: side.cured.unlink())


MALFORMED: tuple[dict[str, Any], ...] = (
    {"body": b"\xff\xfe{", "content_type": "application/json", "content_encoding": "utf-8"},
    {"body": b"\x80pickle", "content_type": "application/x-python-serialize", "content_encoding": "binary"},
    {"body": b"[]", "content_type": "application/json", "content_encoding": "utf-8"},
    {"body": b"{}", "content_type": "application/json", "content_encoding": "utf-8", "headers": {"ce-id": "no id"}},
    {"body": b"[0]", "content_type": "application/json", "content_encoding": "utf-8", "headers": {"note": "a\0b"}},
)


def test_malformed_messages_on_every_queue(trial: Trial) -> None:
    trial.begin("malformed", "messages that cannot be read, on the queues of events, calls and replies")
    before = _parked(trial.linli)
    with trial.load():
        each(trial.sides.values(), _put_malformed)
        trial.strike_over()
    eventually(lambda: _parked_since(before, trial.linli) == UNREADABLE, seconds=20)
    trial.judge(parked=UNREADABLE.total())


def _put_malformed(side: Side) -> None:
    """A reply that is JSON and answers no call is dropped, as a late one is; what is no JSON is parked everywhere."""
    names = side.node.broker.queues(side.vhost)
    with Connection(side.node.broker.uri_of(side.vhost)) as connection:
        producer = connection.Producer(auto_declare=False)
        for name in names:
            for malformed in MALFORMED:
                options = {k: v for k, v in malformed.items() if k != "body"}
                if not name.startswith("dead-letters"):
                    producer.publish(malformed["body"], exchange="", routing_key=name, correlation_id=uuid4().hex, **options)


# What is parked of the five, by queue; a reply that is JSON is dropped.
UNREADABLE = Counter({"rpc-tally": 5, "listener.hear": 5, "rpc.reply-door": 2})


def _parked(side: Side) -> Counter[str]:
    return Counter(row.consumer for engine in side.engines.values() for row in parking.parked(engine))


def _parked_since(before: Counter[str], side: Side) -> Counter[str]:
    return _parked(side) - before
