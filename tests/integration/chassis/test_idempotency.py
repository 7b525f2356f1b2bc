"""Answers kept with their effect: side by side, after a crash, encrypted, and forgotten in time."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from chassis.background.expiry import delete_expired
from chassis.background.housekeeping import CHASSIS_EXPIRIES
from chassis.database.engine import transaction
from chassis.messaging import outbox
from chassis.rpc import idempotency
from chassis.rpc.call import Call, Outdated, Unavailable
from chassis.rpc.context import CallContext
from chassis.rpc.idempotency import AlreadyAnswered, InFlight, KeyReused, Request
from chassis.rpc.refusal import Refusal
from chassis.rpc.run_once import run_once
from tests.patience import eventually
from tests.toy.service import TooHigh, counted

REQUEST = Request(scope="someone", key="k", hash="h")


def answer(engine: Engine, request: Request, value: Any) -> Any:
    with transaction(engine) as session:
        if (stored := idempotency.stored_answer(session, request)) is not None:
            return stored
        idempotency.store(session, request, {"value": value})
    return {"value": value}


def test_the_first_answer_stays(toy_engine: Engine) -> None:
    assert answer(toy_engine, REQUEST, 1) == {"value": 1}
    assert answer(toy_engine, REQUEST, 2) == {"value": 1}
    assert answer(toy_engine, Request("somebody else", "k", "h"), 3) == {"value": 3}


def test_another_request_with_the_key_is_refused(toy_engine: Engine) -> None:
    answer(toy_engine, REQUEST, 1)
    with pytest.raises(KeyReused):
        answer(toy_engine, Request("someone", "k", "other"), 2)


def test_a_request_in_work_refuses_its_twin(toy_engine: Engine) -> None:
    with transaction(toy_engine) as session:
        assert idempotency.stored_answer(session, REQUEST) is None
        with pytest.raises(InFlight):
            answer(toy_engine, REQUEST, 2)
        idempotency.store(session, REQUEST, {"value": 1})
    assert answer(toy_engine, REQUEST, 2) == {"value": 1}


def test_without_a_look_up_the_unique_key_still_guards(toy_engine: Engine) -> None:
    answer(toy_engine, REQUEST, 1)
    with pytest.raises(AlreadyAnswered), transaction(toy_engine) as session:
        session.execute(text("INSERT INTO counter VALUES ('effect', 1, 1)"))
        idempotency.store(session, REQUEST, {"value": 2})
    with toy_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM counter")) == 0, "the second effect stayed"


def test_sixteen_at_once_have_one_effect(toy_engine: Engine) -> None:
    outcomes: list[Any] = []
    start = threading.Barrier(16)

    def ask(number: int) -> None:
        start.wait()
        try:
            outcomes.append(answer(toy_engine, REQUEST, number)["value"])
        except (InFlight, AlreadyAnswered) as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 16
    assert len({outcome for outcome in outcomes if isinstance(outcome, int)}) == 1


@pytest.mark.parametrize("chosen", [True, False], ids=["the caller's key", "our own key"])
def test_what_the_broker_delivers_twice_is_answered_as_the_first(toy_engine: Engine, chosen: bool) -> None:
    """The second must not find the first one in its way, and say no."""
    context = CallContext(key_from_caller=chosen, request_hash="h")
    at_work, go_on = threading.Event(), threading.Event()
    take = text("INSERT INTO counter VALUES ('the court', 1, 1) ON CONFLICT DO NOTHING RETURNING value")

    def first(session: Session) -> dict[str, Any]:
        value = session.scalar(take)
        at_work.set()
        assert go_on.wait(10)
        return {"value": value}

    def second(session: Session) -> dict[str, Any]:
        if session.scalar(take) is None:
            raise TooHigh(limit=1)
        return {"value": 2}

    with ThreadPoolExecutor(2) as both:
        answered = both.submit(run_once, toy_engine, context, False, first)
        assert at_work.wait(10)
        again = both.submit(run_once, toy_engine, context, True, second)
        eventually(lambda: _somebody_waits(toy_engine) or again.done())
        go_on.set()
        assert answered.result().result == again.result().result == {"value": 1}


def _somebody_waits(engine: Engine) -> bool:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with engine.connect() as connection:
        return connection.scalar(text(waiting)) is not None


def test_a_twin_that_looks_while_the_first_commits_gets_its_answer(toy_engine: Engine) -> None:
    """The look-up begins before the first request commits, and gets the lock of the key after it."""
    context = CallContext(idempotency_key="a key", key_from_caller=True, request_hash="h")

    def take(session: Session) -> dict[str, Any]:
        taken = session.scalar(text("INSERT INTO counter VALUES ('court', 1, 1) ON CONFLICT DO NOTHING RETURNING value"))
        if taken is None:
            raise TooHigh(limit=1)
        return {"value": taken}

    with gate_before_the_lock(toy_engine) as (gated, open_gate), ThreadPoolExecutor(1) as elsewhere:
        twin = elsewhere.submit(run_once, gated, context, False, take)
        eventually(lambda: _somebody_waits(toy_engine) or twin.done())
        first = run_once(toy_engine, context, False, take)
        open_gate()
        assert twin.result().to_json() == first.to_json()
        assert first.result == {"value": 1}


@contextmanager
def gate_before_the_lock(engine: Engine) -> Iterator[tuple[Engine, Callable[[], None]]]:
    """An engine whose look-ups stop before they try to get the lock of a key, and a function that lets them go on."""
    function = """
        CREATE FUNCTION public.pg_try_advisory_xact_lock(key bigint) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN pg_catalog.pg_try_advisory_xact_lock(key); END $$
    """
    gated = create_engine(engine.url, connect_args={"options": "-c search_path=public,pg_catalog"})
    with engine.begin() as connection:
        connection.execute(text(function))
    with engine.connect() as gate:
        gate.execute(text("SELECT pg_advisory_xact_lock(42)"))
        try:
            yield gated, gate.rollback
        finally:
            gate.rollback()
            gated.dispose()


def test_a_refusal_is_not_the_answer_if_a_twin_had_success(toy_engine: Engine) -> None:
    """The lock of the key ends with the refused transaction. A twin may succeed before the refusal is stored."""
    context = CallContext(idempotency_key="a key", key_from_caller=True, request_hash="h")
    twins: list[Any] = []

    def refuse(session: Session) -> dict[str, Any]:
        raise TooHigh(limit=1)

    def when_rolled_back(*_: object) -> None:
        if not twins:
            twins.append(None)
            twins[0] = run_once(toy_engine, context, False, lambda session: {"value": 1})

    event.listen(toy_engine, "checkin", when_rolled_back)
    answered = run_once(toy_engine, context, False, refuse)
    assert answered.to_json() == twins[0].to_json()
    assert answered.result == {"value": 1}


def test_answers_cannot_be_read_in_the_table(toy_engine: Engine) -> None:
    answer(toy_engine, REQUEST, "the token shown once")
    with toy_engine.connect() as connection:
        assert "token" not in connection.scalar(text("SELECT answer::text FROM idempotency"))


def test_old_rows_go_and_unfinished_ones_stay(toy_engine: Engine) -> None:
    answer(toy_engine, REQUEST, 1)
    old = text(
        """
        UPDATE idempotency SET created_at = now() - interval '25 hours';
        INSERT INTO inbox (consumer, event_id, state, received_at)
            SELECT 'c', gen_random_uuid(), state, now() - interval '61 days'
            FROM unnest(ARRAY['handled', 'dropped', 'parked', 'retrying', 'held']) state;
        INSERT INTO outbox
            (event_id, type, aggregate_id, version, community_id, partition, occurred_at, headers, data, published_at)
            SELECT gen_random_uuid(), 't', gen_random_uuid(), 1, 'liuyi', 0, now(), '{}', '{}', at
            FROM unnest(ARRAY[now() - interval '31 days', now(), NULL]) at;
        """
    )
    with toy_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(str(old))
    assert delete_expired(toy_engine, CHASSIS_EXPIRIES, datetime.now(UTC)) is False
    with toy_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM idempotency")) == 0
        assert set(connection.scalars(text("SELECT state FROM inbox"))) == {"parked", "retrying", "held"}
        assert connection.scalar(text("SELECT count(*) FROM outbox")) == 2


def told(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT version FROM outbox ORDER BY seq")))


def tell(session: Session, version: int) -> None:
    outbox.add(session, counted("a", version, version, Call(session, datetime.now(UTC))))


@pytest.mark.parametrize(("messages", "statements"), [(0, 1), (1, 1), (2, 3)])
def test_what_a_command_tells_is_written_with_its_answer(toy_engine: Engine, messages: int, statements: int) -> None:
    seen: list[str] = []
    event.listen(toy_engine, "before_cursor_execute", lambda *args: seen.append(args[2]))

    def work(session: Session) -> dict[str, Any]:
        for version in range(messages):
            tell(session, version + 1)
        return {}

    assert run_once(toy_engine, CallContext(), False, work).result == {}
    assert len(seen) == statements
    assert told(toy_engine) == list(range(1, messages + 1))


@pytest.mark.parametrize("collecting", [True, False], ids=["command", "plain transaction"])
def test_what_a_savepoint_takes_back_is_not_told_and_what_it_keeps_is(toy_engine: Engine, collecting: bool) -> None:
    def work(session: Session) -> dict[str, Any]:
        tell(session, 1)
        with session.begin_nested():
            tell(session, 2)
            with pytest.raises(ValueError, match="inner"), session.begin_nested():
                tell(session, 3)
                raise ValueError("inner")
            tell(session, 4)
        with pytest.raises(ValueError, match="outer"), session.begin_nested():
            tell(session, 5)
            with session.begin_nested():
                tell(session, 6)
            raise ValueError("outer")
        with pytest.raises(IntegrityError), session.begin_nested():
            tell(session, 7)
            session.execute(text("INSERT INTO counter VALUES (NULL, 1, 1)"))
        tell(session, 8)
        return {}

    if collecting:
        run_once(toy_engine, CallContext(), False, work)
    else:
        with transaction(toy_engine) as session:
            work(session)
    assert told(toy_engine) == [1, 2, 4, 8]


def test_a_command_that_was_decided_on_something_outdated_runs_again(toy_engine: Engine) -> None:
    attempts: list[int] = []

    def work(session: Session, *, good_at: int) -> dict[str, Any]:
        attempts.append(1)
        tell(session, len(attempts))
        if len(attempts) != good_at:
            raise Outdated()
        return {"attempt": len(attempts)}

    assert run_once(toy_engine, CallContext(), False, partial(work, good_at=2)).result == {"attempt": 2}
    assert told(toy_engine) == [2]
    attempts.clear()
    refused = run_once(toy_engine, CallContext(idempotency_key="again"), False, partial(work, good_at=0))
    assert (refused.refusal or [])[0] == "service_unavailable" and len(attempts) == 3
    assert told(toy_engine) == [2]


def test_a_row_that_another_transaction_has_changed_is_read_again_and_the_key_has_one_answer(toy_engine: Engine) -> None:
    """Found by bench.race: the refusal was not stored, so the next request with the key did the work."""
    attempts: list[int] = []

    def work(session: Session, *, good_at: int) -> dict[str, Any]:
        attempts.append(1)
        tell(session, len(attempts))
        if len(attempts) != good_at:
            raise StaleDataError()
        return {"attempt": len(attempts)}

    assert run_once(toy_engine, CallContext(), False, partial(work, good_at=2)).result == {"attempt": 2}
    attempts.clear()
    with_key = CallContext(idempotency_key="stale", key_from_caller=True)
    first = run_once(toy_engine, with_key, False, partial(work, good_at=4))
    assert (first.refusal or [])[0] == "version_mismatch" and len(attempts) == 3
    assert run_once(toy_engine, with_key, False, partial(work, good_at=4)).to_json() == first.to_json()
    assert told(toy_engine) == [2]


def test_a_message_that_was_told_before_is_not_taken_for_an_answer(toy_engine: Engine) -> None:
    """The version of an aggregate is unique: a command that breaks this must not be told to look for a stored answer."""

    def work(session: Session) -> dict[str, Any]:
        tell(session, 1)
        return {}

    run_once(toy_engine, CallContext(idempotency_key="first"), False, work)
    with pytest.raises(IntegrityError):
        run_once(toy_engine, CallContext(idempotency_key="second"), False, work)
    assert told(toy_engine) == [1]


def test_a_refusal_is_remembered_once_after_it_and_not_if_it_is_temporary(toy_engine: Engine) -> None:
    remembered: list[str] = []

    def refuse(session: Session, *, refusal: Refusal) -> dict[str, Any]:
        tell(session, 1)
        raise refusal

    def ask(refusal: Refusal, context: CallContext, redelivered: bool = False) -> None:
        note = lambda session, refusal: remembered.append(refusal.code)  # noqa: E731
        run_once(toy_engine, context, redelivered, partial(refuse, refusal=refusal), note)

    with_key = CallContext(idempotency_key="one", key_from_caller=True)
    for redelivered in (False, False, True):
        ask(TooHigh(), with_key, redelivered)
    assert remembered == [TooHigh.code]
    ask(TooHigh(), CallContext(idempotency_key="two"))
    assert remembered == [TooHigh.code] * 2
    ask(Unavailable(), CallContext(idempotency_key="three", key_from_caller=True))
    assert remembered == [TooHigh.code] * 2
    assert told(toy_engine) == []
