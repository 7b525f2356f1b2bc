"""Handle messages in batches. Use it where handling one message is only an insert.

    @subscribe_in_batches("booking", "booking.#")
    def feed_booking(self, call: Call, messages: Sequence[Received]) -> None: ...

The guarantees are those of `@subscribe(…, ordered=True)`. Each message has its effect once. Messages of one subject are
handled in order. A message that fails is retried and parked alone. A batch is rolled back and its messages are received
one by one if a message was delivered before, must wait for an unsettled message, or fails.
"""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial, wraps
from typing import Any

from sqlalchemy.orm import Session

from chassis.messaging import inbox
from chassis.messaging.inbox import DATABASE_AWAY, Delivery
from chassis.messaging.subscribe import Received, Subscription, handle_again, raw, tell, working_on
from chassis.rpc.call import Call

Waiting = tuple[Any, Received]  # the broker's message, and the same message parsed
Method = Callable[[Any, Call, Sequence[Received]], None]
SIZE = 64


class BatchSubscription(Subscription):
    """Works on one batch at a time. Messages that arrive meanwhile form the next batch."""

    def __init__(self, source: str, *types: str, **options: Any) -> None:
        super().__init__(source, *types, ordered=True, prefetch=2 * SIZE, **options)

    def setup(self) -> None:
        super().setup()
        self._queue: deque[Waiting] = deque()
        self._at_work = False

    def take(self, message: Any, received: Received) -> None:
        self._queue.append((message, received))
        self._begin_next()

    def _begin_next(self) -> None:
        if self._at_work or not self._queue:
            return
        self._at_work = True
        self.container.spawn_managed_thread(self._work_on_next)

    def _work_on_next(self) -> None:
        """Runs after the messages that came together have been queued, so that they are in one batch."""
        self._work_on_all([self._queue.popleft() for _ in range(min(SIZE, len(self._queue)))])

    def _work_on_all(self, batch: list[Waiting]) -> None:
        deliveries = [self.delivery_of(received, raw(message)) for message, received in batch]
        arguments = ("delivery", deliveries, [received for _, received in batch])
        self.work(arguments, partial(self._settle_all, batch), partial(self._give_all_back, batch))

    def _settle_all(self, batch: list[Waiting], worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        if exc_info is None:
            self.consumer.ack_messages([message for message, _ in batch])
            self._at_work = False
            self._begin_next()
        else:  # the database is unavailable, see Subscription._settle
            self.container.spawn_managed_thread(partial(self._all_when_back, batch))
        return result, None

    def _all_when_back(self, batch: list[Waiting]) -> None:
        if self.consumer.stopping.wait(1.0):
            self._give_all_back(batch)
        else:
            self._work_on_all(batch)

    def _give_all_back(self, batch: list[Waiting]) -> None:
        for message, _ in (*batch, *self._queue):
            self.consumer.requeue_message(message)
        self._queue.clear()


def subscribe_in_batches(source: str, *types: str, **options: Any) -> Callable[[Method], Any]:
    """Takes the same `types` and `options` as `@subscribe`. The messages of one subject are always handled in order."""

    def register(method: Method) -> Any:
        @wraps(method)
        def run(self: Any, why: str, what: Any, messages: list[Received] | None) -> Any:
            consumer = f"{self.name}.{method.__name__}"

            def handler(messages: Sequence[Received], session: Session) -> None:
                method(self, Call(session, datetime.now(UTC)), messages)

            def alone(message: Received, session: Session) -> None:
                handler([message], session)

            if why == "delivery" and messages is not None:
                return _receive(self, consumer, what, messages, handler)
            return handle_again(self, method.__name__, what, alone)

        return BatchSubscription.decorator(source, *types, expected_exceptions=DATABASE_AWAY, **options)(run)

    return register


def _receive(
    service: Any,
    consumer: str,
    deliveries: list[Delivery],
    messages: list[Received],
    handler: Callable[[Sequence[Received], Session], None],
) -> None:
    together = inbox.receive_all(service.database, deliveries, partial(handler, messages))
    for delivery, message in zip(deliveries, messages, strict=True):
        with working_on(message, consumer):
            state = "handled" if together else inbox.receive(service.database, delivery, partial(handler, [message]))
            tell(message, consumer, state)
