"""PostgreSQL's NOTIFY wakes, once, and a silent channel does not."""

import threading
import time

import pytest
from psycopg import OperationalError
from sqlalchemy import Engine, text

from chassis.database.listener import Listener
from tests.conftest import DatabaseOf
from tests.patience import eventually


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


def connections(engine: Engine) -> int:
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'linli-listener'"))
        return int(found or 0)


def test_all_listeners_of_a_database_share_a_connection(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    before = connections(engine)  # of other tests on this server
    with Listener(engine, "outbox") as first, Listener(engine, "inbox") as second, Listener(engine, "outbox") as third:
        assert connections(engine) == before + 1
        notify(engine, "outbox")
        assert first.wait(10)
        assert third.wait(10)
        assert not second.wait(0.1)
    eventually(lambda: connections(engine) == before)


def test_one_that_ends_leaves_the_others(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    with Listener(engine, "outbox") as stays:
        Listener(engine, "outbox").close()
        notify(engine, "outbox")
        assert stays.wait(10)


def test_after_a_cut_a_new_listener_connects_again(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    with Listener(engine, "outbox") as cut, Listener(engine, "inbox") as also_cut:
        with engine.begin() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'linli-listener'")
            )
        for bell in (cut, also_cut):
            with pytest.raises(OperationalError):
                bell.wait(10)
        with Listener(engine, "outbox") as again:
            notify(engine, "outbox")
            assert again.wait(10)


def test_many_come_and_go_at_once(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    errors: list[BaseException] = []

    def come_and_go() -> None:
        try:
            for _ in range(20):
                Listener(engine, "outbox").close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=come_and_go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
