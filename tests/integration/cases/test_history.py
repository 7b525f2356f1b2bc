"""What happened stays, and each reader reads their part of it."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import transaction
from services.cases.cases.models import Case
from tests.integration.cases.conftest import ROADS, District


@pytest.fixture
def closed(district: District) -> Case:
    case = district.report(district.wang).case
    district.do("accept_case", district.clerk, case_id=case.id, note="内部：电话核实")
    district.do("dispatch_case", district.clerk, case_id=case.id, department_id=ROADS, note="内部：先办")
    district.do("return_case", district.handler, case_id=case.id, reason="内部：派错")
    district.do("dispatch_case", district.clerk, case_id=case.id, department_id=ROADS)
    district.do("settle_case", district.handler, case_id=case.id, settlement="已修好")
    result: Case = district.do("close_case", district.wang, case_id=case.id, satisfied=True, comment="谢谢")
    return result


def history(district: District, acting: Any, case: Case) -> list[Any]:
    return list(district.do("get_case_history", acting, case_id=case.id).items)


def test_staff_read_every_step(district: District, closed: Case) -> None:
    steps = history(district, district.clerk, closed)
    assert [step.action for step in steps] == ["report", "accept", "dispatch", "return", "dispatch", "settle", "close"]
    assert [step.version for step in steps] == [1, 2, 3, 4, 5, 6, 7]
    assert [step.to_state for step in steps[:-1]] == [step.from_state for step in steps[1:]]
    assert steps[1].note == "内部：电话核实" and not steps[1].public
    assert str(steps[5].actor_id) == district.handler.account_id
    assert steps[2].department is not None and steps[2].department.code == "roads"


def test_the_reporter_reads_public_notes_and_no_names_of_staff(district: District, closed: Case) -> None:
    steps = history(district, district.wang, closed)
    assert [step.note for step in steps] == [None, None, None, None, None, "已修好", "谢谢"]
    assert not any("内部" in str(step) for step in steps)
    assert {step.actor_id for step in steps if step.actor_party == "staff"} == {None}
    assert {str(step.actor_id) for step in steps if step.actor_party == "resident"} == {district.wang.account_id}


def test_history_comes_in_pages(district: District, closed: Case) -> None:
    first = district.do("get_case_history", district.clerk, case_id=closed.id, limit=4)
    rest = district.do("get_case_history", district.clerk, case_id=closed.id, limit=4, cursor=first.next_cursor)
    assert [step.version for step in (*first.items, *rest.items)] == [1, 2, 3, 4, 5, 6, 7]
    assert rest.next_cursor is None


@pytest.mark.parametrize(
    "statement",
    ["UPDATE case_history SET note = 'x'", "DELETE FROM case_history", "TRUNCATE case_history"],
)
def test_the_database_refuses_to_change_history(district: District, closed: Case, statement: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction(district.engine) as session:
        session.execute(text(statement))
    assert len(history(district, district.clerk, closed)) == 7
