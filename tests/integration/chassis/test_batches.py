"""Messages taken many at a time have their effect once and in order, and a bad one harms nobody but those behind it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from chassis.database.listener import Listener
from chassis.messaging import inbox, parking, subscribe
from chassis.messaging.inbox import Delivery
from chassis.messaging.received import Received
from tests.integration.chassis.conftest import Toy
from tests.integration.chassis.test_subscribe import cloud_event, heard, publish, receipts
from tests.patience import eventually
from tests.toy.ledger import NOTE

SUBJECTS = [str(uuid4()) for _ in range(5)]


def of(subject: str, version: int) -> dict[str, object]:
    return cloud_event(**{"ce-subject": subject, "ce-sequence": f"{version:010}"})


def test_many_are_handled_together(toy_engine: Engine, ledger: Toy, broker_uri: str) -> None:
    process = ledger.start()  # declares its queue
    process.terminate()
    process.wait(20)
    for version in range(1, 21):
        for subject in SUBJECTS:
            publish(broker_uri, {"counter": "a", "value": version}, of(subject, version))
    ledger.start()
    eventually(lambda: len(heard(toy_engine)) == 100)
    assert heard(toy_engine) == [(subject, version) for version in range(1, 21) for subject in SUBJECTS]
    assert set(receipts(toy_engine).values()) == {"handled"}


def test_what_came_before_is_not_repeated_with_the_others(toy_engine: Engine, ledger: Toy, broker_uri: str) -> None:
    ledger.start()
    headers = [of(subject, version) for version in (1, 2) for subject in SUBJECTS]
    for one in (*headers, *headers, last := of(str(uuid4()), 1)):
        publish(broker_uri, {"counter": "a", "value": 1}, one)
    eventually(lambda: (last["ce-subject"], 1) in heard(toy_engine))
    assert len(heard(toy_engine)) == len(set(heard(toy_engine))) == 11


def test_poison_in_a_batch_is_parked_alone(toy_engine: Engine, ledger: Toy, broker_uri: str) -> None:
    process = ledger.start()
    process.terminate()
    process.wait(20)
    for version in range(1, 6):
        for subject in SUBJECTS:
            counter = "poison" if (subject, version) == (SUBJECTS[2], 3) else "fine"
            publish(broker_uri, {"counter": counter, "value": version}, of(subject, version))
    ledger.start()
    eventually(lambda: len(parking.parked(toy_engine)) == 1, seconds=20)
    eventually(lambda: len(heard(toy_engine)) == 22)
    assert [version for subject, version in heard(toy_engine) if subject == SUBJECTS[2]] == [1, 2]
    assert sorted(receipts(toy_engine).values()) == ["handled"] * 22 + ["held"] * 2 + ["parked"]

    poison = parking.parked(toy_engine)[0]
    with toy_engine.begin() as connection:
        cured = inbox.tables.inbox.update().where(inbox.tables.inbox.c.event_id == poison.event_id)
        connection.execute(cured.values(payload=b'{"counter": "cured", "value": 3}'))
    parking.redrive(toy_engine, poison.event_id)
    eventually(lambda: [v for s, v in heard(toy_engine) if s == SUBJECTS[2]] == [1, 2, 3, 4, 5], seconds=20)


def test_a_crash_in_the_middle_repeats_nothing(toy_engine: Engine, ledger: Toy, broker_uri: str) -> None:
    first = ledger.start()
    for version in range(1, 31):
        for subject in SUBJECTS:
            publish(broker_uri, {"counter": "a", "value": version}, of(subject, version))
        if version == 15:
            eventually(lambda: heard(toy_engine))
            first.kill()
            ledger.start()
    eventually(lambda: len(heard(toy_engine)) >= 150, seconds=30)
    for subject in SUBJECTS:
        assert [v for s, v in heard(toy_engine) if s == subject] == list(range(1, 31))


def test_a_batch_takes_as_many_round_trips_as_one(toy_engine: Engine) -> None:
    statements: list[str] = []
    event.listen(toy_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    batch = [Delivery("c", uuid4(), str(uuid4()), {}, b"{}", ordered=True) for _ in range(50)]
    assert inbox.receive_all(toy_engine, batch, lambda session: None) is True
    assert len(statements) == 1, statements
    assert inbox.receive_all(toy_engine, batch[:1], lambda session: None) is False, "its receipts are not there"


def received(subject: str, version: int) -> Received:
    return Received(uuid4(), "toy.counted.v1", "toy", subject, version, "liuyi", datetime.now(UTC), {}, {})


def receive_together(engine: Engine, messages: Sequence[Received], *, poison: Received | None = None) -> list[list[int]]:
    """Receive the messages as the embedded default does. Returns the versions of each transaction's messages."""
    runs: list[list[int]] = []

    def handler(message: Received, session: Session) -> None:
        row = {"e": message.event_id, "s": message.subject, "v": message.version, "n": 0}
        session.execute(NOTE, row)
        if message is poison:
            raise ValueError("cannot stomach this")

    def alone(message: Received, session: Session) -> None:
        runs.append([message.version])
        handler(message, session)

    def all_of(messages: Sequence[Received], session: Session) -> None:
        runs.append([message.version for message in messages])
        for message in messages:
            handler(message, session)

    deliveries = [Delivery("c", m.event_id, m.subject, {}, b"{}", ordered=True, schedule=()) for m in messages]
    subscribe.receive(engine, "c", deliveries, messages, alone, all_of)
    return runs


def test_messages_that_came_together_share_a_transaction(toy_engine: Engine) -> None:
    messages = [received(subject, version) for version, subject in enumerate(SUBJECTS)]
    assert receive_together(toy_engine, messages) == [[0, 1, 2, 3, 4]]
    assert [version for _, version in heard(toy_engine)] == [0, 1, 2, 3, 4]
    assert receive_together(toy_engine, messages) == [], "all of them are duplicates"
    assert len(heard(toy_engine)) == 5


def test_a_message_that_fails_does_not_harm_those_that_came_with_it(toy_engine: Engine) -> None:
    messages = [received(subject, version) for version, subject in enumerate(SUBJECTS)]
    assert receive_together(toy_engine, messages, poison=messages[1]) == [[0, 1, 2, 3, 4], [0], [1], [2], [3], [4]]
    assert [version for _, version in heard(toy_engine)] == [0, 2, 3, 4]
    assert sorted(receipts(toy_engine).values()) == ["handled"] * 4 + ["parked"]


def test_a_failure_and_a_redrive_wake_the_retry_loop(toy_engine: Engine) -> None:
    assert not inbox.has_unsettled(toy_engine)
    delivery = Delivery("c", uuid4(), str(uuid4()), {}, b"{}", ordered=True, schedule=(60.0,))

    def fails(session: Session) -> None:
        raise ValueError("cannot stomach this")

    with Listener(toy_engine, inbox.CHANNEL) as bell:
        assert inbox.receive(toy_engine, delivery, fails) == "retrying"
        assert bell.wait(5)
        assert inbox.has_unsettled(toy_engine)
        unreadable = Delivery("c", uuid4(), None, {}, b"{}", schedule=())
        assert inbox.receive(toy_engine, unreadable, fails) == "parked"
        bell.wait(0.2)
        assert parking.redrive(toy_engine, unreadable.event_id) == 1
        assert bell.wait(5)
