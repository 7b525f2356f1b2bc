"""Carry committed messages to the broker, in order, as often as it takes.

Every replica of a service runs a relay; they share the work by advisory locks on partitions, so that all messages of
one aggregate pass through one relay at a time. A pass takes what is pending, publishes it with pipelined confirms,
marks it, and commits; killed anywhere in between, the next relay publishes it again and the inboxes drop what they
have. Woken by NOTIFY, with one second as the fallback.
"""

import random
import time
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson
from nameko.extensions import DependencyProvider
from sqlalchemy import Connection, Engine, Row, text

from chassis.background.loop import Loop
from chassis.config import settings
from chassis.database import tables
from chassis.database.engine import engine_of
from chassis.messaging import alarm, broker, outbox
from chassis.messaging.contracts import Contracts
from chassis.messaging.envelope import Envelope
from chassis.messaging.epochs import Epochs
from chassis.messaging.publish import ConfirmedPublisher, QueueFull, confirmed_publisher
from chassis.observability import metrics, telemetry

log = telemetry.get_logger(__name__)

BATCH = 500
PARTITIONS_AT_ONCE = 4  # so that several relays find something each
LOOK_EVERY = 10.0  # seconds, for the queues that must hear
POLL = 1.0  # seconds between passes without a notification
# The embedded broker sends no heartbeats, and nobody else publishes what is pending here.
POLL_EMBEDDED = 30.0
# All processes of the embedded default share one machine. Under steady load, a pass for several messages needs a fraction of
# the CPU time of a pass for each.
PACE_EMBEDDED = 0.1
_LOCK_SPACE = 0x11_17

# CASE fixes the order: only a partition with something pending is locked.
_TAKE_PARTITIONS = text(
    """
    SELECT p FROM (SELECT (n + :first) % :partitions AS p FROM generate_series(0, :partitions - 1) n) parts
    WHERE CASE WHEN EXISTS (SELECT 1 FROM outbox WHERE partition = p AND published_at IS NULL)
               THEN pg_try_advisory_xact_lock(:space, p::int) ELSE false END
    LIMIT :most
    """
)
_PENDING = text(
    """
    SELECT o.* FROM unnest(CAST(:partitions AS smallint[])) p CROSS JOIN LATERAL (
        SELECT seq, event_id, type, aggregate_id, version, community_id, occurred_at, headers, data
        FROM outbox WHERE partition = p AND published_at IS NULL ORDER BY seq LIMIT :each) o
    """
)
# Without what waits for a queue, and what follows that: else it would hide everything behind it, as the first of each
# partition are taken.
_PENDING_HEARD = text(
    """
    SELECT o.* FROM unnest(CAST(:partitions AS smallint[])) p CROSS JOIN LATERAL (
        SELECT seq, event_id, type, aggregate_id, version, community_id, occurred_at, headers, data
        FROM outbox WHERE partition = p AND published_at IS NULL AND type <> ALL(:unheard) AND NOT EXISTS (
            SELECT FROM outbox e WHERE e.aggregate_id = outbox.aggregate_id AND e.version < outbox.version
                AND coalesce(e.published_at, 'infinity') = 'infinity' AND e.type = ANY(:unheard))
        ORDER BY seq LIMIT :each) o
    """
)
_MARK = text("UPDATE outbox SET published_at = now() WHERE seq = ANY(:seqs)")


class Relay(DependencyProvider):  # type: ignore[misc]  # nameko is untyped
    """Runs while its service runs."""

    def setup(self) -> None:
        service = self.container.service_name
        self._relay = OutboxRelay(service, engine_of(service), contracts_of(self.container.service_cls))

    def start(self) -> None:
        relay = self._relay
        self._loop = Loop(
            f"{relay.service}.relay",
            relay.run_once,
            seconds=relay.pause,
            engine=relay.engine,
            wake_on=outbox.CHANNEL,
            pace=PACE_EMBEDDED if settings().embedded_broker else 0.0,
        )
        self.container.spawn_managed_thread(self._loop.run)

    def stop(self) -> None:
        self._loop.stop()
        self._relay.close()


def contracts_of(service_class: Any) -> Contracts | None:
    """The contracts of the service's `contracts/` folder; None for a service that publishes nothing."""
    from importlib.resources import files
    from pathlib import Path

    package = service_class.__module__.rpartition(".")[0]
    if not package:
        return None
    folder = Path(str(files(package))) / "contracts"
    return Contracts(folder, service_class.name) if folder.is_dir() else None


class OutboxRelay:
    """One relay of `service`; `engine` is its database."""

    def __init__(self, service: str, engine: Engine, contracts: Contracts | None) -> None:
        self.service, self.engine = service, engine
        self._exchange = broker.events_exchange(service).name
        self._types_of_queue: dict[str, list[str]] = defaultdict(list)
        for contract in contracts or ():
            for queue in contract.queues:
                self._types_of_queue[queue].append(contract.type)
        self._must_be_heard = frozenset(contract.type for contract in contracts or () if contract.queues)
        self._unheard: frozenset[str] = frozenset()  # types that a queue is missing for
        self._looked_at = float("-inf")
        self._publisher: ConfirmedPublisher | None = None
        self._epochs = Epochs([0])
        self._first = count(random.randrange(outbox.PARTITIONS))  # noqa: S311  where to begin, not a secret
        self._published_since_mark = False
        self._pending_may_wait = True  # the last pass may have left messages
        # Once a queue was full, and until nothing waits any more, only one message of each aggregate at a time: it may
        # be refused while a later one finds room.
        self._one_each = False
        if settings().embedded_broker:
            publish_again(engine)

    def pause(self) -> float:
        """Seconds until the next pass, unless a notification comes."""
        if settings().embedded_broker and not self._published_since_mark and not self._pending_may_wait:
            return POLL_EMBEDDED
        return POLL

    def run_once(self) -> bool:
        """One pass. True if more may be pending, so that the next pass follows at once. Does nothing while the broker takes no
        messages (chassis.messaging.alarm)."""
        if alarm.raised():
            self._wait_out_alarm()
            return False
        if self._publisher is None:
            self._publisher = _declared_publisher(self.service)
            self._epochs = Epochs.of(self.engine)
            self._looked_at = float("-inf")
        try:
            if self._looked_at + LOOK_EVERY < time.monotonic():
                self._look(self._publisher)
            published = self._pass(self._publisher)
        except Exception:
            self.close()
            raise
        if not published:
            self._publisher.keep_alive()
            self._mark_drained()
        return published

    def _wait_out_alarm(self) -> None:
        """Read whether the alarm is over. A connection that is lost says nothing about it any more."""
        try:
            if self._publisher is not None:
                self._publisher.keep_alive()
        except Exception:
            self.close()
            raise

    def _look(self, publisher: ConfirmedPublisher) -> None:
        """Whether everybody is there who must hear. The broker tells of a message that no queue took, not of one that one
        of two did."""
        missing = publisher.bind(self._exchange, self._types_of_queue)
        self._unheard = frozenset(type_ for queue in missing for type_ in self._types_of_queue[queue])
        self._looked_at = time.monotonic()
        if missing:
            metrics.unroutable.labels(self.service).inc()
            log.error("queues that must hear are missing: run `linli topology`", service=self.service, queues=sorted(missing))

    def _pass(self, publisher: ConfirmedPublisher) -> bool:
        self._pending_may_wait = True
        with self.engine.begin() as connection:
            partitions = self._take(connection)
            if not partitions:
                self._one_each = self._pending_may_wait = False
                return False
            rows = self._pending(connection, partitions)
            with telemetry.traces.publishing((row.seq, row.type, row.headers) for row in rows) as traced:
                returned, refused = self._publish(publisher, [self._envelope(row, traced.get(row.seq, {})) for row in rows])
            settled = self._settled(rows, returned, refused)
            self._measure(rows, set(settled))
            if settled:
                connection.execute(_MARK, {"seqs": settled})
        self._published_since_mark |= bool(settled)
        # Then every message that was pending has been published: a later one comes with its own notification.
        took_all = len(partitions) < PARTITIONS_AT_ONCE and len(rows) < BATCH // len(partitions) and not self._unheard
        self._pending_may_wait = self._one_each or not took_all or len(settled) < len(rows)
        return bool(settled) and self._pending_may_wait

    def _publish(self, publisher: ConfirmedPublisher, envelopes: list[Envelope]) -> tuple[set[str], set[str]]:
        """Message ids that no queue took, and that a full one refused."""
        try:
            return publisher.publish(envelopes), set()
        except QueueFull as full:
            log.warning("a queue is full", service=self.service, refused=len(full.refused), sent=len(envelopes))
            self._one_each = True
            return full.returned, full.refused

    def _measure(self, rows: list[Row[Any]], settled: set[int]) -> None:
        metrics.relay_published.labels(self.service).inc(len(settled))
        lag, now = metrics.relay_lag.labels(self.service), datetime.now(UTC)
        for row in rows:
            if row.seq in settled:
                lag.observe(max(0.0, (now - row.occurred_at).total_seconds()))

    def _take(self, connection: Connection) -> list[int]:
        parameters = {
            "first": next(self._first) * PARTITIONS_AT_ONCE % outbox.PARTITIONS,
            "partitions": outbox.PARTITIONS,
            "space": _LOCK_SPACE,
            # Of those that only hold what waits for a queue, others would have to wait for their turn.
            "most": outbox.PARTITIONS if self._unheard else PARTITIONS_AT_ONCE,
        }
        return list(connection.scalars(_TAKE_PARTITIONS, parameters))

    def _pending(self, connection: Connection, partitions: list[int]) -> list[Row[Any]]:
        parameters = {"partitions": partitions, "each": BATCH // len(partitions)}
        # Partition by partition, a backlog of few aggregates would reach a consumer that keeps order as long runs of one
        # and the same, which it can only work off one by one.
        found = (
            connection.execute(_PENDING_HEARD, parameters | {"unheard": list(self._unheard)})
            if self._unheard
            else connection.execute(_PENDING, parameters)
        )
        rows = sorted(found, key=lambda row: row.seq)
        if self._one_each:
            return list({row.aggregate_id: row for row in reversed(rows)}.values())
        return rows

    def _settled(self, rows: list[Row[Any]], returned: set[str], refused: set[str]) -> list[int]:
        """Sequence numbers to mark. A message that somebody here must hear and that no queue took, or that a full one
        refused, stays, and so does what follows it of the same aggregate; one that nobody here listens to is done."""
        unroutable = {row.aggregate_id for row in rows if str(row.event_id) in returned and row.type in self._must_be_heard}
        stuck = unroutable | {row.aggregate_id for row in rows if str(row.event_id) in refused}
        if unroutable:  # a queue has gone since it was looked for
            self._looked_at = float("-inf")
            metrics.unroutable.labels(self.service).inc()
            log.error("no queue takes messages that must be heard: run `linli topology`", service=self.service)
        return [row.seq for row in rows if row.aggregate_id not in stuck]

    def _envelope(self, row: Row[Any], trace: dict[str, str]) -> Envelope:
        return Envelope(
            exchange=self._exchange,
            routing_key=row.type,
            body=orjson.dumps(row.data),
            headers=cloud_event_headers(self.service, row, self._epochs) | trace,
            properties={
                "content_type": "application/json",
                "content_encoding": "utf-8",
                "delivery_mode": 2,
                "message_id": str(row.event_id),
            },
        )

    def _mark_drained(self) -> None:
        """On the embedded broker, note when it was last seen empty: what was published before has been handled."""
        if not self._published_since_mark or not settings().embedded_broker:
            return
        from chassis.embedded.transport import broker_of

        broker = broker_of(settings().amqp_uri)
        if not broker.idle(ignoring="rpc"):
            return  # as most often, and without a statement
        with self.engine.begin() as connection:
            before = connection.scalar(text("SELECT now()"))
            if broker.idle(ignoring="rpc"):
                connection.execute(_REMEMBER, {"name": "drained", "at": before})
                self._published_since_mark = False

    def close(self) -> None:
        if self._publisher is not None:
            with suppress(Exception):
                self._publisher.close()
        self._publisher = None


_REMEMBER = text("INSERT INTO relay_state (name, at) VALUES (:name, :at) ON CONFLICT (name) DO UPDATE SET at = excluded.at")


def publish_again(engine: Engine) -> None:
    """The embedded broker forgets when its process ends: publish again what was not known to be handled by then."""
    statement = text(
        """
        UPDATE outbox SET published_at = NULL WHERE published_at >=
            coalesce((SELECT at FROM relay_state WHERE name = 'drained'), '-infinity'::timestamptz)
        """
    )
    with engine.begin() as connection:
        if again := connection.execute(statement).rowcount:
            log.info("publishing again what may not have been handled", messages=again)


def _declared_publisher(service: str) -> ConfirmedPublisher:
    """A publisher whose exchange exists and leads into `district.events`."""
    from chassis.messaging.topology import ensure_publisher

    ensure_publisher(service)
    return confirmed_publisher()


def cloud_event_headers(service: str, row: Row[Any], epochs: Epochs) -> dict[str, Any]:
    """CloudEvents 1.0, AMQP binary mode. `ce-sequence` is the aggregate's version with the epoch in front, to sort as text."""
    occurred: datetime = row.occurred_at
    return {
        **row.headers,
        "ce-specversion": "1.0",
        "ce-id": str(row.event_id),
        "ce-source": service,
        "ce-type": row.type,
        "ce-time": occurred.isoformat(),
        "ce-subject": str(row.aggregate_id),
        "ce-partitionkey": str(row.aggregate_id),
        "ce-sequence": epochs.sequence(row.seq, row.version),
        "ce-communityid": row.community_id,
        "ce-dataschema": f"urn:linli:{row.type}",
    }


def status(engine: Engine) -> dict[str, Any]:
    """What operators ask: pending messages, age of the oldest in seconds, when the last one was published."""
    pending, oldest = outbox.backlog(engine)
    with engine.connect() as connection:
        last = connection.scalar(text(f"SELECT max(published_at) FROM {tables.outbox.name}"))  # noqa: S608  a constant
    return {"pending": pending, "oldest_seconds": oldest, "last_published_at": last}
