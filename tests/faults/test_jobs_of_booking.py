"""The periodic jobs of booking are killed with SIGKILL before and after each of their commits. What they had to do is done
once: nothing is lost, nothing is announced twice."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from services.booking.approval import lapsing
from services.booking.check_ins.use_cases import miss_due
from services.booking.counters.use_cases.close_days import close_days
from services.booking.questions import asking
from services.booking.waits import offering
from tests.integration.booking.conftest import Centre, centre, person  # noqa: F401 - a fixture
from tests.integration.booking.test_check_ins import START
from tests.integration.booking.test_check_ins import asking as spaces_that_ask
from tests.integration.booking.test_counters import NINE, Counters
from tests.integration.booking.test_questions import DUE, SILENT
from tests.integration.booking.test_questions import book as book_series
from tests.integration.booking.test_waits import ask as ask_to_wait
from tests.unit.booking.spaces import NOW

Step = Callable[[Call], object]
PEOPLE = 3
HOUR = timedelta(hours=1)
MOST_KILLS = 60


def run(engine: Engine, steps: tuple[Step, ...], now: datetime, kill: str | None) -> bool:
    """Run the steps, each in its own transaction, until none has anything to do, in a process of its own. It is killed `before`
    or `after` its first commit of a change, if `kill` says so. Returns whether it was killed."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the job failed"
        return os.WIFSIGNALED(status)
    code = 1
    try:
        engine.dispose(close=False)  # the connections are the parent's
        wrote: list[int] = []
        event.listen(engine, "after_cursor_execute", lambda *about: wrote.extend(_rows_changed(*about)))
        event.listen(engine, "commit", lambda connection: _die(kill == "before", wrote))  # just before COMMIT
        outermost = lambda session: not session.in_nested_transaction()  # noqa: E731  savepoints commit too
        event.listen(Session, "after_commit", lambda session: _die(kill == "after" and outermost(session), wrote))
        while any(_done(engine, step, now) for step in steps):
            pass
        code = 0
    finally:
        os._exit(code)


def _done(engine: Engine, step: Step, now: datetime) -> bool:
    with transaction(engine) as session:
        return bool(step(Call(session, now)))


def _rows_changed(connection: Any, cursor: Any, statement: str, *about: Any) -> list[int]:
    changes = statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
    return [cursor.rowcount] if changes and cursor.rowcount > 0 else []


def _die(here: bool, wrote: list[int]) -> None:
    """A transaction that only looks or locks is left alone."""
    if here and wrote:
        os.kill(os.getpid(), signal.SIGKILL)


def finish_with_kills(engine: Engine, steps: tuple[Step, ...], now: datetime) -> None:
    """Kill the job before its first commit, and after each commit, until nothing is left to do."""
    assert run(engine, steps, now, "before"), "there was something to do"
    kills = 0
    while run(engine, steps, now, "after"):
        kills += 1
        assert kills < MOST_KILLS
    assert kills, "there was something to do"


def told(centre: Centre, type_: str) -> Counter[str]:  # noqa: F811
    return Counter(row.data.get("booking_id") or str(row.aggregate_id) for row in centre.published() if row.type == type_)


def states(centre: Centre, table: str) -> Counter[str]:  # noqa: F811
    with centre.engine.connect() as connection:
        return Counter(connection.scalars(text(f"SELECT state FROM {table}")))  # noqa: S608  a name from this file


def once(count: int) -> list[int]:
    return [1] * count


def test_no_shows(centre: Centre) -> None:  # noqa: F811
    for _ in range(PEOPLE):
        centre.book("19:00", "20:00", person(), space=spaces_that_ask(centre))
    finish_with_kills(centre.engine, (miss_due,), START + timedelta(minutes=11))
    assert states(centre, "booking") == {"no_show": PEOPLE}
    assert list(told(centre, "booking.no_show.v1").values()) == once(PEOPLE)


def test_requests_that_nobody_answers(centre: Centre) -> None:  # noqa: F811
    hall = centre.add_space(needs_approval=True)
    made = [centre.book("14:00", "15:00", person(), space=hall) for _ in range(PEOPLE)]
    finish_with_kills(centre.engine, (lapsing.lapse_unanswered,), made[0].answer_by + timedelta(minutes=1))
    assert states(centre, "booking") == {"lapsed": PEOPLE}
    assert list(told(centre, "booking.request_lapsed.v1").values()) == once(PEOPLE)


def test_offers_of_freed_times(centre: Centre) -> None:  # noqa: F811
    """Two times are freed, four wait: two are offered, do not answer, and the next two get the offers."""
    hours = ("15:00", "16:00"), ("16:00", "17:00")
    booked = [centre.book(*hour) for hour in hours]
    for number in range(4):
        ask_to_wait(centre, person(), *hours[number % 2], now=NOW + timedelta(minutes=number))
    for one in booked:
        centre.do("cancel_booking", centre.wang, booking_id=one.id)
    finish_with_kills(centre.engine, (offering.step,), NOW + HOUR)
    assert states(centre, "wait") == {"offered": 2, "waiting": 2}
    finish_with_kills(centre.engine, (offering.step,), NOW + 4 * HOUR)
    assert states(centre, "wait") == {"lapsed": 2, "offered": 2}
    assert states(centre, "wait_offer") == {"expired": 2, "open": 2}
    assert sum(told(centre, "booking.wait_offered.v1").values()) == 4
    assert list(told(centre, "booking.wait_unfulfilled.v1").values()) == once(2)
    assert states(centre, "claim") == {"released": 4, "held": 2}


def test_questions_whether_dates_are_still_needed(centre: Centre) -> None:  # noqa: F811
    court = centre.add_space(ask_from_dates=4, horizon_days=60)
    other = centre.add_space(ask_from_dates=4, horizon_days=60)
    steps = asking.end_outdated, asking.free_next, asking.ask_due
    for space in (court, other):
        book_series(centre, space)
    finish_with_kills(centre.engine, steps, DUE)
    assert states(centre, "date_question") == {"open": 2}
    assert list(told(centre, "booking.need_asked.v1").values()) == once(2)
    finish_with_kills(centre.engine, steps, SILENT + timedelta(minutes=1))
    assert states(centre, "date_question") == {"no_answer": 2}
    assert list(told(centre, "booking.need_settled.v1").values()) == once(2)
    assert list(told(centre, "booking.cancelled.v1").values()) == once(2)


def test_the_end_of_the_day_at_a_counter(centre: Centre) -> None:  # noqa: F811
    counters = Counters(centre)
    for _ in range(PEOPLE):
        counters.take(person())
    finish_with_kills(centre.engine, (close_days,), NINE + timedelta(days=1))
    assert states(centre, "ticket") == {"left": PEOPLE}
    assert list(told(centre, "booking.ticket_lapsed.v1").values()) == once(PEOPLE)
