"""A pool keeps few connections when it is quiet, and can grow again."""

import pytest
from sqlalchemy import Engine, text

from chassis.database import pool
from chassis.database.engine import connect
from chassis.database.pool import ShrinkingPool
from tests.patience import eventually

OPEN = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shrinking'")


@pytest.fixture
def engine(toy_engine: Engine) -> Engine:
    url = toy_engine.url.render_as_string(hide_password=False)
    return connect(url, application="shrinking", pool_size=3, statement_timeout=30, poolclass=ShrinkingPool)


def use(engine: Engine, count: int) -> None:
    """Use `count` connections at the same time."""
    connections = [engine.connect() for _ in range(count)]
    for connection in connections:
        connection.execute(text("SELECT 1"))
    for connection in connections:
        connection.close()


def opened(toy_engine: Engine) -> int:
    with toy_engine.connect() as connection:
        return int(connection.scalar(OPEN) or 0)


def test_unused_connections_are_closed(engine: Engine, toy_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    use(engine, 3)
    assert opened(toy_engine) == 3
    use(engine, 1)
    assert opened(toy_engine) == 3, "they were used a moment ago"
    monkeypatch.setattr(pool, "UNUSED", 0.0)
    use(engine, 1)
    eventually(lambda: opened(toy_engine) == 1)
    engine.dispose()


def test_it_grows_again_to_its_limit(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "UNUSED", 0.0)
    for _ in range(5):
        use(engine, 7)  # 3, and 4 that overflow
    assert isinstance(engine.pool, ShrinkingPool)
    assert (engine.pool.checkedin(), engine.pool.checkedout()) == (1, 0)
    engine.dispose()
