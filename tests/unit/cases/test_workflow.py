"""The table of the workflow, row by row: what it allows is written down here a second time, and nothing else is."""

from itertools import product

import pytest

from services.cases.cases.workflow import TRANSITIONS, Action, Role, allowed
from services.cases.interface.cases import State

# (state, action) -> where it leads, and the roles that may.
LEGAL = {
    ("reported", "accept"): ("accepted", {"clerk", "supervisor"}),
    ("reported", "decline"): ("declined", {"clerk", "supervisor"}),
    ("accepted", "decline"): ("declined", {"clerk", "supervisor"}),
    ("accepted", "dispatch"): ("dispatched", {"clerk", "supervisor"}),
    ("dispatched", "return"): ("accepted", {"clerk", "supervisor", "handler"}),
    ("dispatched", "settle"): ("settled", {"clerk", "supervisor", "handler"}),
    ("settled", "close"): ("closed", {"reporter", "supervisor"}),
    ("settled", "reopen"): ("accepted", {"supervisor"}),
    ("closed", "reopen"): ("accepted", {"supervisor"}),
    ("declined", "reopen"): ("accepted", {"supervisor"}),
}


@pytest.mark.parametrize(("state", "action", "role"), list(product(State, Action, Role)))
def test_a_step_is_allowed_exactly_where_it_is_legal(state: State, action: Action, role: Role) -> None:
    _, roles = LEGAL.get((state, action), (None, set()))
    assert (action in allowed(state, {role})) == (role in roles)


@pytest.mark.parametrize(("edge", "outcome"), list(LEGAL.items()))
def test_a_step_leads_where_it_should(edge: tuple[str, str], outcome: tuple[str, set[str]]) -> None:
    assert TRANSITIONS[edge[1]].target == outcome[0]


def test_the_steps_that_must_say_why() -> None:
    assert {row.action for row in TRANSITIONS.values() if row.text_required} == {"settle", "decline", "return", "reopen"}


def test_what_staff_say_among_themselves_is_not_public() -> None:
    assert {row.action for row in TRANSITIONS.values() if not row.public} == {"accept", "dispatch", "return"}


def test_several_roles_add_up() -> None:
    assert allowed("settled", {"reporter", "supervisor"}) == ["close", "reopen"]
    assert allowed("settled", set()) == []


def test_every_state_can_be_reached_and_every_action_is_in_the_table() -> None:
    reached = {"reported"}
    for _ in State:
        reached |= {target for (source, _), (target, _) in LEGAL.items() if source in reached}
    assert reached == set(State)
    assert set(TRANSITIONS) == set(Action)
