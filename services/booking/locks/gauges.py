"""Metrics of locks."""

from collections.abc import Iterator

from sqlalchemy import Engine, text

from chassis.database.engine import reading
from chassis.observability.metrics import Sample

GAUGES = {
    "linli_locks_failing_seconds": "How long the bridge of a lock has not confirmed its codes, of the lock that waits longest",
}
_FAILING = text(
    "SELECT coalesce(extract(epoch FROM now() - min(failing_since)), 0) FROM door_lock_state WHERE failing_since IS NOT NULL"
)


def failing(engine: Engine) -> Iterator[Sample]:
    with reading(engine) as session:
        seconds = session.scalar(_FAILING) or 0
    yield "linli_locks_failing_seconds", {}, float(seconds)
