"""Whatever people do to a case, in whatever order: its facts agree with its state, and its history with both."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Invalid
from services.cases.cases.messages import case_stepped
from services.cases.interface.refusals import IllegalTransition, NotYourStep
from services.cases.interface.states import OUTCOMES, State
from services.cases.interface.step import PREVIOUS
from services.cases.interface.workflow import BY_NAME, BY_SOURCE, STEPS
from tests.unit.cases.people import CATEGORY, DEPARTMENT, NOW, case_of, person, standing_in

REPORTER, HANDLER = person(), person("handler")
PEOPLE = [
    REPORTER,
    HANDLER,
    person("handler"),
    replace(person("handler"), departments=frozenset({"another"})),
    standing_in(replace(person("handler"), departments=frozenset()), HANDLER),
    person("mediator"),
    person("clerk"),
    person("supervisor"),
    person("admin"),
    person(),
]
people = st.sampled_from(PEOPLE)
UNREADABLE = ["", " ", "\u200b", "\u2800", "\u202e"]
words = st.sampled_from([*UNREADABLE, "办好了", "a reason"])

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": words,
    "flag": st.booleans(),
    "category": st.just(CATEGORY),
    "department": st.just(DEPARTMENT),
    "handler": st.just(UUID(HANDLER.account_id)),
    "outcome": st.sampled_from(OUTCOMES),
}


def said_in(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the fields of the step, with good values and bad ones."""
    return st.fixed_dictionaries({}, optional={field.name: VALUES[field.kind] for field in BY_NAME[name].says})


def well_said_in(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """What the step needs, with good values, and some of the rest."""
    values = VALUES | {"text": st.just("办好了")}
    fields = {field.name: values[field.kind] for field in BY_NAME[name].says}
    needed = {field.name for field in BY_NAME[name].says if field.required}
    return st.fixed_dictionaries(
        {name: value for name, value in fields.items() if name in needed},
        optional={name: value for name, value in fields.items() if name not in needed},
    )


def readable(value: object) -> bool:
    return value is not None and (not isinstance(value, str) or value not in UNREADABLE)


def roles_of(acting: Identity, handler_id: UUID | None, department: object) -> set[str]:
    """What the person is to the case, as domain.md says it."""
    roles = {role for role in ("clerk", "supervisor") if acting.roles & {role, "admin"}}
    people = {acting.account_id, *(absent.account_id for absent in acting.stands_in_for)}
    own = {*acting.departments, *(code for absent in acting.stands_in_for for code in absent.departments)}
    if department and handler_id and str(handler_id) in people and acting.roles & {"handler", "mediator", "admin"}:
        roles.add("handler")
    if department and not handler_id and ("admin" in acting.roles or ("handler" in acting.roles and DEPARTMENT.code in own)):
        roles.add("handler")
    return roles | ({"reporter"} if acting is REPORTER else set())


class AnyLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.case = case_of(REPORTER)
        self.now = NOW
        self.history = [self.case.report(REPORTER)]

    def state_before(self) -> str | None:
        entered = (
            entry.from_state for entry in reversed(self.history) if entry.from_state != entry.to_state == self.case.state
        )
        return next(entered, None)

    def attempt(self, name: str, acting: Identity, said: dict[str, Any]) -> None:
        row = BY_SOURCE.get((name, State(self.case.state)))
        may = row is not None and not row.roles.isdisjoint(roles_of(acting, self.case.handler_id, self.case.department))
        before = (self.case.state, self.case.version, self.case.department, self.case.settlement)
        assert may == (name in self.case.allowed_actions(acting, self.now))
        self.now += timedelta(minutes=1)
        came_from = self.state_before()
        needed = [field.name for field in BY_NAME[name].says if field.required]
        try:
            entry = self.case.take(name, acting, self.now, previous=came_from, **said)
        except (IllegalTransition, NotYourStep):
            assert not may
        except Invalid:
            assert may and not all(readable(said.get(field)) for field in needed)
        else:
            if row and row.if_no and any(said.get(flag) is False for flag in ("solved", "satisfied")):
                row = row.if_no
            assert row and may and all(readable(said.get(field)) for field in needed)
            target = came_from if row.target == PREVIOUS else row.target
            assert (entry.from_state, entry.to_state, self.case.state) == (before[0], target, target)
            self.history.append(entry)
            message = case_stepped(self.case, entry)
            message.contract.check(message.data)
            assert message.type == row.message
            return
        assert before == (self.case.state, self.case.version, self.case.department, self.case.settlement)

    @rule(data=st.data(), acting=people, name=st.sampled_from(STEPS))
    def anybody_takes_any_step(self, data: st.DataObject, acting: Identity, name: str) -> None:
        self.attempt(name, acting, data.draw(said_in(name)))

    @rule(data=st.data(), acting=people)
    def somebody_takes_an_offered_step(self, data: st.DataObject, acting: Identity) -> None:
        if names := self.case.allowed_actions(acting, self.now):
            name = data.draw(st.sampled_from(names))
            self.attempt(name, acting, data.draw(well_said_in(name)))

    @precondition(lambda self: self.case.state == "settled")
    @rule()
    def reporter_closes(self) -> None:
        self.attempt("close", REPORTER, {"satisfied": True})

    @invariant()
    def history_is_an_unbroken_chain(self) -> None:
        assert [entry.version for entry in self.history] == list(range(1, self.case.version + 1))
        for before, after in zip(self.history, self.history[1:], strict=False):
            assert after.from_state == before.to_state
        assert self.history[-1].to_state == self.case.state

    @invariant()
    def facts_agree_with_the_state(self) -> None:
        case, state = self.case, self.case.state
        if state not in ("asked", "suspended", "withdrawn", "voided"):  # these may have been dispatched before
            assert (case.department is not None) == (state in ("dispatched", "settled", "closed", "disputed"))
        assert (case.dispatched_at is not None) == (case.department is not None)
        assert (case.settled_at is not None) == (case.settlement is not None) == (state in ("settled", "closed", "disputed"))
        assert (case.closed_at is not None) == (state == "closed")
        for ended in ("declined", "disputed", "withdrawn", "voided"):
            assert (getattr(case, f"{ended}_at") is not None) == (state == ended)
        assert (case.satisfied is None and case.solved is None) or state in ("closed", "disputed")
        assert case.outcome is None or case.settlement is not None
        assert case.handler_id is None or case.department is not None

    @invariant()
    def dates_come_from_the_history(self) -> None:
        """The date of a state is that of the last step into it, but the case stays accepted as of the first time. Handing over
        leads nowhere, and steps back keep the dates."""
        onward = [entry for entry in self.history if BY_NAME.get(entry.action, BY_NAME["close"]).target != PREVIOUS]
        entered = {entry.to_state: entry.at for entry in onward if entry.from_state != entry.to_state}
        first = {entry.to_state: entry.at for entry in reversed(self.history)}
        for state in State:
            date = getattr(self.case, f"{state}_at", None)
            assert date in (None, first.get(state) if state == "accepted" else entered.get(state))
        assert getattr(self.case, f"{self.case.state}_at", self.now) is not None

    @invariant()
    def nobody_is_stuck(self) -> None:
        """There is always somebody who can do something next."""
        assert any(self.case.allowed_actions(acting, self.now) for acting in PEOPLE)


AnyLife.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestAnyLife = AnyLife.TestCase
