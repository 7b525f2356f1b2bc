"""Metrics of notifications, beside the chassis's own metrics."""

from collections.abc import Iterator
from itertools import product

from prometheus_client import Counter
from sqlalchemy import Engine, text

from chassis.database.engine import reading
from chassis.observability.metrics import Sample, registry
from services.notify.interface.addresses import ADDRESS_CHANNELS
from services.notify.interface.notifications import CHANNELS

notifications = Counter(
    "linli_notifications",
    "Notifications by what they came to; in_app ones are delivered at once",
    ["channel", "state"],
    registry=registry,
)
attempts = Counter(
    "linli_notify_attempts",
    "Attempts to send; outcome: delivered, try_again, rejected, lost",
    ["channel", "outcome"],
    registry=registry,
)
GAUGES = {
    "linli_notify_waiting": "Notifications on their way (queued, sending)",
    "linli_notify_oldest_seconds": "Age of the oldest notification on its way",
}
_WAITING = text(
    "SELECT channel, count(*), extract(epoch FROM now() - min(created_at)) FROM notification "
    "WHERE state IN ('queued', 'sending') GROUP BY channel"
)


def waiting(engine: Engine) -> Iterator[Sample]:
    """Count and age (seconds) of the notifications that are queued or being sent, by channel."""
    with reading(engine) as session:
        found = {channel: (count, age) for channel, count, age in session.execute(_WAITING)}
    for channel in ADDRESS_CHANNELS:
        count, age = found.get(channel, (0, 0.0))
        yield "linli_notify_waiting", {"channel": channel}, float(count)
        yield "linli_notify_oldest_seconds", {"channel": channel}, float(age)


def _begin_at_zero() -> None:
    """Create every series with the value 0. A rate over a series that appears with its first count misses that count."""
    for channel, state in product(CHANNELS, ("delivered", "failed", "unknown", "cancelled")):
        notifications.labels(channel, state)
    for channel, outcome in product(ADDRESS_CHANNELS, ("delivered", "try_again", "rejected", "lost")):
        attempts.labels(channel, outcome)


_begin_at_zero()
