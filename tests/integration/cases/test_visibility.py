"""Who sees which case: their own, what their role shows, and of the rest not even that it is there."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.rpc.communities import Communities
from chassis.rpc.identity import ANONYMOUS, Identity
from chassis.rpc.refusal import Forbidden, Unauthenticated
from services.cases.cases.models import Case
from services.cases.interface.refusals import CaseNotFound, NotYourStep
from tests.integration.cases.conftest import CIVIL, District, person
from tests.unit.cases.people import standing_in


def sees(district: District, acting: Identity, case: Case) -> bool:
    """By get_case, get_case_history and, for a step, NotFound alike."""
    answers = []
    for verb, more in (("get_case", {}), ("get_case_history", {}), ("accept_case", {"expected_version": 99})):
        try:
            district.do(verb, acting, case_id=case.id, **more)
            answers.append(True)
        except CaseNotFound:
            answers.append(False)
        except Exception as refusal:  # a step on a case one may see is refused for another reason
            answers.append(getattr(refusal, "code", "") == "version_mismatch")
    assert len(set(answers)) == 1, "one verb tells what another hides"
    return answers[0]


@pytest.fixture
def cases(district: District) -> dict[str, Case]:
    return {
        "reported in grid 1": district.report(district.wang, grid_id="liuyi-1").case,
        "reported in grid 2": district.report(district.wang, grid_id="liuyi-2").case,
        "without grid": district.report(district.wang).case,
        "dispatched to any": district.dispatched(grid_id="liuyi-2"),
        "dispatched to handler": district.dispatched(handler=district.handler, grid_id="liuyi-2"),
        "of another community": district.report(person(community="hexie"), grid_id="hexie-1").case,
    }


BOTH = Communities.only("liuyi", "hexie")
LIUYI = {"reported in grid 1", "reported in grid 2", "without grid", "dispatched to any", "dispatched to handler"}
MATRIX: list[tuple[str, Any, set[str]]] = [
    ("visitor", lambda d: ANONYMOUS, set()),
    ("reporter", lambda d: d.wang, LIUYI),
    ("another resident", lambda d: d.li, set()),
    ("clerk", lambda d: d.clerk, LIUYI),
    ("supervisor", lambda d: d.supervisor, LIUYI),
    ("admin", lambda d: d.admin, LIUYI),
    ("grid worker of grid 1", lambda d: d.grid_worker, {"reported in grid 1"}),
    ("grid worker of no grid", lambda d: person("grid_worker"), set()),
    ("the handler", lambda d: d.handler, {"dispatched to any", "dispatched to handler"}),
    ("another handler", lambda d: d.other_handler, {"dispatched to any"}),
    ("handler of another department", lambda d: person("handler", departments=("civil",)), set()),
    ("handler of no department", lambda d: person("handler", departments=()), set()),
    ("handler of two departments", lambda d: person("handler", departments=("civil", "roads")), {"dispatched to any"}),
    (
        "substitute of the handler",
        lambda d: standing_in(person("handler", departments=("civil",)), d.handler),
        {"dispatched to any", "dispatched to handler"},
    ),
    (
        "substitute who works elsewhere",
        lambda d: standing_in(person("handler", community="hexie", departments=()), d.handler),
        set(),
    ),
    ("substitute without the role", lambda d: standing_in(person("organiser"), d.handler), set()),
    (
        "substitute of the grid worker",
        lambda d: standing_in(person("grid_worker", grids=()), d.grid_worker),
        {"reported in grid 1"},
    ),
    ("mediator", lambda d: person("mediator"), set()),
    ("organiser", lambda d: person("organiser"), set()),
    ("clerk of another community", lambda d: person("clerk", community="hexie"), {"of another community"}),
    ("clerk of the district", lambda d: person("clerk", community=None), LIUYI | {"of another community"}),
    ("clerk of both", lambda d: replace(person("clerk"), works_in=BOTH), LIUYI | {"of another community"}),
    ("clerk who works elsewhere", lambda d: replace(d.clerk, works_in=Communities.only("hexie")), {"of another community"}),
    ("handler of both", lambda d: replace(d.handler, works_in=BOTH), {"dispatched to any", "dispatched to handler"}),
    ("supervisor of the district", lambda d: person("supervisor", community=None), LIUYI | {"of another community"}),
]


@pytest.mark.parametrize(("who", "acting", "expected"), MATRIX, ids=[row[0] for row in MATRIX])
def test_who_sees_what(district: District, cases: dict[str, Case], who: str, acting: Any, expected: set[str]) -> None:
    acting = acting(district)
    assert {name for name, case in cases.items() if sees(district, acting, case)} == expected
    if acting.has_role("clerk", "supervisor", "grid_worker", "handler", "mediator"):
        listed = {case.id for case in district.do("list_cases", acting, scope="desk").items}
        assert listed == {cases[name].id for name in expected}, "the desk lists what can be opened"


def test_mine_is_what_i_reported(district: District, cases: dict[str, Case]) -> None:
    assert {case.id for case in district.do("list_cases", district.wang).items} == {cases[name].id for name in LIUYI}
    assert district.do("list_cases", district.clerk, scope="mine").items == []
    with pytest.raises(Unauthenticated):
        district.do("list_cases", ANONYMOUS)


@pytest.mark.parametrize("acting", [person(), person("organiser")])
def test_the_desk_is_for_staff(district: District, acting: Identity) -> None:
    with pytest.raises(Forbidden):
        district.do("list_cases", acting, scope="desk")


def test_a_grid_worker_sees_what_they_wrote_down_wherever_it_was(district: District) -> None:
    case = district.report(district.grid_worker, channel="street_talk", grid_id="liuyi-2").case
    assert sees(district, district.grid_worker, case)


def test_a_handler_loses_sight_of_what_was_returned(district: District) -> None:
    case = district.dispatched(handler=district.handler)
    district.do("return_case", district.handler, case_id=case.id, reason="不归我们")
    assert not sees(district, district.handler, case)


def test_a_case_that_is_not_there_looks_like_one_that_is_not_yours(district: District) -> None:
    hidden = district.report(district.wang).case
    for case_id in (hidden.id, uuid4()):
        with pytest.raises(CaseNotFound) as refused:
            district.do("get_case", district.li, case_id=case_id)
        assert refused.value.details == {}


def test_an_anonymous_reporter_sees_their_case_and_is_shown_to_nobody(district: District) -> None:
    case = district.report(district.wang, anonymous=True).case
    assert sees(district, district.wang, case)
    assert district.do("get_case", district.admin, case_id=case.id).named_reporter is None
    steps = district.do("get_case_history", district.admin, case_id=case.id).items
    assert [(step.actor_id, step.actor_party) for step in steps] == [(None, "anonymous")]


def test_a_step_that_is_not_yours_on_a_case_that_you_see(district: District) -> None:
    case = district.report(district.wang, grid_id="liuyi-1").case
    for acting in (district.wang, district.grid_worker):
        with pytest.raises(NotYourStep):
            district.do("accept_case", acting, case_id=case.id)


def test_a_handler_cannot_settle_another_ones(district: District) -> None:
    case = district.dispatched(handler=district.handler)
    with pytest.raises(CaseNotFound):
        district.do("settle_case", district.other_handler, case_id=case.id, settlement="…")
    settled = district.do("settle_case", district.handler, case_id=case.id, settlement="办好了")
    assert settled.handler_id == UUID(district.handler.account_id)


def test_a_case_of_another_department_that_names_nobody_is_not_there(district: District) -> None:
    """C4. Neither its text nor its reporter, by any verb; the list and its search are silent about it."""
    case = district.dispatched(text="王秀英家漏水")
    stranger = person("handler", departments=("civil",))
    for verb, said in (
        ("get_case", {}),
        ("get_case_history", {}),
        ("settle_case", {"settlement": "…"}),
        ("return_case", {"reason": "…"}),
    ):
        with pytest.raises(CaseNotFound) as refused:
            district.do(verb, stranger, case_id=case.id, **said)
        assert refused.value.details == {}
    assert district.do("list_cases", stranger, scope="desk", q="漏水").items == []
    district.do("return_case", district.handler, case_id=case.id, reason="不归我们")
    district.do("dispatch_case", district.clerk, case_id=case.id, department_id=CIVIL)
    assert sees(district, stranger, case) and not sees(district, district.handler, case)


def test_the_history_says_who_stood_in_for_whom(district: District) -> None:
    case = district.dispatched(handler=district.handler)
    substitute = standing_in(person("handler", departments=()), district.handler)
    district.do("settle_case", substitute, case_id=case.id, settlement="办好了")
    last = district.do("get_case_history", district.clerk, case_id=case.id).items[-1]
    assert (str(last.actor_id), str(last.for_id)) == (substitute.account_id, district.handler.account_id)
    assert district.do("get_case_history", district.wang, case_id=case.id).items[-1].for_id is None
