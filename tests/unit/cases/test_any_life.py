"""Whatever people do to a case, in whatever order: its facts agree with its state, and its history with both."""

from datetime import timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Invalid
from chassis.text import is_visible
from services.cases.cases.messages import case_stepped
from services.cases.cases.models import HistoryEntry
from services.cases.interface.refusals import IllegalTransition, NotYourStep
from tests.unit.cases.people import DEPARTMENT, NOW, case_of, person

REPORTER, HANDLER = person(), person("handler")
PEOPLE = [
    REPORTER,
    HANDLER,
    person("handler"),
    person("mediator"),
    person("clerk"),
    person("supervisor"),
    person("admin"),
    person(),
]
people = st.sampled_from(PEOPLE)
words = st.sampled_from(["", " ", "\u200b", "\u2800", "\u202e", "办好了", "a reason"])


class AnyLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.case = case_of(REPORTER)
        self.now = NOW
        self.history = [self.case.report(REPORTER)]

    def attempt(self, verb: str, acting: Identity, *says: object) -> None:
        action = verb.removesuffix("_")
        may = action in self.case.allowed_actions(acting, self.now)
        before = (self.case.state, self.case.version, self.case.department, self.case.settlement)
        self.now += timedelta(minutes=1)
        try:
            entry: HistoryEntry = getattr(self.case, verb)(acting, self.now, *says)
        except (IllegalTransition, NotYourStep):
            assert not may
        except Invalid:
            assert may and not is_visible(str(says[0]))
        else:
            assert may
            assert verb in ("accept", "dispatch", "close") or is_visible(str(says[0]))
            self.history.append(entry)
            case_stepped(self.case, entry).contract.check(case_stepped(self.case, entry).data)
            return
        assert before == (self.case.state, self.case.version, self.case.department, self.case.settlement)

    @rule(acting=people)
    def accept(self, acting: Identity) -> None:
        self.attempt("accept", acting)

    @rule(acting=people, handler=st.sampled_from([None, UUID(HANDLER.account_id)]))
    def dispatch(self, acting: Identity, handler: UUID | None) -> None:
        self.attempt("dispatch", acting, DEPARTMENT, handler)

    @rule(acting=people, verb=st.sampled_from(["decline", "return_", "settle", "reopen"]), text=words)
    def say(self, acting: Identity, verb: str, text: str) -> None:
        self.attempt(verb, acting, text)

    @rule(acting=people, satisfied=st.sampled_from([True, False, None]))
    def close(self, acting: Identity, satisfied: bool | None) -> None:
        self.attempt("close", acting, satisfied)

    @precondition(lambda self: self.case.state == "settled")
    @rule()
    def reporter_closes(self) -> None:
        self.attempt("close", REPORTER, True)

    @invariant()
    def history_is_an_unbroken_chain(self) -> None:
        assert [entry.version for entry in self.history] == list(range(1, self.case.version + 1))
        for before, after in zip(self.history, self.history[1:], strict=False):
            assert after.from_state == before.to_state
        assert self.history[-1].to_state == self.case.state

    @invariant()
    def facts_agree_with_the_state(self) -> None:
        case, state = self.case, self.case.state
        assert (case.department is not None) == (state in ("dispatched", "settled", "closed"))
        assert (case.dispatched_at is not None) == (case.department is not None)
        assert (case.settled_at is not None) == (case.settlement is not None) == (state in ("settled", "closed"))
        assert (case.closed_at is not None) == (state == "closed")
        assert (case.declined_at is not None) == (state == "declined")
        assert case.satisfied is None or state == "closed"
        assert case.handler_id is None or case.department is not None

    @invariant()
    def nobody_is_stuck(self) -> None:
        """There is always somebody who can do something next."""
        assert any(self.case.allowed_actions(acting, self.now) for acting in PEOPLE)


AnyLife.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestAnyLife = AnyLife.TestCase
