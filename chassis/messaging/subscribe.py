"""Subscribe to the messages of other services.

    @subscribe("booking", "booking.confirmed.v1", "booking.cancelled.v1", reader=BookingMessage, ordered=True)
    def on_booking(self, call: Call, message: Received) -> None: ...

Each handler has one durable quorum queue for all its message types, so that their order is kept. The handler runs in the
inbox's transaction (chassis.messaging.inbox), so that its effect happens once. `reader` is a tolerant marshmallow schema of
the fields that the handler uses, or a mapping from type to schema. A message that the reader cannot load is parked. Without
a reader, the handler gets the data unchanged.

Each message is handled in a transaction of its own. Inside the embedded default, an ordered handler handles the messages that
came together in one transaction (chassis.messaging.dispatch). If one of them cannot be handled, all are rolled back, and each
is handled again in its own transaction. The guarantees are the same.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial, wraps
from typing import Any
from uuid import UUID

from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint
from sqlalchemy import Engine, Row
from sqlalchemy.orm import Session

from chassis.config import settings
from chassis.database.engine import DATABASE_AWAY, engine_of
from chassis.messaging import broker, inbox, outbox, parking
from chassis.messaging.dispatch import BySubject, Dispatcher, InBatches
from chassis.messaging.inbox import DEFAULT_SCHEDULE, Delivery
from chassis.messaging.lasting import LastingQueue
from chassis.messaging.received import Reader, Received, Unreadable, adopting, log_outcome, raw, read, working_on
from chassis.rpc.call import Call


class Subscription(Entrypoint):  # type: ignore[misc]  # nameko is untyped
    """The nameko entrypoint of `@subscribe`."""

    def __init__(
        self,
        source: str,
        *types: str,
        reader: Reader = None,
        ordered: bool = False,
        version: int = 1,
        schedule: Sequence[float] = DEFAULT_SCHEDULE,
        prefetch: int = 8,
        **options: Any,
    ) -> None:
        self.source, self.types, self.reader, self.ordered = source, types, reader, ordered
        self.queue_version, self.schedule, self.prefetch = version, tuple(schedule), prefetch
        super().__init__(**options)

    def queue_of(self, service: str, method: str) -> LastingQueue:
        """Return the queue of this subscription. `linli topology` also declares it, so that messages wait for a consumer
        that has not started yet."""
        name = f"evt-{self.source}--{service}.{method}.v{self.queue_version}"
        return broker.subscription_queue(name, self.source, self.types, service, ordered=self.ordered)

    def setup(self) -> None:
        self.service = self.container.service_name
        self.consumer_name = f"{self.service}.{self.method_name}"
        self._dispatcher = self.dispatcher()
        self.consumer = broker.DrainingConsumer(
            queues=[self.queue_of(self.service, self.method_name)],
            callbacks=[self.on_delivery],
            prefetch_count=self.prefetch,
            accept=["json"],
            on_undecodable=self.park,
            keep_order=True,
        )

    def start(self) -> None:
        self._thread = self.container.spawn_managed_thread(self.consumer.run_until_stopped)
        self.consumer.wait_until_consumer_ready()

    def stop(self) -> None:
        self.consumer.stop()
        self._thread.wait()

    # --- deliveries of the broker ---

    def dispatcher(self) -> Dispatcher:
        """What decides when the messages are handled."""
        if self.ordered and settings().embedded_broker:
            return InBatches(self, size=self.prefetch)
        return BySubject(self, ordered=self.ordered)

    def on_delivery(self, _body: Any, message: Any) -> None:
        try:
            received = read(message.headers, raw(message), self.reader)
        except Unreadable as error:
            self.park(message, error)
            return
        if isinstance(self.reader, Mapping) and received.type not in self.reader:
            self.consumer.ack_message(message)  # the binding is from an earlier version of this handler
            return
        self._dispatcher.take(message, received)

    def park(self, message: Any, error: Exception) -> None:
        self.container.spawn_managed_thread(partial(self._park, message, error))

    def _park(self, message: Any, error: Exception) -> None:
        reason, engine = f"cannot be read: {error}", engine_of(self.service)
        if parking.park_patiently(engine, self.consumer_name, message, reason, stopping=self.consumer.stopping):
            self.consumer.ack_message(message)
        else:
            self.consumer.requeue_message(message)

    def delivery_of(self, received: Received, payload: bytes) -> Delivery:
        return Delivery(
            consumer=self.consumer_name,
            event_id=received.event_id,
            subject=received.subject,
            headers=received.headers,
            payload=payload,
            ordered=self.ordered,
            schedule=self.schedule,
        )

    def work(self, arguments: tuple[Any, ...], settle: Callable[..., Any], give_back: Callable[[], Any]) -> None:
        """Run the method in a worker. Waits until a worker is free. Calls `give_back` if the container is being killed."""
        try:
            self.container.spawn_worker(self, arguments, {}, handle_result=settle)
        except ContainerBeingKilled:
            give_back()

    # --- calls of the retry loop (chassis.messaging.retries) ---

    def try_again(self, event_id: UUID, done: Callable[[Any], None]) -> None:
        """Run a due message of the inbox in a worker, then call `done(state)`. The state is None if the worker failed."""

        def settle(worker: Any, state: Any, exc_info: Any) -> tuple[Any, Any]:
            done(None if exc_info else state)
            return state, exc_info

        self.container.spawn_managed_thread(partial(self.work, ("retry", event_id, None), settle, partial(done, None)))

    def prepare(self, row: Row[Any]) -> tuple[Delivery, Received]:
        """Parse a row of the inbox. Raises Unreadable."""
        payload = bytes(row.payload)
        received = read(row.headers, payload, self.reader)
        return self.delivery_of(received, payload), received


Method = Callable[[Any, Call, Received], None]


def subscribe(source: str, *types: str, **options: Any) -> Callable[[Method], Any]:
    """Make a method the handler of messages that the service `source` publishes. `types` are routing keys; `*` and `#` are
    allowed. Options:

    - `reader`: the schema of the data, or a mapping from type to schema
    - `ordered`: handle the messages of one subject one after the other
    - `version`: the version of the queue; increase it when the arguments of the queue change
    - `schedule`: seconds between attempts
    - `prefetch`: messages that the broker sends ahead
    """

    def register(method: Method) -> Any:
        @wraps(method)
        def run(self: Any, why: str, what: Any, messages: Sequence[Received] | None) -> Any:
            consumer = f"{self.name}.{method.__name__}"

            def handler(received: Received, session: Session) -> None:
                method(self, Call(session, datetime.now(UTC)), received)

            def all_of(messages: Sequence[Received], session: Session) -> None:
                announced = outbox.collect(session)
                for received in messages:
                    with working_on(received, consumer):
                        handler(received, session)
                outbox.insert(session, announced)

            if why == "delivery" and messages is not None:
                return receive(self.database, consumer, what, messages, handler, all_of, traced=True)
            return handle_again(self, method.__name__, what, handler)

        return Subscription.decorator(source, *types, expected_exceptions=DATABASE_AWAY, **options)(run)

    return register


def receive(
    engine: Engine,
    consumer: str,
    deliveries: Sequence[Delivery],
    messages: Sequence[Received],
    handler: Callable[[Received, Session], None],
    handler_of_all: Callable[[Sequence[Received], Session], None],
    *,
    traced: bool = False,
) -> None:
    """Handle several messages in one transaction by `handler_of_all`. If there is only one, or if that is not possible, handle
    each in its own transaction by `handler`. `traced`: `handler_of_all` opens the span of each message."""
    together = len(messages) > 1 and inbox.receive_all(engine, deliveries, partial(handler_of_all, messages))
    for delivery, message in zip(deliveries, messages, strict=True):
        with adopting(message, consumer) if together and traced else working_on(message, consumer):
            state = "handled" if together else inbox.receive(engine, delivery, partial(handler, message))
            log_outcome(message, consumer, state)


def handle_again(service: Any, method: str, event_id: UUID, handler: Callable[[Received, Session], None]) -> inbox.State | None:
    """Run `handler` for a due message of the inbox. `method` is the name of the subscribed method. See inbox.retry."""
    entrypoint: Subscription = next(e for e in service.retries.subscriptions if e.method_name == method)

    def prepare(row: Row[Any]) -> tuple[Delivery, inbox.Handler]:
        delivery, received = entrypoint.prepare(row)

        def again(session: Session) -> None:
            with working_on(received, entrypoint.consumer_name):
                handler(received, session)

        return delivery, again

    return inbox.retry(service.database, entrypoint.consumer_name, event_id, prepare)
