"""The standard health checks, against a real database and broker."""

import pytest
from sqlalchemy import Engine, create_engine, text

from chassis.observability import checks, health
from chassis.observability.checks import BrokerCheck, CheckFailed
from chassis.observability.health import Registry
from tests.conftest import DatabaseOf

_WAITING = """
    INSERT INTO outbox (event_id, type, aggregate_id, version, community_id, partition, occurred_at, headers, data)
    VALUES (gen_random_uuid(), 't', gen_random_uuid(), 1, 'liuyi', 0, now() - make_interval(secs => :age), '{}', '{}')
"""


def run(engine: Engine, statement: str, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def test_a_database_that_answers(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    checks.database_answers(engine)
    assert engine.pool.checkedin() == 1, "it did not ask the database, or kept the connection"


def test_migrations(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    checks.migrations_applied("booking", engine)
    run(engine, "DELETE FROM alembic_version")
    with pytest.raises(CheckFailed, match="linli migrate booking"):
        checks.migrations_applied("booking", engine)


def test_a_database_newer_than_the_code_will_do(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    run(engine, "UPDATE alembic_version SET version_num = 'from_the_future'")
    assert checks.missing_migrations("booking", engine) == []


def test_the_relay_may_be_a_little_behind(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    run(engine, _WAITING, age=5)
    checks.relay_keeps_up(engine)
    run(engine, _WAITING, age=60)
    with pytest.raises(CheckFailed, match="2 messages wait to be published, the oldest for 6"):
        checks.relay_keeps_up(engine)


def test_a_broker_that_is_away_and_comes_back(vhost_uri: str) -> None:
    check = BrokerCheck("amqp://guest:guest@127.0.0.1:1//")
    with pytest.raises(CheckFailed, match="does not answer"):
        check()
    check._uri = vhost_uri
    check()
    check._connection.collect()  # as if it had been cut
    check()
    check._uri = "amqp://guest:guest@127.0.0.1:1//"
    check()  # the connection is kept


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    registry = Registry(timeout=20)
    monkeypatch.setattr(health, "register", registry.register)
    return registry


def test_what_a_service_registers(database_of: DatabaseOf, registry: Registry) -> None:
    engine = database_of("booking")
    run(engine, _WAITING, age=60)
    checks.register_standard("booking", engine, "embedded://checks")
    checked = {(r.service, r.name): r.ok for r in registry.report().checks}
    assert checked == {
        ("booking", "database"): True,
        ("booking", "migrations"): True,
        ("booking", "relay"): False,
        ("process", "broker"): True,
    }


def test_a_database_that_is_away_fails_its_checks_only(registry: Registry) -> None:
    checks.register_standard("booking", create_engine("postgresql+psycopg://nobody@127.0.0.1:1/booking"), "embedded://checks")
    failed = {r.name for r in registry.report().checks if not r.ok}
    assert failed == {"database", "migrations", "relay"}
