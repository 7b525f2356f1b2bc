"""C2: which members of staff hear of a step."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.rpc.identity import Identity
from services.cases.cases.audience import HEARS
from services.cases.cases.models import Case
from services.cases.interface.workflow import AUTOMATIC, REPORT, STEPS
from services.cases.reference import copies
from services.cases.steps import lost_handlers
from tests.integration.cases.conftest import ROADS, District, person
from tests.integration.cases.test_announcements import announced

NAMES = (
    "clerk",
    "other_clerk",
    "supervisor",
    "other_supervisor",
    "handler",
    "colleague",
    "of_civil",
    "elsewhere",
    "gone",
    "admin",
)


@pytest.fixture
def staff(district: District) -> dict[str, Identity]:
    """By name. The copies that cases has of them, too."""
    of = {name: person("clerk" if name in ("elsewhere", "gone") else name.split("_")[-1]) for name in NAMES[:4] + NAMES[7:]}
    of |= {"clerk": district.clerk, "supervisor": district.supervisor, "handler": district.handler}
    of |= {"colleague": person("handler"), "of_civil": person("handler", departments=("civil",))}
    for name, one in of.items():
        keep(district, one, active=name != "gone", communities=["hexie"] if name == "elsewhere" else ["liuyi"])
    return of


def keep(district: District, one: Identity, *, version: int = 1, **over: Any) -> None:
    facts = {"active": True, "roles": sorted(one.roles), "communities": ["liuyi"], "departments": sorted(one.departments)}
    with district.call() as call:
        copies.keep_staff(call.session, account_id=UUID(one.account_id), version=version, changed_by=None, **facts | over)


def told(district: District, staff: dict[str, Identity], case: Case) -> set[str]:
    """The names of those whom the newest message about the case names."""
    name_of = {one.account_id: name for name, one in staff.items()}
    return {name_of[account_id] for account_id in announced(district, case)[-1].data["staff_ids"]}


CLERKS, ROAD_WORKERS, SUPERVISORS = {"clerk", "other_clerk"}, {"handler", "colleague"}, {"supervisor", "other_supervisor"}


def test_a_new_report_is_told_to_the_clerks_of_its_community(district: District, staff: dict[str, Identity]) -> None:
    assert told(district, staff, district.report(district.wang).case) == CLERKS


def test_who_enters_a_report_knows_of_it(district: District, staff: dict[str, Identity]) -> None:
    case = district.report(district.clerk, channel="walk_in", resident_id=UUID(district.wang.account_id)).case
    assert told(district, staff, case) == {"other_clerk"}


def test_a_clerk_who_reports_anonymously_is_not_missing(district: District, staff: dict[str, Identity]) -> None:
    assert told(district, staff, district.report(district.clerk, anonymous=True).case) == CLERKS


def test_a_case_that_names_nobody_is_told_to_its_department(district: District, staff: dict[str, Identity]) -> None:
    assert told(district, staff, district.dispatched()) == ROAD_WORKERS


def test_a_case_of_one_handler_is_told_to_nobody_else(district: District, staff: dict[str, Identity]) -> None:
    case = district.dispatched(handler=district.handler)
    assert told(district, staff, case) == set()
    assert announced(district, case)[-1].data["handler_id"] == district.handler.account_id


def test_a_return_is_told_to_the_clerks(district: District, staff: dict[str, Identity]) -> None:
    case = district.dispatched()
    district.do("return_case", district.handler, case_id=case.id, reason="派错")
    assert told(district, staff, case) == CLERKS
    district.do("dispatch_case", district.clerk, case_id=case.id, department_id=ROADS)
    district.do("return_case", district.clerk, case_id=case.id, reason="电话说派错")
    assert told(district, staff, case) == {"other_clerk"}


def test_a_case_whose_handler_has_left_is_told_to_the_clerks(district: District, staff: dict[str, Identity]) -> None:
    case = district.dispatched(handler=district.handler)
    keep(district, district.handler, version=2, active=False)
    with district.call() as call:
        assert lost_handlers.return_lost(call) == 1
    assert told(district, staff, case) == CLERKS


@pytest.mark.parametrize("named", [True, False], ids=["a handler", "a department"])
def test_a_dispute_and_its_end_are_told(district: District, staff: dict[str, Identity], named: bool) -> None:
    case = district.dispatched(handler=district.handler if named else None)
    district.do("settle_case", district.handler, case_id=case.id, settlement="好了")
    assert told(district, staff, case) == set()
    district.do("close_case", district.wang, case_id=case.id, satisfied=False)
    assert told(district, staff, case) == SUPERVISORS | ROAD_WORKERS
    district.do("uphold_case", district.supervisor, case_id=case.id, reason="已办到位")
    assert told(district, staff, case) == ROAD_WORKERS
    district.do("object_case", district.wang, case_id=case.id, reason="没有")
    assert told(district, staff, case) == SUPERVISORS | ROAD_WORKERS
    district.do("reopen_case", district.supervisor, case_id=case.id, reason="再看看")
    assert told(district, staff, case) == CLERKS | {"other_supervisor"} | ROAD_WORKERS


def test_an_answer_is_told_to_who_has_the_case(district: District, staff: dict[str, Identity]) -> None:
    case = district.report(district.wang).case
    district.do("ask_case", district.clerk, case_id=case.id, question="哪里？")
    assert told(district, staff, case) == set()
    district.do("answer_case", district.wang, case_id=case.id, answer="门口")
    assert told(district, staff, case) == CLERKS
    case = district.dispatched()
    district.do("ask_case", district.handler, case_id=case.id, question="哪里？")
    district.do("answer_case", district.wang, case_id=case.id, answer="门口")
    assert told(district, staff, case) == ROAD_WORKERS


@pytest.mark.parametrize(
    ("step", "who", "said"),
    [
        ("suspend", "clerk", {"reason": "等"}),
        ("withdraw", "wang", {}),
        ("void", "supervisor", {"reason": "重复"}),
    ],
)
def test_a_department_hears_that_it_has_nothing_to_do(
    district: District, staff: dict[str, Identity], step: str, who: str, said: dict[str, Any]
) -> None:
    case = district.dispatched()
    district.do(f"{step}_case", getattr(district, who), case_id=case.id, **said)
    assert told(district, staff, case) == ROAD_WORKERS
    if step == "suspend":
        district.do("resume_case", district.clerk, case_id=case.id)
        assert told(district, staff, case) == ROAD_WORKERS


def test_a_handler_hears_nothing_of_the_own_step(district: District, staff: dict[str, Identity]) -> None:
    both = person("handler", "clerk")
    case = district.dispatched(handler=both)
    district.do("suspend_case", both, case_id=case.id, reason="等")
    district.do("resume_case", district.clerk, case_id=case.id)
    assert [row.data["by_handler"] for row in announced(district, case)[-2:]] == [True, False]


def test_departments_follow_the_newest_message(district: District, staff: dict[str, Identity]) -> None:
    keep(district, staff["colleague"], version=3, departments=["civil"])
    keep(district, staff["colleague"], version=2)
    assert told(district, staff, district.dispatched()) == {"handler"}


def test_every_name_in_the_table_is_a_step() -> None:
    assert set(HEARS) <= {*STEPS, REPORT, *(row.name for row in AUTOMATIC)}


def test_nobody_is_named_twice(district: District, staff: dict[str, Identity]) -> None:
    keep(district, person("supervisor", "clerk"), roles=["clerk", "supervisor"])
    case = district.dispatched()
    district.do("settle_case", district.handler, case_id=case.id, settlement="好了")
    district.do("object_case", district.wang, case_id=case.id, reason="没有")
    district.do("reopen_case", district.supervisor, case_id=case.id, reason=str(uuid4()))
    ids = announced(district, case)[-1].data["staff_ids"]
    assert len(ids) == len(set(ids)) == 6
