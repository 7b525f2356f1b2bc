"""PostgreSQL's NOTIFY wakes, once, and a silent channel does not."""

import threading
import time

import pytest
from psycopg import OperationalError
from sqlalchemy import Engine, text

from chassis.database.listener import Listener
from tests.conftest import DatabaseOf


def notify(engine: Engine, channel: str, times: int = 1) -> None:
    """Of one transaction: the server sends them together. (It would fold equal ones into one.)"""
    with engine.begin() as connection:
        for number in range(times):
            connection.execute(text(f"NOTIFY {channel}, '{number}'"))


def test_it_wakes_once_for_all_that_came(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    with Listener(engine, "outbox") as bell:
        assert not bell.wait(0)
        notify(engine, "outbox", times=3)
        assert bell.wait(10)
        assert not bell.wait(0.05)


def test_it_wakes_who_waits(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    with Listener(engine, "outbox") as bell:
        heard: list[bool] = []
        waiting = threading.Thread(target=lambda: heard.append(bell.wait(30)))
        waiting.start()
        started = time.monotonic()
        notify(engine, "outbox")
        waiting.join(30)
        assert heard == [True]
        assert time.monotonic() - started < 15


def test_other_channels_are_not_heard(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    with Listener(engine, "outbox") as bell:
        notify(engine, "elsewhere")
        assert not bell.wait(0.1)


def test_a_cut_connection_is_said(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    with Listener(engine, "outbox") as bell:
        with engine.begin() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'linli-listener'")
            )
        with pytest.raises(OperationalError):
            for _ in range(3):  # the server's last words may come before the end
                bell.wait(10)
