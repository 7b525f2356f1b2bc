"""Subscribe to the messages of other services.

    @subscribe("booking", "booking.confirmed.v1", "booking.cancelled.v1", reader=BookingMessage, ordered=True)
    def on_booking(self, call: Call, message: Received) -> None: ...

Each handler has one durable quorum queue for all its message types, so that their order is kept. The handler runs in the
inbox's transaction (chassis.messaging.inbox), so that its effect happens once. `reader` is a tolerant marshmallow schema of
the fields that the handler uses, or a mapping from type to schema. A message that the reader cannot load is parked. Without
a reader, the handler gets the data unchanged.

`@broadcast` delivers a message to every replica, without receipt and without retry. Use it for caches and live pages, which
may miss a message.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial, wraps
from typing import Any
from uuid import UUID, uuid4

import orjson
from kombu import Queue, binding
from marshmallow import EXCLUDE, Schema, ValidationError
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint
from sqlalchemy import Row
from sqlalchemy.orm import Session

from chassis.database.engine import engine_of
from chassis.messaging import broker, inbox
from chassis.messaging.inbox import DATABASE_AWAY, DEFAULT_SCHEDULE, Delivery
from chassis.observability import metrics, telemetry
from chassis.rpc.call import Call

log = telemetry.get_logger(__name__)
Reader = type[Schema] | Mapping[str, type[Schema]] | None


@dataclass(frozen=True, slots=True)
class Received:
    """A parsed message. `subject` is the id of the aggregate, `version` its version. `occurred_at` is aware."""

    event_id: UUID
    type: str
    source: str
    subject: str
    version: int
    community_id: str
    occurred_at: datetime
    data: dict[str, Any]
    headers: dict[str, Any]


class Unreadable(Exception):
    """The message has another format than ours, or the handler's reader cannot load it."""


def read(headers: Mapping[str, Any], body: bytes, reader: Reader) -> Received:
    """Parse a message in CloudEvents binary mode. Raises Unreadable."""
    try:
        type_ = str(headers["ce-type"])
        schema = reader.get(type_) if isinstance(reader, Mapping) else reader
        data = orjson.loads(body)
        if not isinstance(data, dict):
            raise Unreadable("the body is not a JSON object")
        return Received(
            event_id=UUID(str(headers["ce-id"])),
            type=type_,
            source=str(headers["ce-source"]),
            subject=_name(headers["ce-subject"]),
            version=int(headers["ce-sequence"]),
            community_id=_name(headers["ce-communityid"]),
            occurred_at=_instant(str(headers["ce-time"])),
            data=schema(unknown=EXCLUDE).load(data) if schema else data,
            headers=dict(headers),
        )
    except KeyError as error:
        raise Unreadable(f"header {error} is missing") from error
    except ValidationError as error:
        raise Unreadable(f"data: {error.messages}") from error
    except ValueError as error:
        raise Unreadable(str(error)) from error


def _name(value: object) -> str:
    """Return `value` as an id. Ids are stored, indexed and compared. Raises Unreadable if the id is too long, or has
    characters that cannot be printed."""
    name = str(value)
    if not name.isprintable() or len(name) > LONGEST_NAME:
        raise Unreadable(f"not an id: {name[:LONGEST_NAME]!r}")
    return name


LONGEST_NAME = 200


def _instant(text: str) -> datetime:
    """Parse an ISO 8601 time. Raises ValueError if it has no offset."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"ce-time has no offset: {text}")
    return instant


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

    def queue_of(self, service: str, method: str) -> Queue:
        """Return the queue of this subscription. `linli topology` also declares it, so that messages wait for a consumer
        that has not started yet."""
        name = f"evt-{self.source}--{service}.{method}.v{self.queue_version}"
        return broker.subscription_queue(name, self.source, self.types, service, ordered=self.ordered)

    def setup(self) -> None:
        self.service = self.container.service_name
        self.consumer_name = f"{self.service}.{self.method_name}"
        self._lanes: dict[str, deque[tuple[Any, Received]]] = {}
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

    def on_delivery(self, _body: Any, message: Any) -> None:
        try:
            received = read(message.headers, raw(message), self.reader)
        except Unreadable as error:
            self.park(message, error)
            return
        if isinstance(self.reader, Mapping) and received.type not in self.reader:
            self.consumer.ack_message(message)  # the binding is from an earlier version of this handler
            return
        self.take(message, received)

    def take(self, message: Any, received: Received) -> None:
        """Start to work on the message. An ordered subscription waits until the earlier messages of its subject are
        settled."""
        if not self.ordered:
            self._work_on(message, received)
            return
        lane = self._lanes.setdefault(received.subject, deque())
        lane.append((message, received))
        if len(lane) == 1:
            self._work_on(message, received)

    def park(self, message: Any, error: Exception) -> None:
        self.container.spawn_managed_thread(partial(self._park, message, error))

    def _park(self, message: Any, error: Exception) -> None:
        reason, engine = f"cannot be read: {error}", engine_of(self.service)
        if inbox.park_patiently(engine, self.consumer_name, message, reason, stopping=self.consumer.stopping):
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

    def _work_on(self, message: Any, received: Received) -> None:
        arguments = ("delivery", self.delivery_of(received, raw(message)), received)
        self.spawn(arguments, partial(self._settle, message, received), partial(self.consumer.requeue_message, message))

    def spawn(self, arguments: tuple[Any, ...], settle: Callable[..., Any], give_back: Callable[[], Any]) -> None:
        """Call `work` in a greenlet."""
        self.container.spawn_managed_thread(partial(self.work, arguments, settle, give_back))

    def work(self, arguments: tuple[Any, ...], settle: Callable[..., Any], give_back: Callable[[], Any]) -> None:
        """Run the method in a worker. Waits until a worker is free. Calls `give_back` if the container is being killed."""
        try:
            self.container.spawn_worker(self, arguments, {}, handle_result=settle)
        except ContainerBeingKilled:
            give_back()

    def _settle(self, message: Any, received: Received, worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        if exc_info is None:
            self.consumer.ack_message(message)
            self._next_in_lane(received)
        elif self.consumer.stopping.is_set():
            self._give_back(message, received)
        else:
            # The database is unavailable; every other failure is recorded in the inbox. Keep the delivery, free the
            # worker and try again later. When all prefetched messages wait like this, the broker sends no more.
            self.container.spawn_managed_thread(partial(self._when_back, message, received))
            return result, None
        return result, exc_info

    def _when_back(self, message: Any, received: Received) -> None:
        if self.consumer.stopping.wait(1.0):
            self._give_back(message, received)
        else:
            self._work_on(message, received)

    def _give_back(self, message: Any, received: Received) -> None:
        """Return the message to the broker, together with the messages that wait behind it. This consumer will not handle
        any of them."""
        lane = self._lanes.pop(received.subject) if self.ordered else [(message, received)]
        for waiting, _ in lane:
            self.consumer.requeue_message(waiting)

    def _next_in_lane(self, received: Received) -> None:
        if not self.ordered:
            return
        lane = self._lanes[received.subject]
        lane.popleft()
        if lane:
            self._work_on(*lane[0])
        else:
            del self._lanes[received.subject]

    # --- calls of the retry loop (chassis.messaging.retries) ---

    def try_again(self, event_id: UUID, done: Callable[[Any], None]) -> None:
        """Run a due message of the inbox in a worker, then call `done(state)`. The state is None if the worker failed."""

        def settle(worker: Any, state: Any, exc_info: Any) -> tuple[Any, Any]:
            done(None if exc_info else state)
            return state, exc_info

        self.spawn(("retry", event_id, None), settle, partial(done, None))

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
        def run(self: Any, why: str, what: Any, received: Received | None) -> Any:
            consumer = f"{self.name}.{method.__name__}"

            def handler(received: Received, session: Session) -> None:
                method(self, Call(session, datetime.now(UTC)), received)

            if why == "delivery" and received is not None:
                with working_on(received, consumer):
                    state = inbox.receive(self.database, what, partial(handler, received))
                    tell(received, consumer, state)
                return state

            return handle_again(self, method.__name__, what, handler)

        return Subscription.decorator(source, *types, expected_exceptions=DATABASE_AWAY, **options)(run)

    return register


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


def working_on(received: Received, consumer: str) -> AbstractContextManager[None]:
    """Give this greenlet the correlation id and trace of the message, and open a span around the block."""
    telemetry.adopt(received.headers)
    telemetry.bind(consumer=consumer)
    attributes = {"messaging.message.id": str(received.event_id), "messaging.destination.name": received.type}
    return telemetry.traces.span(consumer, "consumer", **attributes)


def tell(received: Received, consumer: str, state: inbox.State) -> None:
    if state in ("retrying", "parked"):  # the inbox has logged the reason
        telemetry.traces.describe(failed=True)
    if state in ("handled", "duplicate", "held"):
        log.info("message received", type=received.type, event_id=str(received.event_id), state=state)
    if state == "handled":
        lag = (datetime.now(UTC) - received.occurred_at).total_seconds()
        metrics.message_lag.labels(consumer).observe(max(0.0, lag))


class Broadcast(Entrypoint):  # type: ignore[misc]  # nameko is untyped
    """The nameko entrypoint of `@broadcast`. It has an exclusive queue, which the broker deletes when this replica stops."""

    def __init__(self, source: str, *types: str, **options: Any) -> None:
        self.source, self.types = source, types
        super().__init__(**options)

    def setup(self) -> None:
        name = f"evt-{self.source}--{self.container.service_name}.{self.method_name}-{uuid4().hex}"
        exchange = broker.events_exchange(self.source)
        queue = Queue(
            name,
            bindings=[binding(exchange, routing_key=t) for t in self.types],
            durable=False,
            exclusive=True,
            auto_delete=True,
        )
        self.consumer = broker.DrainingConsumer(
            queues=[queue], callbacks=[self.on_delivery], accept=["json"], on_undecodable=self.ignore, no_ack=True
        )

    def start(self) -> None:
        self._thread = self.container.spawn_managed_thread(self.consumer.run_until_stopped)
        self.consumer.wait_until_consumer_ready()

    def stop(self) -> None:
        self.consumer.stop()
        self._thread.wait()

    def on_delivery(self, _body: Any, message: Any) -> None:
        try:
            received = read(message.headers, raw(message), None)
        except Unreadable as error:
            self.ignore(message, error)
            return
        self.container.spawn_managed_thread(partial(self._hear, received))

    def _hear(self, received: Received) -> None:
        try:
            self.container.spawn_worker(self, (received,), {})
        except ContainerBeingKilled:
            log.info("broadcast not heard: stopping", event_id=str(received.event_id))

    def ignore(self, message: Any, error: Exception) -> None:
        log.warning("broadcast cannot be read", error=str(error))


def broadcast(source: str, *types: str) -> Callable[[Callable[[Any, Received], None]], Any]:
    """Make a method `def heard(self, message: Received) -> None` the handler of messages that every replica gets. A failure
    is logged. The message is not delivered again."""

    def register(method: Callable[[Any, Received], None]) -> Any:
        @wraps(method)
        def run(self: Any, message: Received) -> None:
            with working_on(message, f"{self.name}.{method.__name__}"):
                method(self, message)

        return Broadcast.decorator(source, *types)(run)

    return register


def raw(message: Any) -> bytes:
    """Return the body of the broker's message as bytes."""
    body = message.body
    return body.encode() if isinstance(body, str) else bytes(body)
