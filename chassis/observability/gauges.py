"""Gauges that are read at each Prometheus scrape, for each service of this process and for the process itself.

A gauge that needs a database or the broker is read only while the readiness check of that server passes. So a scrape stays
fast and has all other gauges while one server is unavailable.
"""

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from amqp.exceptions import NotFound
from sqlalchemy import Engine, text
from sqlalchemy.pool import QueuePool

from chassis import service_registry
from chassis.config import settings
from chassis.database import partitions
from chassis.messaging import alarm, broker, outbox, topology
from chassis.messaging.relay import contracts_of
from chassis.observability import checks, health, metrics
from chassis.observability.metrics import Sample
from chassis.rpc.client import makes_calls

UNSETTLED = text(
    "SELECT consumer, state, count(*) FROM inbox WHERE state IN ('retrying', 'held', 'parked') GROUP BY consumer, state"
)


def register(service_class: Any, engine: Engine, container: Any) -> None:
    """Register the gauges of a service. `container` is the nameko container. A service class may have its own gauges: a
    static method `gauges(engine)` that returns samples, and `GAUGES` with their help texts."""
    service = service_class.name
    add = metrics.gauge_collector.add
    add(f"{service} database", lambda: _if_check_passed(service, "database", lambda: _database_gauges(service, engine)))
    add(f"{service} pool", lambda: _pool_gauges(service, engine))
    add(f"{service} workers", lambda: _worker_gauges(service, container))
    queues = _QueueGauges(_queue_names(service_class))
    add(f"{service} queues", lambda: _if_check_passed("process", "broker", queues.samples))
    if own := getattr(service_class, "gauges", None):
        add(f"{service} own", lambda: _if_check_passed(service, "database", lambda: own(engine)), **service_class.GAUGES)
    _create_counters(service_class)
    add("process", _process_gauges)
    add("info", lambda: [("linli_info", {"version": version("linli"), "service": s}, 1.0) for s in _service_names()])


def _queue_names(service_class: Any) -> list[str]:
    """The queues that a service measures: its own, and those that it sends to. So there are figures of a queue while its
    consumer is away, which is when it grows."""
    service = service_class.name
    own = [f"rpc-{service}", broker.dead_letter_queue(service).name, *(q.name for q in topology.queues_of(service_class))]
    heard = {queue for contract in contracts_of(service_class) or () for queue in contract.queues}
    called = {f"rpc-{name}" for name in service_registry.names()} if makes_calls(service_class) else set()
    return [*own, *sorted((heard | called).difference(own))]


def _create_counters(service_class: Any) -> None:
    """Create the counters that alerts use, with the value 0. Prometheus does not see the first increase of a counter that
    appears with that increase."""
    service = service_class.name
    metrics.unroutable.labels(service)
    metrics.relay_published.labels(service)
    metrics.loop_failures.labels(f"{service}.relay")
    for method, _ in topology.subscriptions_of(service_class):
        for outcome in ("handled", "retrying", "parked"):
            metrics.messages.labels(f"{service}.{method}", outcome)


def _if_check_passed(service: str, check: str, source: Callable[[], Iterable[Sample]]) -> Iterable[Sample]:
    passed = any(r.ok for r in health.report().checks if (r.service, r.name) == (service, check))
    return source() if passed else ()


def _database_gauges(service: str, engine: Engine) -> Iterator[Sample]:
    count, age = outbox.backlog(engine)
    yield "linli_outbox_backlog", {"service": service}, float(count)
    yield "linli_outbox_oldest_seconds", {"service": service}, age
    with engine.connect() as connection:
        for consumer, state, number in connection.execute(UNSETTLED):
            yield "linli_inbox_unsettled", {"consumer": consumer, "state": state}, float(number)
        for table, left in partitions.ahead(connection, datetime.now(UTC)).items():
            yield "linli_partitions_ahead_seconds", {"service": service, "table": table}, left.total_seconds()


def _pool_gauges(service: str, engine: Engine) -> Iterator[Sample]:
    pool = engine.pool
    if isinstance(pool, QueuePool):
        yield "linli_db_connections", {"service": service, "state": "used"}, float(pool.checkedout())
        yield "linli_db_connections", {"service": service, "state": "idle"}, float(pool.checkedin())
        yield "linli_db_connections_limit", {"service": service}, float(pool.size() + pool._max_overflow)


def _worker_gauges(service: str, container: Any) -> Iterator[Sample]:
    yield "linli_workers_busy", {"service": service}, float(container._worker_pool.running())
    yield "linli_workers_limit", {"service": service}, float(container.max_workers)


def _process_gauges() -> Iterator[Sample]:
    for result in health.report().checks:
        yield "linli_check_ok", {"service": result.service, "check": result.name}, float(result.ok)
    yield "linli_broker_blocked", {}, float(alarm.raised())
    disk = shutil.disk_usage(settings().home)
    yield "linli_disk_free_bytes", {}, float(disk.free)
    yield "linli_disk_size_bytes", {}, float(disk.total)


def _service_names() -> list[str]:
    return sorted({result.service for result in health.report().checks if result.name == "database"})


class _QueueGauges:
    """Reads the messages and consumers of queues, over a cached connection. A queue that does not exist has no figures."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)
        self._connection: Any = None
        self._lock = threading.Lock()

    def samples(self) -> list[Sample]:
        """Raises a connection error."""
        with self._lock:
            try:
                return list(self._read())
            except BaseException:
                connection, self._connection = self._connection, None
                if connection is not None:
                    connection.collect()
                raise

    def _read(self) -> Iterator[Sample]:
        if self._connection is None:
            self._connection = checks.connect(settings().amqp_uri)
        channel = self._connection.channel()
        for name in self._names:
            try:
                declared = channel.queue_declare(name, passive=True)
            except NotFound:  # closes the channel
                channel = self._connection.channel()
                continue
            yield "linli_queue_messages", {"queue": name}, float(declared.message_count)
            yield "linli_queue_consumers", {"queue": name}, float(declared.consumer_count)
        channel.close()
