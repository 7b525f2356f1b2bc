"""The metrics that Prometheus scrapes on the side port. Label values are names from the code, never from requests.

docs/operations.md explains each metric to operators. The alerts are in deploy/observability/alerts.yml.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

rpc_seconds = Histogram(
    "linli_rpc_seconds",
    "Calls answered, from arrival to reply; result: ok, refused, error",
    ["service", "method", "result"],
    buckets=_SECONDS,
    registry=registry,
)
rpc_client_seconds = Histogram(
    "linli_rpc_client_seconds",
    "Calls made, from request to answer; result: ok, refused, unavailable, error",
    ["service", "method", "result"],
    buckets=_SECONDS,
    registry=registry,
)
rpc_expired = Counter(
    "linli_rpc_expired", "Requests dropped because their caller had given up", ["service", "method"], registry=registry
)
refusals = Counter("linli_refusals", "Refusals given, by code", ["service", "code"], registry=registry)
messages = Counter(
    "linli_messages",
    "Messages received; outcome: handled, duplicate, retrying, held, parked",
    ["consumer", "outcome"],
    registry=registry,
)
message_lag = Histogram(
    "linli_message_lag_seconds",
    "From the fact to its effect here, of messages handled at the first attempt",
    ["consumer"],
    buckets=(*_SECONDS, 30.0, 120.0),
    registry=registry,
)
relay_lag = Histogram(
    "linli_relay_lag_seconds",
    "From the fact to the broker's confirmation that it has the message",
    ["service"],
    buckets=(*_SECONDS, 30.0, 120.0),
    registry=registry,
)
loop_failures = Counter(
    "linli_loop_failures",
    "Background work (relay, retries, periodic methods) interrupted by an error",
    ["loop"],
    registry=registry,
)
relay_published = Counter("linli_relay_published", "Messages the broker has confirmed", ["service"], registry=registry)
unroutable = Counter(
    "linli_unroutable", "Passes of the relay that missed a queue which must hear", ["service"], registry=registry
)
http_seconds = Histogram(
    "linli_http_seconds", "HTTP requests answered", ["method", "route", "status"], buckets=_SECONDS, registry=registry
)
hub_lag = Gauge(
    "linli_hub_lag_seconds", "How late the event loop was last time it was asked to wake somebody", registry=registry
)

# Gauges that are read at each scrape: (name, labels, value), and the help text by name.
Sample = tuple[str, dict[str, str], float]
GAUGE_HELP = {
    "linli_outbox_backlog": "Messages committed and not yet published",
    "linli_outbox_oldest_seconds": "Age of the oldest message not yet published",
    "linli_inbox_unsettled": "Messages waiting for another attempt (retrying, held) or for an operator (parked)",
    "linli_partitions_ahead_seconds": "Time until the last partition of a table begins; later rows go into its default one",
    "linli_queue_messages": "Messages ready in a queue, from the broker; its consumer and its senders report the same value",
    "linli_queue_consumers": "Consumers of a queue, from the broker; its consumer and its senders report the same value",
    "linli_db_connections": "Database connections of this process; state: used, idle",
    "linli_db_connections_limit": "Database connections this process may open for the service",
    "linli_workers_busy": "Calls and messages in work",
    "linli_workers_limit": "Calls and messages that may be in work at once (LINLI_WORKERS)",
    "linli_check_ok": "1 if the readiness check passes, 0 if not",
    "linli_broker_blocked": "1 while the broker takes no messages, because it is short of memory or disk",
    "linli_disk_free_bytes": "Free space where LINLI_HOME is",
    "linli_disk_size_bytes": "Size of the file system where LINLI_HOME is",
    "linli_info": "1; which version serves what",
}


class GaugeCollector(Collector):
    """Collects gauges from sources at each scrape. The gauges of a source that fails are missing, and the scrape still
    succeeds. The health checks report the failed server."""

    def __init__(self) -> None:
        self._sources: dict[str, Callable[[], Iterable[Sample]]] = {}

    def add(self, name: str, source: Callable[[], Iterable[Sample]], **families: str) -> None:
        """Add a source, or replace the source with the same name. `families` are help texts of metrics that are not in
        GAUGE_HELP."""
        GAUGE_HELP.update(families)
        self._sources[name] = source

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for source in list(self._sources.values()):
            with suppress(Exception):
                for name, labels, value in list(source()):
                    if name not in families:
                        families[name] = GaugeMetricFamily(name, GAUGE_HELP[name], labels=list(labels))
                    families[name].add_metric(list(labels.values()), value)
        return families.values()


gauge_collector = GaugeCollector()
registry.register(gauge_collector)
