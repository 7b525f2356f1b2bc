"""Handle messages in batches. Use it where handling one message is only an insert.

    @subscribe_in_batches("booking", "booking.#")
    def feed_booking(self, call: Call, messages: Sequence[Received]) -> None: ...

The guarantees are those of `@subscribe(…, ordered=True)`. Each message has its effect once. Messages of one subject are
handled in order. A message that fails is retried and parked alone. A batch is rolled back and its messages are received
one by one if a message was delivered before, must wait for an unsettled message, or fails.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from sqlalchemy.orm import Session

from chassis.database.engine import DATABASE_AWAY
from chassis.messaging.dispatch import Dispatcher, InBatches
from chassis.messaging.received import Received
from chassis.messaging.subscribe import Subscription, handle_again, receive
from chassis.rpc.call import Call

Method = Callable[[Any, Call, Sequence[Received]], None]
SIZE = 64


class BatchSubscription(Subscription):
    """The nameko entrypoint of `@subscribe_in_batches`."""

    def __init__(self, source: str, *types: str, **options: Any) -> None:
        super().__init__(source, *types, ordered=True, prefetch=2 * SIZE, **options)

    def dispatcher(self) -> Dispatcher:
        return InBatches(self, size=SIZE)


def subscribe_in_batches(source: str, *types: str, **options: Any) -> Callable[[Method], Any]:
    """Takes the same `types` and `options` as `@subscribe`. The messages of one subject are always handled in order."""

    def register(method: Method) -> Any:
        @wraps(method)
        def run(self: Any, why: str, what: Any, messages: Sequence[Received] | None) -> Any:
            consumer = f"{self.name}.{method.__name__}"

            def all_of(messages: Sequence[Received], session: Session) -> None:
                method(self, Call(session, datetime.now(UTC)), messages)

            def handler(message: Received, session: Session) -> None:
                all_of([message], session)

            if why == "delivery" and messages is not None:
                return receive(self.database, consumer, what, messages, handler, all_of)
            return handle_again(self, method.__name__, what, handler)

        return BatchSubscription.decorator(source, *types, expected_exceptions=DATABASE_AWAY, **options)(run)

    return register
