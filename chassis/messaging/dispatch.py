"""When the messages of a subscription are handled, and how many of them in one transaction.

`BySubject` gives each message to a worker. Messages of different subjects are handled at the same time, those of one subject
one after the other if the subscription is ordered. `InBatches` gives all messages that have arrived to one worker.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from chassis.messaging.broker import DrainingConsumer
from chassis.messaging.inbox import Delivery
from chassis.messaging.received import Received, raw

Waiting = tuple[Any, Received]  # the broker's message, and the same message parsed
PAUSE = 1.0  # seconds, while the database is unavailable


class Entry(Protocol):
    """What a dispatcher needs of a subscription."""

    consumer: DrainingConsumer
    container: Any

    def delivery_of(self, received: Received, payload: bytes) -> Delivery: ...

    def work(self, arguments: tuple[Any, ...], settle: Callable[..., Any], give_back: Callable[[], Any]) -> None: ...


class Dispatcher(Protocol):
    """Starts the work on messages in the order in which `take` gets them."""

    def take(self, message: Any, received: Received) -> None: ...


def _work_on(entry: Entry, batch: list[Waiting], settle: Callable[..., Any], give_back: Callable[[], Any]) -> None:
    deliveries = [entry.delivery_of(received, raw(message)) for message, received in batch]
    entry.work(("delivery", deliveries, [received for _, received in batch]), settle, give_back)


class BySubject:
    """Handles each message alone. `ordered`: a message waits until the earlier messages of its subject are settled."""

    def __init__(self, entry: Entry, *, ordered: bool) -> None:
        self._entry, self._ordered = entry, ordered
        self._waiting: dict[str, deque[Waiting]] = {}  # by subject; the first of each is being handled

    def take(self, message: Any, received: Received) -> None:
        if self._ordered:
            of_subject = self._waiting.setdefault(received.subject, deque())
            of_subject.append((message, received))
            if len(of_subject) > 1:
                return
        self._start(message, received)

    def _start(self, message: Any, received: Received) -> None:
        self._entry.container.spawn_managed_thread(partial(self._work_on, message, received))

    def _work_on(self, message: Any, received: Received) -> None:
        settle = partial(self._settle, message, received)
        _work_on(self._entry, [(message, received)], settle, partial(self._entry.consumer.requeue_message, message))

    def _settle(self, message: Any, received: Received, worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        if exc_info is None:
            self._entry.consumer.ack_message(message)
            self._start_next(received)
        elif self._entry.consumer.stopping.is_set():
            self._give_back(message, received)
        else:
            # The database is unavailable; every other failure is recorded in the inbox. Keep the delivery, free the
            # worker and try again later. When all prefetched messages wait like this, the broker sends no more.
            self._entry.container.spawn_managed_thread(partial(self._when_back, message, received))
            return result, None
        return result, exc_info

    def _when_back(self, message: Any, received: Received) -> None:
        if self._entry.consumer.stopping.wait(PAUSE):
            self._give_back(message, received)
        else:
            self._work_on(message, received)

    def _give_back(self, message: Any, received: Received) -> None:
        """Return the message to the broker, together with the messages that wait behind it. This consumer will not handle
        any of them."""
        of_subject = self._waiting.pop(received.subject) if self._ordered else [(message, received)]
        for waiting, _ in of_subject:
            self._entry.consumer.requeue_message(waiting)

    def _start_next(self, received: Received) -> None:
        if not self._ordered:
            return
        of_subject = self._waiting[received.subject]
        of_subject.popleft()
        if of_subject:
            self._start(*of_subject[0])
        else:
            del self._waiting[received.subject]


class InBatches:
    """Works on one batch of at most `size` messages at a time. Messages that arrive meanwhile form the next batch."""

    def __init__(self, entry: Entry, *, size: int) -> None:
        self._entry, self._size = entry, size
        self._waiting: deque[Waiting] = deque()
        self._at_work = False

    def take(self, message: Any, received: Received) -> None:
        self._waiting.append((message, received))
        self._begin_next()

    def _begin_next(self) -> None:
        if not self._at_work and self._waiting:
            self._at_work = True
            # Messages that came together are all in `_waiting` when the new greenlet runs.
            self._entry.container.spawn_managed_thread(self._work_on_next)

    def _work_on_next(self) -> None:
        self._work_on([self._waiting.popleft() for _ in range(min(self._size, len(self._waiting)))])

    def _work_on(self, batch: list[Waiting]) -> None:
        _work_on(self._entry, batch, partial(self._settle, batch), partial(self._give_back, batch))

    def _settle(self, batch: list[Waiting], worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        if exc_info is None:
            self._entry.consumer.ack_messages([message for message, _ in batch])
            self._at_work = False
            self._begin_next()
        else:  # the database is unavailable, see BySubject
            self._entry.container.spawn_managed_thread(partial(self._when_back, batch))
        return result, None

    def _when_back(self, batch: list[Waiting]) -> None:
        if self._entry.consumer.stopping.wait(PAUSE):
            self._give_back(batch)
        else:
            self._work_on(batch)

    def _give_back(self, batch: list[Waiting]) -> None:
        for message, _ in (*batch, *self._waiting):
            self._entry.consumer.requeue_message(message)
        self._waiting.clear()
