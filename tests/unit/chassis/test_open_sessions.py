"""Nobody waits for another system while they hold a database session."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from threading import Thread

import eventlet
import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from chassis.database.engine import SessionOpen, expect_no_open_session, reading, transaction
from chassis.rpc.client import RpcClient
from chassis.rpc.context import CallContext
from chassis.rpc.identity import ANONYMOUS

Open = Callable[[Engine], AbstractContextManager[Session]]
opened = pytest.mark.parametrize("open_session", [transaction, reading])


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    yield engine
    engine.dispose()


def is_free() -> bool:
    try:
        expect_no_open_session("a test")
    except SessionOpen:
        return False
    return True


@opened
def test_a_session_is_open_until_its_block_ends(engine: Engine, open_session: Open) -> None:
    assert is_free()
    with open_session(engine):
        assert not is_free()
        with transaction(engine):
            assert not is_free()
        assert not is_free()
    assert is_free()


@opened
def test_a_block_that_raises_ends_too(engine: Engine, open_session: Open) -> None:
    with pytest.raises(ZeroDivisionError), open_session(engine):
        _ = 1 / 0
    assert is_free()


@opened
def test_an_engine_that_is_away_leaves_nothing_open(open_session: Open) -> None:
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Exception, match="connection"), open_session(away) as session:
        session.connection()
    assert is_free()


@opened
def test_other_threads_and_greenlets_are_free(engine: Engine, open_session: Open) -> None:
    seen: list[bool] = []
    with open_session(engine):
        thread = Thread(target=lambda: seen.append(is_free()))
        thread.start()
        thread.join()
        eventlet.spawn(lambda: seen.append(is_free())).wait()
    assert seen == [True, True]


@opened
def test_no_call_is_made_inside_a_session(engine: Engine, open_session: Open) -> None:
    """The call is refused before anything of the client is used, so one without a broker will do."""
    with open_session(engine), pytest.raises(SessionOpen, match=r"booking\.book_space"):
        RpcClient().call("booking", "book_space", {}, CallContext(ANONYMOUS))
