"""A substitute of a colleague on leave may take the colleague's steps, and the history says for whom."""

from dataclasses import replace
from uuid import UUID

import pytest

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Absent, Identity
from services.cases.cases.history_lines import line_for
from services.cases.interface.refusals import NotYourStep
from tests.unit.cases.people import DEPARTMENT, NOW, case_of, person, standing_in

ABSENT, CLERK = person("handler"), person("clerk")
ELSEWHERE = replace(person("handler"), departments=frozenset({"another"}))  # a handler of another department
DISPATCHED = {"state": "dispatched", "department": DEPARTMENT}


def for_whom(acting: Identity, **over: object) -> str | None:
    entry = case_of(**DISPATCHED | over).take("settle", acting, NOW, settlement="办好了")
    assert str(entry.actor_id) == acting.account_id
    return str(entry.for_id) if entry.for_id else None


@pytest.mark.parametrize("over", [{"handler_id": UUID(ABSENT.account_id)}, {}], ids=["by name", "of the department"])
def test_a_substitute_settles_for_the_colleague(over: dict[str, object]) -> None:
    with pytest.raises(NotYourStep):
        for_whom(ELSEWHERE, **over)
    assert for_whom(standing_in(ELSEWHERE, ABSENT), **over) == ABSENT.account_id


def test_ones_own_case_is_not_settled_for_somebody() -> None:
    colleague = standing_in(person("handler"), ABSENT)  # of the same department
    assert for_whom(colleague) is None
    assert for_whom(colleague, handler_id=UUID(str(colleague.account_id))) is None
    assert for_whom(colleague, handler_id=UUID(ABSENT.account_id)) == ABSENT.account_id


def test_a_substitute_without_the_role_may_not() -> None:
    with pytest.raises(NotYourStep):
        for_whom(standing_in(person("organiser"), ABSENT), handler_id=UUID(ABSENT.account_id))


def test_a_substitute_does_a_colleagues_work_only_where_the_colleague_works() -> None:
    absent = replace(ABSENT, works_in=Communities.only("yuxin"))
    with pytest.raises(NotYourStep):
        for_whom(standing_in(replace(ELSEWHERE, works_in=DISTRICT), absent))
    assert for_whom(standing_in(replace(ELSEWHERE, works_in=DISTRICT), absent), community_id="yuxin") == ABSENT.account_id


def test_of_several_colleagues_the_one_whose_case_it_is_is_named() -> None:
    other = person("handler")
    both = replace(
        ELSEWHERE,
        stands_in_for=(Absent(str(other.account_id), frozenset({"third"})), Absent(str(ABSENT.account_id), ABSENT.departments)),
    )
    assert for_whom(both) == ABSENT.account_id
    assert for_whom(both, handler_id=UUID(str(other.account_id))) == other.account_id


def test_the_reporter_does_not_read_for_whom() -> None:
    substitute = standing_in(ELSEWHERE, ABSENT)
    entry = case_of(**DISPATCHED).take("settle", substitute, NOW, settlement="办好了")
    assert line_for(entry, person(), on_desk=False).for_id is None
    assert str(line_for(entry, CLERK, on_desk=True).for_id) == ABSENT.account_id


def test_the_identity_travels_in_claims_and_old_claims_are_read() -> None:
    substitute = standing_in(replace(ELSEWHERE, grids=frozenset({"liuyi-1"})), replace(ABSENT, grids=frozenset({"liuyi-2"})))
    assert Identity.from_claims(substitute.to_claims()) == substitute
    assert substitute.all_grids == {"liuyi-1", "liuyi-2"}
    claims = {"party": "staff", "account_id": "a", "roles": ["handler"], "community_id": "liuyi"}
    old = Identity.from_claims(claims)
    assert (old.departments, old.stands_in_for, old.to_claims()) == (frozenset(), (), claims)
