"""Which messages of a subscription are handled together, and in which order."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from chassis.config import settings
from chassis.messaging.dispatch import BySubject, InBatches
from chassis.messaging.received import Received
from chassis.messaging.subscribe import Subscription


def received(subject: str, version: int) -> Received:
    return Received(uuid4(), "toy.counted.v1", "toy", subject, version, "liuyi", datetime.now(UTC), {}, {})


class Entry:
    """A subscription whose greenlets run when the test says so."""

    def __init__(self) -> None:
        self.ready: list[Callable[[], None]] = []
        self.at_work: list[tuple[list[tuple[str, int]], Callable[..., Any], Callable[[], Any]]] = []
        self.acknowledged: list[Any] = []
        self.given_back: list[Any] = []
        self.stopped = False
        stopping = SimpleNamespace(is_set=lambda: self.stopped, wait=lambda _seconds: self.stopped)
        self.consumer: Any = SimpleNamespace(
            ack_message=self.acknowledged.append,
            ack_messages=self.acknowledged.extend,
            requeue_message=self.given_back.append,
            stopping=stopping,
        )
        self.container: Any = SimpleNamespace(spawn_managed_thread=self.ready.append)

    def delivery_of(self, received: Received, payload: bytes) -> Any:
        return payload

    def work(self, arguments: tuple[Any, ...], settle: Callable[..., Any], give_back: Callable[[], Any]) -> None:
        _, _, messages = arguments
        self.at_work.append(([(one.subject, one.version) for one in messages], settle, give_back))

    def switch(self) -> None:
        """Let the greenlets run that are ready now."""
        ready, self.ready[:] = list(self.ready), []
        for run in ready:
            run()

    def end_first(self, error: Any = None) -> None:
        _, settle, _ = self.at_work.pop(0)
        settle(None, None, error)

    @property
    def handled(self) -> list[list[tuple[str, int]]]:
        return [messages for messages, _, _ in self.at_work]


def message(body: str) -> Any:
    return SimpleNamespace(body=body)


def test_messages_that_came_together_are_one_batch() -> None:
    entry = Entry()
    batches = InBatches(entry, size=3)
    for version in range(1, 6):
        batches.take(message(str(version)), received("a", version))
    assert entry.handled == [], "nothing is handled before all that came together are here"
    entry.switch()
    assert entry.handled == [[("a", 1), ("a", 2), ("a", 3)]]
    entry.end_first()
    assert [one.body for one in entry.acknowledged] == ["1", "2", "3"]
    batches.take(message("6"), received("a", 6))
    entry.switch()
    assert entry.handled == [[("a", 4), ("a", 5), ("a", 6)]]


def test_a_batch_waits_for_the_database_and_keeps_its_messages() -> None:
    entry = Entry()
    batches = InBatches(entry, size=3)
    batches.take(message("1"), received("a", 1))
    entry.switch()
    entry.end_first(error=("the database is away",))
    batches.take(message("2"), received("a", 2))
    assert entry.acknowledged == []
    entry.switch()
    assert entry.handled == [[("a", 1)]], "the later message must wait"


def test_a_stopping_consumer_gives_back_what_waits() -> None:
    entry = Entry()
    batches = InBatches(entry, size=1)
    for version in (1, 2):
        batches.take(message(str(version)), received("a", version))
    entry.switch()
    entry.stopped = True
    entry.end_first(error=("the database is away",))
    entry.switch()
    assert [one.body for one in entry.given_back] == ["1", "2"]


def test_subjects_are_handled_side_by_side_and_one_subject_in_order() -> None:
    entry = Entry()
    dispatcher = BySubject(entry, ordered=True)
    for subject, version in (("a", 1), ("a", 2), ("b", 1)):
        dispatcher.take(message(subject), received(subject, version))
    entry.switch()
    assert entry.handled == [[("a", 1)], [("b", 1)]]
    entry.end_first()
    entry.switch()
    assert entry.handled == [[("b", 1)], [("a", 2)]]


@pytest.mark.parametrize(
    ("uri", "ordered", "wanted"),
    [
        ("embedded://", True, InBatches),
        ("embedded://", False, BySubject),
        ("amqp://localhost", True, BySubject),
    ],
)
def test_only_the_embedded_default_gathers(monkeypatch: pytest.MonkeyPatch, uri: str, ordered: bool, wanted: type) -> None:
    monkeypatch.setenv("LINLI_AMQP_URI", uri)
    settings.cache_clear()
    try:
        assert type(Subscription("toy", "toy.counted.v1", ordered=ordered).dispatcher()) is wanted
    finally:
        settings.cache_clear()
