"""Subscriptions on a real broker: once, in order, retried, parked, redriven, and alive after the database was away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from kombu import Connection, Exchange
from sqlalchemy import Engine, create_engine, text

from chassis.messaging import parking
from tests.integration.chassis.conftest import Caller, Toy
from tests.integration.chassis.test_relay import announce, message
from tests.patience import eventually


def heard(engine: Engine) -> list[tuple[str, int]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT subject, version FROM heard ORDER BY seq"))]


def receipts(engine: Engine) -> dict[UUID, str]:
    with engine.connect() as connection:
        return {row.event_id: row.state for row in connection.execute(text("SELECT event_id, state FROM inbox"))}


def publish(uri: str, body: Any, headers: dict[str, Any], **options: Any) -> None:
    with Connection(uri) as connection:
        connection.Producer().publish(
            body, exchange=Exchange("toy.events", "topic"), routing_key="toy.counted.v1", headers=headers, **options
        )


def cloud_event(**changes: Any) -> dict[str, Any]:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": str(uuid4()),
        "ce-source": "toy",
        "ce-type": "toy.counted.v1",
        "ce-time": "2026-11-22T02:00:00+00:00",
        "ce-subject": str(uuid4()),
        "ce-sequence": "0000000001",
        "ce-communityid": "liuyi",
    }
    return {key: value for key, value in (headers | changes).items() if value is not None}


def test_a_message_is_handled_once_however_often_it_arrives(toy: Toy, toy_engine: Engine, broker_uri: str) -> None:
    toy.start()
    headers = cloud_event()
    for _ in range(5):
        publish(broker_uri, {"counter": "a", "value": 1}, headers)
    last = cloud_event()
    publish(broker_uri, {"counter": "b", "value": 1}, last)
    eventually(lambda: UUID(last["ce-id"]) in receipts(toy_engine))
    eventually(lambda: len(heard(toy_engine)) == 2)
    assert [subject for subject, _ in heard(toy_engine)].count(headers["ce-subject"]) == 1


def test_call_outbox_relay_queue_and_handler_in_one_line(toy: Toy, toy_engine: Engine, caller: Caller) -> None:
    toy.start()
    for _ in range(5):
        caller.call("add", {"counter": "a"})
    eventually(lambda: len(heard(toy_engine)) == 5)
    assert [version for _, version in heard(toy_engine)] == [1, 2, 3, 4, 5]


def test_poison_is_retried_parked_and_redriven_while_neighbours_go_on(toy: Toy, toy_engine: Engine, broker_uri: str) -> None:
    toy.start()
    poison = cloud_event()
    later = cloud_event(**{"ce-subject": poison["ce-subject"], "ce-sequence": "0000000002"})
    publish(broker_uri, {"counter": "poison", "value": 1}, poison)
    publish(broker_uri, {"counter": "fine", "value": 2}, later)
    neighbour = cloud_event()
    publish(broker_uri, {"counter": "b", "value": 1}, neighbour)
    eventually(lambda: (neighbour["ce-subject"], 1) in heard(toy_engine))
    eventually(lambda: receipts(toy_engine).get(UUID(poison["ce-id"])) == "parked", seconds=20)
    row = parking.parked(toy_engine)[0]
    assert row.attempts == 3
    assert row.reason == "ValueError: cannot stomach this"
    assert (poison["ce-subject"], 1) not in heard(toy_engine), "the effect of a failed attempt stayed"
    assert receipts(toy_engine)[UUID(later["ce-id"])] == "held", "what came later went past an unsettled message"

    with toy_engine.begin() as connection:
        cured = {"p": b'{"counter": "cured", "value": 1}', "e": poison["ce-id"]}
        connection.execute(text("UPDATE inbox SET payload = :p WHERE event_id = :e"), cured)
    assert parking.redrive(toy_engine, UUID(poison["ce-id"])) == 1
    eventually(lambda: len(heard(toy_engine)) == 3)
    assert [v for s, v in heard(toy_engine) if s == poison["ce-subject"]] == [1, 2]


def test_dropping_a_parked_message_lets_the_next_go_on(toy: Toy, toy_engine: Engine, broker_uri: str) -> None:
    toy.start()
    poison = cloud_event()
    later = cloud_event(**{"ce-subject": poison["ce-subject"], "ce-sequence": "0000000002"})
    publish(broker_uri, {"counter": "poison", "value": 1}, poison)
    publish(broker_uri, {"counter": "fine", "value": 2}, later)
    eventually(lambda: receipts(toy_engine).get(UUID(poison["ce-id"])) == "parked", seconds=20)
    parking.drop(toy_engine, UUID(poison["ce-id"]))
    eventually(lambda: (poison["ce-subject"], 2) in heard(toy_engine))


def test_what_cannot_be_read_is_parked_raw(toy: Toy, toy_engine: Engine, broker_uri: str) -> None:
    toy.start()
    publish(broker_uri, b"\xff\xfe{", cloud_event(), content_type="application/json", content_encoding="utf-8")
    publish(broker_uri, b"\x80pickle", cloud_event(), content_type="application/x-python-serialize", content_encoding="binary")
    publish(broker_uri, {"counter": "a", "value": "no number"}, cloud_event())
    publish(broker_uri, {"counter": "a", "value": 1}, cloud_event(**{"ce-id": None}))
    publish(broker_uri, {"counter": "a", "value": 2}, cloud_event(**{"ce-id": "no uuid"}))
    publish(broker_uri, {"counter": "a", "value": 3}, {})
    publish(broker_uri, {"counter": "a", "value": 3}, {})  # the same again: parked once
    good = cloud_event()
    publish(broker_uri, {"counter": "good", "value": 1}, good)
    eventually(lambda: (good["ce-subject"], 1) in heard(toy_engine))
    eventually(lambda: len(parking.parked(toy_engine)) == 6)
    assert len(heard(toy_engine)) == 1


def test_headers_that_postgresql_has_no_room_for_harm_nobody(toy: Toy, toy_engine: Engine, broker_uri: str) -> None:
    """NUL and halves of surrogate pairs: in an id, beside a body that cannot be read, beside one that cannot be handled."""
    toy.start()
    publish(broker_uri, {"counter": "a", "value": 1}, cloud_event(**{"ce-subject": "a\0b"}))
    publish(broker_uri, {"counter": "a", "value": "no number"}, cloud_event(note="a\0b", half="\ud800"))
    poison = cloud_event(note="a\0b", half="\ud800")
    publish(broker_uri, {"counter": "poison\0", "value": 1}, poison)
    good = cloud_event()
    publish(broker_uri, {"counter": "good", "value": 1}, good)
    eventually(lambda: (good["ce-subject"], 1) in heard(toy_engine))
    eventually(lambda: len(parking.parked(toy_engine)) == 3, seconds=20)
    notes = {row.headers.get("note") for row in parking.parked(toy_engine)}
    assert notes == {None, "a\ufffdb"}


def test_two_replicas_and_a_crash_repeat_nothing(toy: Toy, toy_engine: Engine, broker_uri: str) -> None:
    first = toy.start()
    toy.start()
    announce(toy_engine, *(message(f"c{n}", v) for v in range(1, 11) for n in range(10)))
    eventually(lambda: len(heard(toy_engine)) > 5)
    first.kill()
    eventually(lambda: len(heard(toy_engine)) >= 100, seconds=30)
    by_subject: dict[str, list[int]] = {}
    for subject, version in heard(toy_engine):
        by_subject.setdefault(subject, []).append(version)
    assert all(versions == list(range(1, 11)) for versions in by_subject.values())


@contextmanager
def away(engine: Engine, postgres_url: str) -> Iterator[None]:
    """Nobody has a connection to the engine's database, or gets one."""
    name = engine.url.database
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n"), {"n": name})
        yield
        connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    admin.dispose()
    engine.dispose()


def test_while_the_database_is_away_messages_wait(toy: Toy, toy_engine: Engine, broker_uri: str, postgres_url: str) -> None:
    toy.start()
    with away(toy_engine, postgres_url):
        for headers in [cloud_event() for _ in range(20)]:
            publish(broker_uri, {"counter": "a", "value": 1}, headers)
    eventually(lambda: len(heard(toy_engine)) == 20, seconds=30)
    assert parking.parked(toy_engine) == []


def test_who_is_stopped_while_the_database_is_away_gives_all_back(
    toy: Toy, toy_engine: Engine, broker_uri: str, postgres_url: str
) -> None:
    """Also what waits behind the first message of its subject, and in its order."""
    process, subject = toy.start(), str(uuid4())
    with away(toy_engine, postgres_url):
        for version in range(1, 4):
            publish(
                broker_uri,
                {"counter": "a", "value": 1},
                cloud_event(**{"ce-subject": subject, "ce-sequence": f"{version:010}"}),
            )
        eventually(lambda: ready(broker_uri) == 0, seconds=40)
        process.terminate()
        assert process.wait(15) == 0
        eventually(lambda: ready(broker_uri) == 3, seconds=40)
    toy.start()
    eventually(lambda: len(heard(toy_engine)) == 3)
    assert heard(toy_engine) == [(subject, version) for version in range(1, 4)]


def ready(uri: str) -> int:
    """Messages in the toy's queue that no consumer has. (A quorum queue's counts are some seconds old.)"""
    with Connection(uri) as connection:
        return int(connection.channel().queue_declare("evt-toy--toy.hear.v1", passive=True).message_count)
