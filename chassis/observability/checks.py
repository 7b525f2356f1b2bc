"""The standard readiness checks of every service: database, migrations, relay and broker."""

import threading
from typing import Any

from cachetools import TTLCache, cached
from sqlalchemy import Engine, text

from chassis.database import migrate
from chassis.messaging import alarm, broker, outbox
from chassis.observability import health, telemetry

log = telemetry.get_logger(__name__)
RELAY_LAG = 30.0  # seconds a message may wait for the relay
BLOCKED = "the broker takes no messages, because it is short of memory or disk"
MIGRATIONS_CACHED = 30.0  # seconds that a passed migration check is cached; a running process does not get newer code


class CheckFailed(Exception):
    """A check failed. The text is one sentence for operators."""


def register_standard(service: str, engine: Engine, amqp_uri: str) -> None:
    """Register the standard checks of `service` for /readyz. Its gauges for /metrics are in chassis.observability.gauges."""
    health.register(service, "database", lambda: database_answers(engine))
    cache_result = cached(TTLCache(1, MIGRATIONS_CACHED), condition=threading.Condition())
    health.register(service, "migrations", cache_result(lambda: migrations_applied(service, engine)))
    health.register(service, "relay", lambda: relay_keeps_up(engine))
    health.register("process", "broker", BrokerCheck(amqp_uri))


def database_answers(engine: Engine) -> None:
    """Raises SQLAlchemy's error if the database does not answer."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def migrations_applied(service: str, engine: Engine) -> None:
    """Raises CheckFailed if a migration is missing."""
    if missing := missing_migrations(service, engine):
        raise CheckFailed(f"{len(missing)} migrations are missing: run `linli migrate {service}`")


def relay_keeps_up(engine: Engine) -> None:
    """Raises CheckFailed if a committed message has waited for more than 30 s, and health.Degraded if it has because the broker
    takes no messages."""
    count, age = outbox.backlog(engine)
    if age > RELAY_LAG:
        problem = f"{count} messages wait to be published, the oldest for {age:.0f} s"
        raise health.Degraded(f"{problem}: {BLOCKED}") if alarm.raised() else CheckFailed(problem)


def missing_migrations(service: str, engine: Engine) -> list[str]:
    """Return the revisions that the database lacks. The list is empty if the database is newer than the code: a rolling
    upgrade migrates first, and the new tables still fit the old code."""
    try:
        return migrate.pending(service, engine)
    except migrate.UnknownRevision as error:
        log.warning("the database is newer than the code", service=service, reason=str(error))
        return []


class BrokerCheck:
    """Opens and closes a channel on a cached connection. After a failure it opens a new connection. Raises CheckFailed, and
    health.Degraded while the broker answers and takes no messages."""

    def __init__(self, amqp_uri: str) -> None:
        self._uri = amqp_uri
        self._connection: Any = None

    def __call__(self) -> None:
        try:
            if self._connection is None:
                self._connection = connect(self._uri)
            self._connection.channel().close()
        except Exception as error:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.collect()
            raise CheckFailed(f"the broker does not answer: {type(error).__name__}: {error}") from error
        if alarm.raised():
            raise health.Degraded(BLOCKED)


def connect(amqp_uri: str, timeout: float = 2.0) -> Any:
    """Open a connection without heartbeats. Each read and each write time out after `timeout` seconds. Raises kombu's
    errors."""
    connection = broker.connected(amqp_uri, heartbeat=0)
    broker.never_wait_for_ever(connection, timeout)
    return connection
