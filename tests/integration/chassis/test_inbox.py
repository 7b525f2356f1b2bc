"""The inbox on its own: which failures are the message's, and which are the database's."""

from collections.abc import Iterator
from unittest.mock import Mock
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from chassis.database.engine import connect
from chassis.messaging import inbox, parking
from chassis.messaging.inbox import Delivery
from chassis.rpc.call import Outdated


@pytest.fixture
def impatient(toy_engine: Engine) -> Iterator[Engine]:
    """The toy's database, with statements that may take a fifth of a second."""
    url = toy_engine.url.render_as_string(hide_password=False)
    engine = connect(url, application="test", pool_size=2, statement_timeout=0.2)
    yield engine
    engine.dispose()


def delivery() -> Delivery:
    return Delivery(consumer="toy.hear", event_id=uuid4(), subject="s", headers={}, payload=b"{}", schedule=(0.0,))


def test_a_handler_that_is_always_too_slow_is_parked(impatient: Engine) -> None:
    """It must not be mistaken for a database that is away, which is waited for without end."""
    slow = delivery()

    def handler(session: Session) -> None:
        session.execute(text("SELECT pg_sleep(5)"))

    assert inbox.receive(impatient, slow, handler) == "retrying"
    assert inbox.retry(impatient, slow.consumer, slow.event_id, lambda row: (slow, handler)) == "parked"
    assert "statement timeout" in parking.parked(impatient)[0].reason


def test_what_is_too_large_for_postgresql_is_the_messages_fault(toy_engine: Engine) -> None:
    def handler(session: Session) -> None:
        session.execute(text("SELECT repeat('x', 2000000000)"))  # 54000, which psycopg counts as operational

    assert inbox.receive(toy_engine, delivery(), handler) == "retrying"


def test_a_connection_that_breaks_records_nothing(impatient: Engine) -> None:
    cut = delivery()

    def handler(session: Session) -> None:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(OperationalError):
        inbox.receive(impatient, cut, handler)
    with impatient.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM inbox")) == 0


def test_what_another_transaction_outdated_is_no_warning_until_it_is_parked(
    toy_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    outdated, log = delivery(), Mock()
    monkeypatch.setattr(inbox, "log", log)

    def handler(_: Session) -> None:
        raise Outdated()

    inbox.receive(toy_engine, outdated, handler)
    log.info.assert_called_once()
    log.warning.assert_not_called()
    inbox.retry(toy_engine, outdated.consumer, outdated.event_id, lambda row: (outdated, handler))
    log.warning.assert_called_once()
