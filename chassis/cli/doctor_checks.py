"""The checks of `linli doctor` for settings and databases. Each yields its findings, with advice if something is wrong."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.fernet import Fernet
from environs import EnvError
from sqlalchemy import Engine, text

from chassis import service_registry
from chassis.cli import default_passwords
from chassis.cli.demo import is_loopback
from chassis.config import every_variable, settings, values_of
from chassis.database import partitions
from chassis.messaging.outbox import backlog
from chassis.observability.checks import RELAY_LAG, missing_migrations
from chassis.observability.findings import Finding

OLDEST_POSTGRESQL = 150_000
CLOCK_SKEW = 5.0  # seconds between us and the database


def check_settings() -> list[Finding]:
    """Check that every variable can be parsed, and that the values fit together."""
    try:
        config = settings()
        values_of(every_variable())
    except (EnvError, OSError) as error:
        return [Finding("wrong", "settings", str(error), "`linli config` lists every setting")]
    found = [*_unknown_variables()]
    if config.demo and not is_loopback(config.public_address):
        found.append(
            Finding("wrong", "LINLI_DEMO", f"demo accounts on {config.public_address}, with public passwords", "unset it")
        )
    try:
        ZoneInfo(config.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        found.append(Finding("wrong", "LINLI_TIME_ZONE", f"no time zone {config.time_zone!r}", "use one like Asia/Shanghai"))
    found += _check_encryption_keys(config.encryption_keys)
    if len(config.secret) < 32:
        found.append(
            Finding("wrong", "LINLI_SECRET", "shorter than 32 characters", "make it longer, the same for all services")
        )
    if config.workers < 2:
        found.append(Finding("wrong", "LINLI_WORKERS", f"{config.workers} is too few", "use at least 2; the default is 16"))
    found += _check_shared_secrets(config)
    for name in default_passwords.found():
        state: Literal["note", "wrong"] = "note" if config.demo else "wrong"
        found.append(
            Finding(state, name, "has a default password, which everybody knows", "set another one there and at its server")
        )
    if not os.access(config.home, os.W_OK):
        found.append(Finding("wrong", "LINLI_HOME", f"{config.home} cannot be written", "check its owner, or set another"))
    if not any(finding.state == "wrong" for finding in found):
        found.append(Finding("ok", "settings", f"{len(every_variable())} settings"))
    return found


def _unknown_variables() -> Iterator[Finding]:
    known = {variable.name for variable in every_variable()} | {
        f"LINLI_DATABASE_URL_{service.upper()}" for service in service_registry.names()
    }
    for name in sorted(os.environ):
        if name.startswith("LINLI_") and name not in known and not name.startswith("LINLI_TEST_"):
            yield Finding("note", name, "no such setting; misspelt?", "`linli config` lists every setting")


def _check_encryption_keys(keys: tuple[str, ...]) -> Iterator[Finding]:
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            yield Finding("wrong", "LINLI_ENCRYPTION_KEYS", f"key {number} is not a Fernet key", "32 bytes, URL-safe base64")


def _check_shared_secrets(config: Any) -> Iterator[Finding]:
    """All processes need the same secrets. Only processes on one machine share a generated file."""
    if not config.embedded_broker:
        for name in ("LINLI_SECRET", "LINLI_ENCRYPTION_KEYS", "LINLI_VERIFY_KEYS"):
            if not os.environ.get(name):
                text = f"generated in {config.home}: services on other machines do not have it"
                yield Finding("note", name, text, "set it, the same everywhere")


def check_database(service: str, engine: Engine) -> Iterator[Finding]:
    """Check the version, the clock, migrations, free space, the outbox's backlog, locks, partitions and parked messages.
    Raises the database's error if it does not answer or has no space."""
    with engine.connect() as connection:
        number = int(connection.scalar(text("SHOW server_version_num")) or 0)
        now: datetime = connection.scalar(text("SELECT clock_timestamp()"))
    skew = abs((datetime.now(UTC) - now).total_seconds())
    if number < OLDEST_POSTGRESQL:
        yield Finding("wrong", service, f"PostgreSQL {number // 10_000} is too old", "use 15 or later")
    if skew > CLOCK_SKEW:
        yield Finding("wrong", service, f"the database's clock differs by {skew:.0f} s", "synchronise the clocks (NTP)")
    if missing := missing_migrations(service, engine):
        yield Finding("wrong", service, f"{len(missing)} migrations are missing", f"linli migrate {service}")
        return
    check_space(engine)
    count, age = backlog(engine)
    if age > RELAY_LAG:
        message = f"{count} messages wait to be published, the oldest for {age:.0f} s: {_unpublished_types(engine)}"
        yield Finding(
            "wrong",
            service,
            message,
            "does the service run and reach the broker? no queue: `linli topology`; a full one: its consumer",
        )
    yield from check_locks(service, engine)
    yield from check_partitions(service, engine)
    parked, waiting = _count_unsettled(engine)
    if parked:
        yield Finding("wrong", service, f"{parked} messages are parked", "`linli dead-letters list`, then redrive or drop")
    if waiting:
        yield Finding("note", service, f"{waiting} messages wait for another attempt", "")
    yield Finding("ok", service, f"PostgreSQL {number // 10_000}.{number % 10_000}, tables up to date, {count} to publish")


def check_space(engine: Engine) -> None:
    """Raises the database's error if no table can grow. While its disk is full, PostgreSQL still answers reads. Leaves nothing
    behind."""
    with engine.connect() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE linli_doctor AS SELECT repeat('x', 7000) FROM generate_series(1, 20)"))
        connection.rollback()


def check_partitions(service: str, engine: Engine) -> Iterator[Finding]:
    """Find tables without a partition for the next period. Their rows are then not dropped by partition."""
    with engine.connect() as connection:
        late = [table for table, left in partitions.ahead(connection, datetime.now(UTC)).items() if left <= timedelta(0)]
    if late:
        message = f"no partitions for later rows of: {', '.join(sorted(late))}"
        yield Finding("wrong", service, message, "does the service run? log lines `partitions are changed later` say why not")


LONG_WAIT = 2.0  # seconds; a shorter wait for a lock or a shorter idle transaction is not reported


def check_locks(service: str, engine: Engine) -> Iterator[Finding]:
    """Find idle transactions that hold locks, and statements that wait for a lock. Both can use up the connection pool."""
    with engine.connect() as connection:
        sessions = connection.execute(text(_ACTIVITY), {"long": LONG_WAIT}).all()
    for idle in (s for s in sessions if s.idle):
        message = f"process {idle.pid} of {idle.who} is idle in a transaction for {idle.seconds:.0f} s, with what it has locked"
        do = f"is that process stopped or stuck? its log; `SELECT pg_terminate_backend({idle.pid})` ends the transaction"
        yield Finding("wrong", service, message, do)
    if waiting := [s for s in sessions if not s.idle]:
        blockers = sorted({pid for s in waiting for pid in s.blockers})
        message = f"{len(waiting)} statements wait for a lock, the longest for {waiting[0].seconds:.0f} s; held by {blockers}"
        do = "`SELECT * FROM pg_stat_activity WHERE pid = …` says who holds it; pg_terminate_backend(…) ends that"
        yield Finding("wrong", service, message, do)


_ACTIVITY = """
    SELECT pid, who, blockers, idle, extract(epoch FROM clock_timestamp() - since)::float AS seconds
    FROM (SELECT pid, coalesce(nullif(application_name, ''), usename::text) AS who, pg_blocking_pids(pid) AS blockers,
            state LIKE 'idle in transaction%' AS idle,
            CASE WHEN state = 'active' THEN query_start ELSE state_change END AS since
        FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND (state LIKE 'idle in transaction%' OR state = 'active' AND wait_event_type = 'Lock')) sessions
    WHERE clock_timestamp() - since > :long * interval '1 second'
    ORDER BY seconds DESC
"""


def _unpublished_types(engine: Engine) -> str:
    query = (
        "SELECT DISTINCT type FROM (SELECT type FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT 1000) o ORDER BY 1"
    )
    with engine.connect() as connection:
        return ", ".join(connection.scalars(text(query)))


def _count_unsettled(engine: Engine) -> tuple[int, int]:
    query = """
        SELECT count(*) FILTER (WHERE state = 'parked'), count(*) FILTER (WHERE state IN ('retrying', 'held'))
        FROM inbox WHERE state IN ('parked', 'retrying', 'held')
    """
    with engine.connect() as connection:
        parked, waiting = connection.execute(text(query)).one()
    return int(parked), int(waiting)
