"""Several people at once: one change, one line of history, one message."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from chassis.database import tables
from chassis.database.engine import reading
from chassis.rpc.refusal import Refusal, VersionMismatch
from services.cases.cases.models import Case, HistoryEntry
from services.cases.interface.refusals import IllegalTransition
from tests.integration.cases.conftest import ROADS, District, person


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each work returned, or the refusal it met; all start together."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return work()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def counted(district: District, case: Case) -> tuple[int, int]:
    with reading(district.engine) as session:
        history = session.scalar(select(func.count()).where(HistoryEntry.case_id == case.id)) or 0
        outbox = session.scalar(select(func.count()).where(tables.outbox.c.aggregate_id == case.id)) or 0
    return history, outbox


@pytest.mark.parametrize("knows_version", [False, True])
def test_of_many_clerks_who_accept_one_wins(district: District, knows_version: bool) -> None:
    case = district.report(district.wang).case
    version = {"expected_version": 1} if knows_version else {}
    answers = at_once(*(lambda: district.do("accept_case", person("clerk"), case_id=case.id, **version) for _ in range(6)))
    won = [answer for answer in answers if isinstance(answer, Case)]
    lost = [answer for answer in answers if not isinstance(answer, Case)]
    assert [(winner.state, winner.version) for winner in won] == [("accepted", 2)]
    assert {type(refusal) for refusal in lost} == {VersionMismatch if knows_version else IllegalTransition}
    assert counted(district, case) == (2, 2)


def test_settling_and_returning_at_once_leaves_one_of_both(district: District) -> None:
    for _ in range(5):
        case = district.dispatched()
        answers = at_once(
            lambda case=case: district.do("settle_case", district.handler, case_id=case.id, settlement="办好了"),
            lambda case=case: district.do("return_case", district.clerk, case_id=case.id, reason="派错了"),
        )
        winner = [answer for answer in answers if isinstance(answer, Case)]
        assert len(winner) == 1
        assert counted(district, case) == (4, 4)


def test_who_waited_for_the_lock_sees_what_the_other_did(district: District) -> None:
    """The winner sets the department while the loser waits; the loser must then see it, and be refused for it."""
    case = district.report(district.wang).case
    district.do("accept_case", district.clerk, case_id=case.id)

    def dispatch() -> Any:
        return district.do("dispatch_case", person("clerk"), case_id=case.id, department_id=ROADS)

    answers = at_once(dispatch, dispatch)
    refusal = next(answer for answer in answers if isinstance(answer, Refusal))
    assert refusal.details == {
        "action": "dispatch",
        "state": "dispatched",
        "allowed": ["hand_over", "settle", "return", "ask", "suspend"],
    }


def test_numbers_are_unique_and_without_gaps_whoever_reports_at_once(district: District) -> None:
    reports = at_once(*(lambda: district.report(person()).case.number for _ in range(16)))
    assert sorted(reports) == [f"LY-20261122-{number:04d}" for number in range(1, 17)]
