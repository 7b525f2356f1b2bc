"""How we speak AMQP: names of exchanges and queues, JSON on the wire, and consumers that drain.

Exchange names are nameko's own (`booking.events`, routing key = message type), so a stock nameko `@event_handler`
can listen too. Everything published is also bound into `district.events`, where other systems subscribe.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from amqp.exceptions import RecoverableConnectionError
from amqp.platform import KNOWN_TCP_OPTS
from kombu import Connection, binding
from kombu.exceptions import OperationalError
from kombu.serialization import register
from nameko.amqp.consume import Consumer

from chassis.config import EMBEDDED, settings
from chassis.messaging.lasting import LastingExchange, LastingQueue

DISTRICT = LastingExchange("district.events", type="topic", durable=True)
DEAD_LETTERS = LastingExchange("dead-letters", type="direct", durable=True)
RPC = LastingExchange("nameko-rpc", type="topic", durable=True)
CONNECTION_LOST = (OSError, RecoverableConnectionError, OperationalError)
HEARTBEAT = 20
CONNECT_TIMEOUT = 2.0  # seconds; a broker is near
LOOK_EVERY = 1.0  # seconds between a consumer's looks at its connection: for heartbeats, and for a connection that was lost
LOOK_EVERY_EMBEDDED = 60.0  # inside the process there are no heartbeats, and a stop wakes the consumer
STALL = 10.0  # seconds that one read or write may take before the connection counts as lost

# py-amqp reads this option of a new socket and sets it to what it read. On Linux's loopback a read may give 32,768, and the
# kernel refuses to set more than 32,767: one connection in some hundreds failed with "Invalid argument".
KNOWN_TCP_OPTS.discard("TCP_MAXSEG")

register("json", lambda value: orjson.dumps(value).decode(), orjson.loads, "application/json", "utf-8")


def connection(uri: str | None = None, *, heartbeat: int = HEARTBEAT, **options: Any) -> Connection:
    """A declaration of a connection to the broker; kombu connects on first use. `heartbeat` in seconds; 0 for a connection
    that nobody looks after."""
    uri = uri or settings().amqp_uri
    if uri.startswith(EMBEDDED):
        import chassis.embedded.transport  # noqa: F401  registers the transport
    return Connection(uri, heartbeat=heartbeat, connect_timeout=CONNECT_TIMEOUT, **options)


def connected(uri: str | None = None, **options: Any) -> Connection:
    """A connection that is up. Raises a connection error at once where nobody listens, and after CONNECT_TIMEOUT per
    host where nobody answers (kombu's own `connect` pauses for two seconds before it says so)."""
    made = connection(uri, **options)
    try:
        made.ensure_connection(max_retries=max(len(made.alt) - 1, 0), interval_start=0, interval_step=0)
    except BaseException:
        made.release()
        raise
    never_wait_for_ever(made)
    return made


def never_wait_for_ever(connection: Connection, seconds: float = STALL) -> None:
    """Give up reads and writes on a connection that stalls: a broker that is frozen or behind a dead link sends no
    error, and py-amqp would wait for its answer, or for room to write, without end. py-amqp's own `read_timeout` is of no
    use: it sets SO_RCVTIMEO, which the non-blocking sockets of eventlet ignore."""
    transport = getattr(connection.connection, "transport", None)
    if (socket := getattr(transport, "sock", None)) is not None:
        socket.settimeout(seconds)


def events_exchange(service: str) -> LastingExchange:
    return LastingExchange(f"{service}.events", type="topic", durable=True)


def hints_exchange(service: str) -> LastingExchange:
    """For chassis.messaging.hints."""
    return LastingExchange(f"{service}.hints", type="topic", durable=True)


def rpc_queue(service: str) -> LastingQueue:
    """The requests to a service."""
    return LastingQueue(f"rpc-{service}", exchange=RPC, routing_key=f"{service}.*", durable=True)


def dead_letter_queue(service: str) -> LastingQueue:
    """Where the broker puts what killed a consumer again and again: the last line, after retries and parking."""
    return LastingQueue(
        f"dead-letters.{service}",
        exchange=DEAD_LETTERS,
        routing_key=service,
        durable=True,
        # RabbitMQ 4 drops what was returned 20 times, and every look at the queue (`linli dead-letters list`) returns it.
        queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": 1_000_000},
    )


def subscription_queue(name: str, source: str, types: Sequence[str], service: str, *, ordered: bool) -> LastingQueue:
    """A durable quorum queue. `ordered`: one active consumer at a time, so that order survives replicas. Arguments of
    an existing queue cannot change: a change here needs a new version in the queue's name."""
    arguments: dict[str, Any] = {
        "x-queue-type": "quorum",
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": DEAD_LETTERS.name,
        "x-dead-letter-routing-key": service,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    if ordered:
        arguments["x-single-active-consumer"] = True
    exchange = events_exchange(source)
    bindings = [binding(exchange, routing_key=type_) for type_ in types]
    return LastingQueue(name, bindings=bindings, durable=True, queue_arguments=arguments)


def _acknowledge_up_to(message: Any) -> None:
    if message.channel.connection:  # otherwise the broker has taken all of them back
        message.ack(multiple=True)


class DrainingConsumer(Consumer):  # type: ignore[misc]  # nameko is untyped
    """nameko's consumer, mended where it loses or repeats work:

    * `stop()` cancels the consumers but keeps the connection until every delivery is settled, so that work in flight
      is acknowledged and nobody runs it again;
    * an acknowledgement on a connection that died unnoticed is skipped (the broker has taken the message back)
      instead of killing the container;
    * content that cannot be decoded goes to `on_undecodable(message, error)` instead of being dropped;
    * acknowledgements from many workers are written one at a time;
    * a connection that a failed acknowledgement showed to be lost is begun anew: kombu would quietly connect again, and
      read for ever from a connection on which nobody consumes.

    `keep_order`: what is given back stays with this connection until it is closed, which puts everything in its place
    again. Put back one by one, a message may come again at once, and then end up behind those after it.

    `no_ack`: the broker counts a message as settled when it has sent it; there is nothing to acknowledge or give back, so
    that a heartbeat is all that the broker ever hears. kombu sends one only after a second without a message.
    """

    def __init__(self, *, on_undecodable: Any, keep_order: bool = False, no_ack: bool = False, **options: Any) -> None:
        super().__init__(settings().amqp_uri, heartbeat=HEARTBEAT, no_ack=no_ack, **options)
        self._undecodable, self._keep_order, self._no_ack = on_undecodable, keep_order, no_ack
        self._unsettled: dict[int, int] = {}  # delivery tags by the message's identity, in the order of delivery
        self._left_any = False
        self.stopping = threading.Event()
        self._consuming = False
        self._cancelled = False
        self._heartbeat_due = 0.0
        self._live: Sequence[Any] = ()
        self._channel: Any = None
        self._connection: Any = None
        self._writing = threading.Lock()

    @property
    def connection(self) -> Connection:
        return connection(self.amqp_uri)

    def stop(self) -> None:
        self.stopping.set()
        if not self._consuming:
            self.should_stop = True
            self.ready.set()
        self._look_now()

    def _look_now(self) -> None:
        """End the wait for a message, if the connection can do that: so `on_iteration` notices that the consumer stops. On
        RabbitMQ it notices that after LOOK_EVERY seconds."""
        underneath = self._channel.connection if self._consuming else None
        if (wake := getattr(underneath, "wake", None)) is not None:
            wake()

    @contextmanager
    def establish_connection(self) -> Iterator[Connection]:
        """Soon again after an outage, however long it was: kombu's pauses grow to half a minute."""
        with self.create_connection() as made:
            made.ensure_connection(
                self.on_connection_error, self.connect_max_retries, interval_start=0.2, interval_step=0.4, interval_max=2.0
            )
            never_wait_for_ever(made)
            yield made

    @contextmanager
    def extra_context(self, connection: Any, channel: Any) -> Iterator[None]:
        self._consuming, self._channel, self._connection = True, channel, connection
        try:
            yield
        finally:
            self._consuming = False
            if self.stopping.is_set():
                self.should_stop = True

    def on_connection_revived(self) -> None:
        self._unsettled.clear()
        self._left_any = False
        self._cancelled = False

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        if self.stopping.is_set():
            self.should_stop = True
            raise exc
        super().on_connection_error(exc, interval)

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Any:
        self._live = super().get_consumers(consumer_cls, channel)
        return self._live

    def on_iteration(self) -> None:
        if (underneath := self._channel.connection) is None or not getattr(underneath, "connected", True):
            raise RecoverableConnectionError("the connection was lost while nobody read from it")
        if (now := time.monotonic()) >= self._heartbeat_due:
            self._heartbeat_due = now + 1.0
            with self._writing:
                self._connection.heartbeat_check()
        if self.stopping.is_set():
            if not self._cancelled:
                self._cancelled = True
                for consumer in self._live:
                    consumer.cancel()
            if not self._unsettled:
                self.should_stop = True
                self._look_now()  # kombu waits for a message once more, before it sees `should_stop`

    def on_message(self, body: Any, message: Any) -> None:
        if self.stopping.is_set():
            self.requeue_message(message)
            return
        self._came(message)
        super().on_message(body, message)

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        self._came(message)
        self._undecodable(message, exc)

    def _came(self, message: Any) -> None:
        if not self._no_ack:
            self._unsettled[id(message)] = message.delivery_tag

    def ack_message(self, message: Any) -> None:
        self._settle(super().ack_message, message)

    def ack_messages(self, messages: Sequence[Any]) -> None:
        """Acknowledge messages that came in this order: with one frame, unless something that came before the last of
        them is not settled, which that would settle too."""
        last = messages[-1].delivery_tag
        up_to_last = sum(tag <= last for tag in self._unsettled.values())
        if self._left_any or up_to_last != len(messages) or not all(id(one) in self._unsettled for one in messages):
            for message in messages:
                self.ack_message(message)
            return
        for message in messages[:-1]:
            self._unsettled.pop(id(message), None)
        self._settle(_acknowledge_up_to, messages[-1])

    def requeue_message(self, message: Any) -> None:
        """For the next consumer; with `keep_order` only once this consumer has stopped, which it must do soon."""
        self._settle(self._leave if self._keep_order else super().requeue_message, message)

    def _leave(self, _message: Any) -> None:
        """Unsettled."""
        self._left_any = True

    def _settle(self, how: Any, message: Any) -> None:
        if self._no_ack:
            return
        try:
            with self._writing:
                how(message)
        except CONNECTION_LOST:
            pass  # the broker has taken the message back
        finally:
            self._unsettled.pop(id(message), None)
            if self.stopping.is_set():
                self._look_now()

    def run_until_stopped(self) -> None:
        """What the consumer's thread runs. Ends when stopped, also while the broker cannot be reached."""
        try:
            self.run(safety_interval=LOOK_EVERY_EMBEDDED if self.amqp_uri.startswith(EMBEDDED) else LOOK_EVERY)
        except CONNECTION_LOST:
            if not self.stopping.is_set():
                raise
