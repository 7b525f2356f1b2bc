"""What operators count of notifications, beside the chassis's own figures."""

from collections.abc import Iterator
from itertools import product

from prometheus_client import Counter
from sqlalchemy import Engine, text

from chassis.observability.metrics import Sample, registry
from services.notify.models.notification import CHANNELS, EMAIL, SMS

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
FIGURES = {
    "linli_notify_waiting": "Notifications on their way (queued, sending)",
    "linli_notify_oldest_seconds": "Age of the oldest notification on its way",
}
_WAITING = text(
    "SELECT channel, count(*), extract(epoch FROM now() - min(created_at)) FROM notification "
    "WHERE state IN ('queued', 'sending') GROUP BY channel"
)


def waiting(engine: Engine) -> Iterator[Sample]:
    """How many notifications are on their way, and for how long."""
    with engine.connect() as connection:
        found = {channel: (count, age) for channel, count, age in connection.execute(_WAITING)}
    for channel in (EMAIL, SMS):
        count, age = found.get(channel, (0, 0.0))
        yield "linli_notify_waiting", {"channel": channel}, float(count)
        yield "linli_notify_oldest_seconds", {"channel": channel}, float(age)


def _begin_at_zero() -> None:
    """Known values exist from the start: a rate over a series that appears with its first count misses that count."""
    for channel, state in product(CHANNELS, ("delivered", "failed", "unknown", "cancelled")):
        notifications.labels(channel, state)
    for channel, outcome in product((EMAIL, SMS), ("delivered", "try_again", "rejected", "lost")):
        attempts.labels(channel, outcome)


_begin_at_zero()
