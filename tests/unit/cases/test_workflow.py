"""The table of the workflow, row by row: what it allows is written down here a second time, and nothing else is."""

from dataclasses import replace
from itertools import product

import pytest

from chassis.rpc.interface import Text
from services.cases.cases.models import Case
from services.cases.interface.states import State
from services.cases.interface.step import PREVIOUS, Role, by_source, facts_of
from services.cases.interface.step_fields import NOTE
from services.cases.interface.workflow import BY_NAME, BY_SOURCE, FACTS, STEPS, STEPS_TAKEN, TABLE, offered

UNSETTLED = ("reported", "accepted", "dispatched", "asked", "suspended")
# (state, action) -> where it leads, and the roles that may.
LEGAL = {
    ("reported", "accept"): ("accepted", {"clerk", "supervisor"}),
    ("reported", "decline"): ("declined", {"clerk", "supervisor"}),
    ("accepted", "decline"): ("declined", {"clerk", "supervisor"}),
    ("accepted", "dispatch"): ("dispatched", {"clerk", "supervisor"}),
    ("dispatched", "hand_over"): ("dispatched", {"clerk", "supervisor"}),
    ("dispatched", "return"): ("accepted", {"clerk", "supervisor", "handler"}),
    ("dispatched", "settle"): ("settled", {"clerk", "supervisor", "handler"}),
    ("settled", "close"): ("closed", {"reporter", "supervisor"}),
    ("settled", "reopen"): ("accepted", {"supervisor"}),
    ("closed", "reopen"): ("accepted", {"supervisor"}),
    ("declined", "reopen"): ("accepted", {"supervisor"}),
    ("accepted", "suspend"): ("suspended", {"clerk", "supervisor"}),
    ("dispatched", "suspend"): ("suspended", {"clerk", "supervisor"}),
    ("suspended", "resume"): (PREVIOUS, {"clerk", "supervisor"}),
    ("asked", "resume"): (PREVIOUS, {"clerk", "supervisor"}),
    ("asked", "answer"): (PREVIOUS, {"reporter"}),
    ("settled", "object"): ("disputed", {"reporter"}),
    ("closed", "object"): ("disputed", {"reporter"}),
    ("disputed", "uphold"): ("closed", {"supervisor"}),
    ("disputed", "reopen"): ("accepted", {"supervisor"}),
    ("withdrawn", "reopen"): ("accepted", {"supervisor"}),
    ("voided", "reopen"): ("accepted", {"supervisor"}),
    **{(state, "ask"): ("asked", {"clerk", "supervisor"}) for state in ("reported", "accepted")},
    ("dispatched", "ask"): ("asked", {"clerk", "supervisor", "handler"}),
    **{(state, "withdraw"): ("withdrawn", {"reporter"}) for state in UNSETTLED},
    **{(state, "void"): ("voided", {"supervisor"}) for state in UNSETTLED},
}


@pytest.mark.parametrize(("state", "name", "role"), list(product(State, STEPS, Role)))
def test_a_step_is_offered_exactly_where_it_is_legal(state: State, name: str, role: Role) -> None:
    _, roles = LEGAL.get((state, name), (None, set()))
    assert (name in [row.name for row in offered(state, {role})]) == (role in roles)


def test_the_table_is_what_is_legal() -> None:
    assert {(str(state), name): (row.target, row.roles) for (name, state), row in BY_SOURCE.items()} == LEGAL


def test_the_steps_that_must_say_why() -> None:
    needed = {row.name for row in TABLE if any(said.words and said.required for said in row.says)}
    assert needed == {"settle", "decline", "return", "reopen", "object", "uphold", "ask", "answer", "suspend", "void"}


def test_what_staff_say_among_themselves_is_not_public() -> None:
    assert {row.name for row in TABLE if not row.public} == {"accept", "dispatch", "hand_over", "return", "resume"}


def test_several_roles_add_up() -> None:
    assert [row.name for row in offered("settled", {"reporter", "supervisor"})] == ["close", "reopen", "object"]
    assert offered("settled", set()) == []


def test_every_state_can_be_reached() -> None:
    reached = {"reported"}
    for _ in State:
        reached |= {target for (source, _), (target, _) in LEGAL.items() if source in reached and target != PREVIOUS}
    assert reached == set(State)


def test_two_rows_of_one_step_from_one_state_are_refused() -> None:
    again = replace(BY_NAME["reopen"], sources={State.CLOSED, State.REPORTED}, target=State.REPORTED)
    with pytest.raises(ValueError, match="two rows for the step reopen from the state closed"):
        by_source([*TABLE, again])


def test_a_step_may_lead_elsewhere_from_another_state() -> None:
    elsewhere = replace(BY_NAME["reopen"], sources={State.DISPATCHED}, target=PREVIOUS, roles={Role.CLERK})
    table = by_source([*TABLE, elsewhere])
    assert (table["reopen", State.DISPATCHED].target, table["reopen", State.CLOSED].target) == (PREVIOUS, "accepted")


@pytest.mark.parametrize("other", [{"says": ()}, {"message": "case.closed.v1"}, {"public": False}, {"summary": "…"}])
def test_rows_of_one_step_ask_and_say_the_same(other: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="the rows of the step reopen do not ask and say the same"):
        by_source([*TABLE, replace(BY_NAME["reopen"], sources={State.DISPATCHED}, **other)])  # type: ignore[arg-type]


def test_a_field_has_one_rule_in_all_steps() -> None:
    other = replace(BY_NAME["accept"], name="urge", says=(replace(NOTE, field=Text(most=5)),))
    with pytest.raises(ValueError, match="two rules for the field note"):
        by_source([*TABLE, other])


def test_the_facts_of_a_state_are_its_date_and_what_the_steps_to_it_store() -> None:
    assert (
        FACTS.items()
        >= {
            "reported": ("reported_at",),
            "accepted": ("accepted_at", "category"),
            "dispatched": ("dispatched_at", "department", "handler_id"),
            "settled": ("settled_at", "settlement", "outcome"),
            "closed": ("closed_at", "solved", "satisfied"),
            "declined": ("declined_at",),
        }.items()
    )
    assert facts_of([])["closed"] == ("closed_at",)


def test_what_a_step_takes_back_may_be_empty() -> None:
    undone = {fact for row in TABLE for state in row.undoes for fact in FACTS[state]}
    columns = {"department": "department_id"}
    assert undone and all(Case.__table__.c[columns.get(fact, fact)].nullable for fact in undone)


def test_every_step_has_labels_in_both_languages() -> None:
    labels = [*STEPS.labels.values(), *STEPS_TAKEN.labels.values()]
    for said in (said for row in TABLE for said in row.says):
        labels += [found for found in (said.label, said.blank, said.yes, said.no) if found is not None]
        assert (said.yes is not None) == (said.no is not None) == (said.kind == "flag")
    assert all(label.keys() == {"zh-CN", "en"} and all(text.strip() for text in label.values()) for label in labels)


def test_a_step_keeps_one_text_as_its_note() -> None:
    assert all(len([said for said in row.says if said.words]) == 1 for row in TABLE)
