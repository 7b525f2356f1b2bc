"""Rows whose time is over go in batches, and one table's trouble is not the others'."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from chassis.background.expiry import BATCH, Expiry, delete_expired
from chassis.background.housekeeping import CHASSIS_EXPIRIES
from chassis.database.engine import connect

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
RULES = (
    Expiry("missing", "at", timedelta(days=1)),
    Expiry("aging", "at", timedelta(days=1), only="NOT wanted"),
)


@pytest.fixture
def aging(toy_engine: Engine) -> Engine:
    with toy_engine.begin() as connection:
        connection.execute(text("CREATE TABLE aging (number int, at timestamptz, wanted boolean)"))
        ages = [(number, NOW - timedelta(hours=20 + number), number == 7) for number in range(10)]  # from 4 on, it is over
        for number, at, wanted in ages:
            connection.execute(text("INSERT INTO aging VALUES (:n, :at, :w)"), {"n": number, "at": at, "w": wanted})
    return toy_engine


def left(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT number FROM aging ORDER BY number")))


def test_the_oldest_go_first_a_batch_at_a_time(aging: Engine) -> None:
    """Also if another table cannot be tidied."""
    assert delete_expired(aging, RULES, NOW, batch=3) is True
    assert left(aging) == [0, 1, 2, 3, 4, 5, 7]
    assert delete_expired(aging, RULES, NOW, batch=3) is False
    assert left(aging) == [0, 1, 2, 3, 7]


def test_what_another_replica_deletes_is_not_waited_for(aging: Engine) -> None:
    with holding(aging, "SELECT 1 FROM aging WHERE number = 9 FOR UPDATE"):
        assert delete_expired(aging, RULES, NOW, batch=10) is False
    assert left(aging) == [0, 1, 2, 3, 7, 9]


def test_a_batch_stays_under_the_time_limit(toy_engine: Engine) -> None:
    """A backlog of any size: each statement works on one batch."""
    engine = connect(toy_engine.url.render_as_string(hide_password=False), application="test", pool_size=1, statement_timeout=5)
    fill = "INSERT INTO idempotency SELECT 's', n::text, 'h', '\"a\"', now() - interval '2 days' FROM generate_series(1, :n) n"
    with engine.begin() as connection:
        connection.execute(text(fill), {"n": 12_000})
    passes = 1
    while delete_expired(engine, CHASSIS_EXPIRIES, datetime.now(UTC)):
        passes += 1
    assert passes == 12_000 // BATCH + 1
    engine.dispose()


@contextmanager
def holding(engine: Engine, statement: str) -> Iterator[None]:
    with engine.connect() as connection:
        connection.execute(text(statement))
        yield
        connection.rollback()
