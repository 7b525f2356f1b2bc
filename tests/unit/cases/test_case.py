"""What a case lets people do to it, and what it remembers."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from chassis.rpc.identity import ANONYMOUS, Identity
from chassis.rpc.refusal import Invalid, VersionMismatch
from services.cases.cases.models import Case, HistoryEntry
from services.cases.cases.workflow import TRANSITIONS, Action
from services.cases.interface.cases import State
from services.cases.interface.refusals import IllegalTransition, NotYourStep
from services.cases.reference.models import Category
from tests.unit.cases.people import DEPARTMENT, NOW, case_of, person
from tests.unit.cases.test_workflow import LEGAL

LATER = NOW + timedelta(hours=1)
REPORTER, CLERK, HANDLER, SUPERVISOR = person(), person("clerk"), person("handler"), person("supervisor")
PEOPLE = {"reporter": REPORTER, "clerk": CLERK, "handler": HANDLER, "supervisor": SUPERVISOR}

STEPS: dict[Action, Callable[[Case, Identity], HistoryEntry]] = {
    Action.ACCEPT: lambda case, acting: case.accept(acting, LATER, "note"),
    Action.DECLINE: lambda case, acting: case.decline(acting, LATER, "reason"),
    Action.DISPATCH: lambda case, acting: case.dispatch(acting, LATER, DEPARTMENT, None, "note"),
    Action.RETURN: lambda case, acting: case.return_(acting, LATER, "reason"),
    Action.SETTLE: lambda case, acting: case.settle(acting, LATER, "done"),
    Action.CLOSE: lambda case, acting: case.close(acting, LATER, True, "thanks"),
    Action.REOPEN: lambda case, acting: case.reopen(acting, LATER, "again"),
}


def in_state(state: str, **over: Any) -> Case:
    department = DEPARTMENT if state in ("dispatched", "settled", "closed") else None
    return case_of(REPORTER, state=state, department=department, **over)


@pytest.mark.parametrize(("state", "action", "role"), list(product(State, Action, PEOPLE)))
def test_every_step_by_everybody_in_every_state(state: State, action: Action, role: str) -> None:
    case = in_state(state)
    target, roles = LEGAL.get((state, action), (None, set()))
    if role in roles:
        entry = STEPS[action](case, PEOPLE[role])
        assert (case.state, case.version) == (target, 2)
        assert (entry.action, entry.from_state, entry.to_state, entry.version) == (action, state, target, 2)
        assert (entry.at, str(entry.actor_id)) == (LATER, PEOPLE[role].account_id)
        assert entry.public is TRANSITIONS[action].public
    else:
        with pytest.raises((IllegalTransition, NotYourStep)):
            STEPS[action](case, PEOPLE[role])
        assert (case.state, case.version) == (state, 1)


def test_the_refusal_of_an_illegal_step_says_what_is_allowed() -> None:
    with pytest.raises(IllegalTransition) as refused:
        in_state("dispatched").accept(CLERK, LATER)
    assert refused.value.code == "case.illegal_transition"
    assert refused.value.details == {"action": "accept", "state": "dispatched", "allowed": ["return", "settle"]}


def test_the_reporter_is_told_that_accepting_is_not_theirs_whatever_the_state() -> None:
    for state in State:
        with pytest.raises(NotYourStep):
            in_state(state).accept(REPORTER, LATER)


@pytest.mark.parametrize("words", ["", "   ", "\n", "\u200b", "\u2800", "\u202e", " \u200b\u2800\u202e\n"])
@pytest.mark.parametrize(("state", "action"), [(s, a) for s, a in LEGAL if a in ("settle", "decline", "return", "reopen")])
def test_steps_that_must_say_why_are_refused_without_words(state: str, action: str, words: str) -> None:
    case = in_state(state)
    verb = {"settle": case.settle, "decline": case.decline, "return": case.return_, "reopen": case.reopen}[action]
    with pytest.raises(Invalid) as refused:
        verb(SUPERVISOR, LATER, words)
    field = "settlement" if action == "settle" else "reason"
    for language, message in {"en": "Please fill this in.", "zh-CN": "请填写此项。"}.items():
        assert refused.value.details_for(language) == {"errors": [{"field": field, "code": "required", "message": message}]}
    assert (case.state, case.version) == (state, 1)


def test_a_case_given_to_one_handler_is_not_another_ones() -> None:
    case = in_state("dispatched", handler_id=UUID(HANDLER.account_id))
    assert case.allowed_actions(HANDLER, LATER) == ["return", "settle"]
    assert case.allowed_actions(person("handler"), LATER) == []
    with pytest.raises(NotYourStep):
        case.settle(person("handler"), LATER, "done")


def test_a_mediator_settles_what_was_given_to_them_by_name() -> None:
    mediator = person("mediator")
    assert in_state("dispatched", handler_id=UUID(mediator.account_id)).allowed_actions(mediator, LATER) == ["return", "settle"]
    assert in_state("dispatched").allowed_actions(mediator, LATER) == []


def test_an_admin_may_do_what_staff_may_but_is_not_the_reporter() -> None:
    admin = person("admin")
    assert in_state("reported").allowed_actions(admin, LATER) == ["accept", "decline"]
    assert in_state("settled").allowed_actions(admin, LATER) == ["close", "reopen"]
    assert not in_state("settled").is_reported_by(admin)


def test_a_visitor_is_nothing_to_a_case_without_a_reporter() -> None:
    case = case_of(None, state="settled", department=DEPARTMENT)
    assert not case.is_reported_by(ANONYMOUS)
    assert case.allowed_actions(ANONYMOUS, LATER) == []


def test_accepting_may_put_the_category_right() -> None:
    noise = Category(code="order-noise", name={})
    case = in_state("reported")
    case.accept(CLERK, LATER, category=noise)
    assert (case.category, case.accepted_at) == (noise, LATER)


def test_dispatch_and_return_assign_and_unassign() -> None:
    case = in_state("accepted")
    entry = case.dispatch(CLERK, LATER, DEPARTMENT, UUID(HANDLER.account_id))
    assert (case.department, str(case.handler_id), case.dispatched_at) == (DEPARTMENT, HANDLER.account_id, LATER)
    assert entry.department is DEPARTMENT
    case.return_(HANDLER, LATER, "not ours")
    assert (case.state, case.department, case.handler_id, case.dispatched_at) == ("accepted", None, None, None)


def test_reopening_takes_back_what_ended_the_case() -> None:
    case = in_state("dispatched")
    case.settle(CLERK, LATER, "done")
    case.close(REPORTER, LATER, False)
    assert (case.settlement, case.settled_at, case.closed_at, case.satisfied) == ("done", LATER, LATER, False)
    case.reopen(SUPERVISOR, LATER, "not done after all")
    assert case.state == "accepted"
    assert (case.settlement, case.settled_at, case.closed_at, case.satisfied) == (None, None, None, None)
    assert (case.department, case.accepted_at) == (None, LATER)


def test_an_anonymous_reporter_is_shown_and_recorded_nowhere() -> None:
    case = in_state("settled", anonymous=True)
    assert case.named_reporter is None
    assert (case.report(REPORTER).actor_id, case.report(REPORTER).actor_party) == (None, "anonymous")
    entry = case.close(REPORTER, LATER, True)
    assert (entry.actor_id, entry.actor_party) == (None, "anonymous")
    assert str(in_state("reported").named_reporter) == REPORTER.account_id


def test_staff_who_act_on_an_anonymous_case_are_recorded() -> None:
    entry = in_state("reported", anonymous=True).accept(CLERK, LATER)
    assert (str(entry.actor_id), entry.actor_party) == (CLERK.account_id, "staff")


def test_a_stale_version_is_refused() -> None:
    case = in_state("reported")
    case.accept(CLERK, LATER)
    with pytest.raises(VersionMismatch):
        case.expect_version(1)
    case.expect_version(2)
    case.expect_version(None)
