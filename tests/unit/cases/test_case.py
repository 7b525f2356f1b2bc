"""What a case lets people do to it, and what it remembers."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from chassis.rpc.identity import ANONYMOUS, Identity
from chassis.rpc.refusal import Invalid, VersionMismatch
from services.cases.cases.models import Case, HistoryEntry
from services.cases.interface.refusals import IllegalTransition, NotYourStep
from services.cases.interface.states import State
from services.cases.interface.step import PREVIOUS
from services.cases.interface.workflow import BY_NAME, BY_SOURCE, STEPS
from services.cases.reference.models import Category
from tests.unit.cases.people import CATEGORY, DEPARTMENT, NOW, case_of, person
from tests.unit.cases.test_workflow import LEGAL

LATER = NOW + timedelta(hours=1)
REPORTER, CLERK, HANDLER, SUPERVISOR = person(), person("clerk"), person("handler"), person("supervisor")
PEOPLE = {"reporter": REPORTER, "clerk": CLERK, "handler": HANDLER, "supervisor": SUPERVISOR}

# What the tests say in each kind of field.
SAID: dict[str, Any] = {
    "text": "done",
    "flag": True,
    "category": CATEGORY,
    "department": DEPARTMENT,
    "handler": UUID(HANDLER.account_id),
    "outcome": "partly",
}


def take(case: Case, name: str, acting: Identity) -> HistoryEntry:
    """Take the step with a value in every field. A step back leads to `accepted`."""
    said = {field.name: SAID[field.kind] for field in BY_NAME[name].says}
    return case.take(name, acting, LATER, previous="accepted", **said)


def in_state(state: str, **over: Any) -> Case:
    department = DEPARTMENT if state in ("dispatched", "settled", "closed") else None
    return case_of(REPORTER, state=state, department=department, **over)


@pytest.mark.parametrize(("state", "action", "role"), list(product(State, STEPS, PEOPLE)))
def test_every_step_by_everybody_in_every_state(state: State, action: str, role: str) -> None:
    case = in_state(state)
    target, roles = LEGAL.get((state, action), (None, set()))
    if role in roles:
        entry = take(case, action, PEOPLE[role])
        target = "accepted" if target == PREVIOUS else target
        assert (case.state, case.version) == (target, 2)
        assert (entry.action, entry.from_state, entry.to_state, entry.version) == (action, state, target, 2)
        assert (entry.at, str(entry.actor_id)) == (LATER, PEOPLE[role].account_id)
        assert entry.public is BY_NAME[action].public
        assert entry.note == "done"
    else:
        with pytest.raises((IllegalTransition, NotYourStep)):
            take(case, action, PEOPLE[role])
        assert (case.state, case.version) == (state, 1)


def test_the_refusal_of_an_illegal_step_says_what_is_allowed() -> None:
    with pytest.raises(IllegalTransition) as refused:
        in_state("dispatched").take("accept", CLERK, LATER)
    assert refused.value.code == "case.illegal_transition"
    assert refused.value.details == {
        "action": "accept",
        "state": "dispatched",
        "allowed": ["hand_over", "settle", "return", "ask", "suspend"],
    }


def test_the_reporter_is_told_that_accepting_is_not_theirs_whatever_the_state() -> None:
    for state in State:
        with pytest.raises(NotYourStep):
            in_state(state).take("accept", REPORTER, LATER)


@pytest.mark.parametrize("words", ["", "   ", "\n", "\u200b", "\u2800", "\u202e", " \u200b\u2800\u202e\n"])
@pytest.mark.parametrize(("state", "action"), [(s, a) for s, a in LEGAL if a in ("settle", "decline", "return", "reopen")])
def test_steps_that_must_say_why_are_refused_without_words(state: str, action: str, words: str) -> None:
    case = in_state(state)
    field = "settlement" if action == "settle" else "reason"
    with pytest.raises(Invalid) as refused:
        case.take(action, SUPERVISOR, LATER, **{field: words})
    for language, message in {"en": "Please fill this in.", "zh-CN": "请填写此项。"}.items():
        assert refused.value.details_for(language) == {"errors": [{"field": field, "code": "required", "message": message}]}
    assert (case.state, case.version) == (state, 1)


def test_a_case_given_to_one_handler_is_not_another_ones() -> None:
    case = in_state("dispatched", handler_id=UUID(HANDLER.account_id))
    assert case.allowed_actions(HANDLER, LATER) == ["settle", "return", "ask"]
    assert case.allowed_actions(person("handler"), LATER) == []
    with pytest.raises(NotYourStep):
        case.take("settle", person("handler"), LATER, settlement="done")


def test_a_mediator_settles_what_was_given_to_them_by_name() -> None:
    mediator = person("mediator")
    assert in_state("dispatched", handler_id=UUID(mediator.account_id)).allowed_actions(mediator, LATER) == [
        "settle",
        "return",
        "ask",
    ]
    assert in_state("dispatched").allowed_actions(mediator, LATER) == []


def test_an_admin_may_do_what_staff_may_but_is_not_the_reporter() -> None:
    admin = person("admin")
    assert in_state("reported").allowed_actions(admin, LATER) == ["accept", "decline", "ask", "void"]
    assert in_state("settled").allowed_actions(admin, LATER) == ["close", "reopen"]
    assert not in_state("settled").is_reported_by(admin)


def test_a_visitor_is_nothing_to_a_case_without_a_reporter() -> None:
    case = case_of(None, state="settled", department=DEPARTMENT)
    assert not case.is_reported_by(ANONYMOUS)
    assert case.allowed_actions(ANONYMOUS, LATER) == []


def test_accepting_may_put_the_category_right() -> None:
    noise = Category(code="order-noise", name={})
    case = in_state("reported")
    case.take("accept", CLERK, LATER, category=noise)
    assert (case.category, case.accepted_at) == (noise, LATER)


def test_dispatch_and_return_assign_and_unassign() -> None:
    case = in_state("accepted")
    entry = case.take("dispatch", CLERK, LATER, department_id=DEPARTMENT, handler_id=UUID(HANDLER.account_id))
    assert (case.department, str(case.handler_id), case.dispatched_at) == (DEPARTMENT, HANDLER.account_id, LATER)
    assert entry.department is DEPARTMENT
    case.take("return", HANDLER, LATER, reason="not ours")
    assert (case.state, case.department, case.handler_id, case.dispatched_at) == ("accepted", None, None, None)


def test_reopening_takes_back_what_ended_the_case() -> None:
    case = in_state("dispatched")
    case.take("settle", CLERK, LATER, settlement="done")
    case.take("close", REPORTER, LATER, satisfied=True)
    assert (case.settlement, case.settled_at, case.closed_at, case.satisfied) == ("done", LATER, LATER, True)
    case.take("reopen", SUPERVISOR, LATER, reason="not done after all")
    assert case.state == "accepted"
    assert (case.settlement, case.settled_at, case.closed_at, case.satisfied) == (None, None, None, None)
    assert (case.department, case.accepted_at) == (None, LATER)


@pytest.mark.parametrize("no", [{"satisfied": False}, {"solved": False}, {"solved": True, "satisfied": False}])
@pytest.mark.parametrize("acting", [REPORTER, SUPERVISOR])
def test_a_no_does_not_close_the_case_but_goes_to_the_supervisor(no: dict[str, bool], acting: Identity) -> None:
    case = in_state("settled", settled_at=NOW, settlement="done")
    entry = case.take("close", acting, LATER, comment="still dark", **no)
    assert (case.state, case.closed_at, case.disputed_at) == ("disputed", None, LATER)
    assert (entry.action, entry.to_state, entry.note, entry.public) == ("dissatisfied", "disputed", "still dark", True)
    assert {name: getattr(case, name) for name in no} == no
    assert case.allowed_actions(SUPERVISOR, LATER) == ["reopen", "uphold"]
    case.take("uphold", SUPERVISOR, LATER, reason="the lamp was looked at")
    assert (case.state, case.disputed_at, case.settlement) == ("closed", None, "done")
    assert {name: getattr(case, name) for name in no} == no, "what the reporter said stays"


def test_the_reporter_of_a_closed_case_asks_to_reopen() -> None:
    case = in_state("closed", settled_at=NOW, settlement="done", closed_at=NOW, satisfied=True)
    assert case.allowed_actions(REPORTER, LATER) == ["object"]
    case.take("object", REPORTER, LATER, reason="dark again")
    assert (case.state, case.closed_at, case.satisfied, case.settlement) == ("disputed", None, None, "done")
    case.take("reopen", SUPERVISOR, LATER, reason="the lamp broke again")
    assert (case.state, case.disputed_at, case.settlement) == ("accepted", None, None)


@pytest.mark.parametrize("before", ["reported", "accepted", "dispatched"])
def test_an_answer_leads_back_to_where_the_centre_asked(before: str) -> None:
    case = in_state(before)
    case.take("ask", CLERK, LATER, question="which house?")
    assert case.allowed_actions(REPORTER, LATER) == ["answer", "withdraw"]
    entry = case.take("answer", REPORTER, LATER, previous=before, answer="number 3")
    assert (case.state, entry.note, entry.public) == (before, "number 3", True)


def test_settling_says_how_it_ended() -> None:
    case = in_state("dispatched")
    case.take("settle", CLERK, LATER, settlement="told where to ask", outcome="handed_on")
    assert case.outcome == "handed_on"
    case.take("reopen", SUPERVISOR, LATER, reason="it is ours")
    assert case.outcome is None


def test_an_anonymous_reporter_is_shown_and_recorded_nowhere() -> None:
    case = in_state("settled", anonymous=True)
    assert case.named_reporter is None
    assert (case.report(REPORTER).actor_id, case.report(REPORTER).actor_party) == (None, "anonymous")
    entry = case.take("close", REPORTER, LATER, satisfied=True)
    assert (entry.actor_id, entry.actor_party) == (None, "anonymous")
    assert str(in_state("reported").named_reporter) == REPORTER.account_id


def test_staff_who_act_on_an_anonymous_case_are_recorded() -> None:
    entry = in_state("reported", anonymous=True).take("accept", CLERK, LATER)
    assert (str(entry.actor_id), entry.actor_party) == (CLERK.account_id, "staff")


def test_a_stale_version_is_refused() -> None:
    case = in_state("reported")
    case.take("accept", CLERK, LATER)
    with pytest.raises(VersionMismatch):
        case.expect_version(1)
    case.expect_version(2)
    case.expect_version(None)


def test_the_refusal_shows_labels_and_keeps_codes() -> None:
    with pytest.raises(IllegalTransition) as refused:
        in_state("dispatched").take("accept", CLERK, LATER)
    assert refused.value.text("zh-CN") == "事项当前状态为“办理中”，不能执行“受理”。"
    assert refused.value.text("en") == "A case in the state “In progress” cannot take the step “Accept”."
    with pytest.raises(NotYourStep) as not_yours:
        in_state("dispatched").take("accept", REPORTER, LATER)
    assert not_yours.value.text("zh-CN") == "您没有权限执行“受理”。"


def test_a_step_back_leads_to_the_previous_state_and_keeps_the_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BY_SOURCE, ("accept", State.DECLINED), replace(BY_NAME["accept"], target=PREVIOUS))
    case = in_state("declined", declined_at=NOW, accepted_at=NOW)
    entry = case.take("accept", CLERK, LATER, previous="reported")
    assert (case.state, entry.to_state, case.accepted_at, case.reported_at) == ("reported", "reported", NOW, NOW)


def test_a_field_that_the_step_does_not_have_is_a_bug() -> None:
    with pytest.raises(TypeError, match="the step accept takes no settlement"):
        in_state("reported").take("accept", CLERK, LATER, settlement="done")


def test_in_a_state_of_a_newer_release_nothing_can_be_done() -> None:
    case = in_state("frozen")
    assert case.steps(SUPERVISOR, LATER) == []
    with pytest.raises(IllegalTransition) as refused:
        case.take("reopen", SUPERVISOR, LATER, reason="again")
    assert "“frozen”" in refused.value.text("en")


def test_a_required_choice_is_needed() -> None:
    with pytest.raises(Invalid):
        in_state("accepted").take("dispatch", CLERK, LATER)
