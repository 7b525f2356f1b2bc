"""The steps of a case after it was reported, by the workflow's table."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from services.cases.cases.audience import Holding
from services.cases.cases.models import Case
from services.cases.cases.recording import record
from services.cases.cases.storage import state_before
from services.cases.cases.use_cases import visible_case
from services.cases.interface.step import PREVIOUS
from services.cases.interface.step_fields import CATEGORY, DEPARTMENT
from services.cases.interface.workflow import BY_SOURCE, STEPS
from services.cases.reference.choices import chosen_category, chosen_department

# The fields that choose a row of the reference data.
_CHOICES: dict[str, Callable[[Call, Case, Any], Any]] = {
    CATEGORY.name: lambda call, case, code: chosen_category(call, code),
    DEPARTMENT.name: lambda call, case, department_id: chosen_department(call, department_id, case.community_id),
}


def take_step(call: Call, *, case_id: UUID, step: str, expected_version: int | None = None, **said: Any) -> Case:
    """Take `step`. `said` are its fields; None is like a missing field. The case is locked first, because two clerks may
    take a step at once. If `expected_version` is None, every version is accepted.

    Raises CaseNotFound for a case that the caller may not see, VersionMismatch, NotYourStep, IllegalTransition, and
    InvalidField for a category or department that is not in use, or a department that works elsewhere."""
    case = visible_case(call, case_id, lock=True)
    case.expect_version(expected_version)
    return step_of(call, case, step, call.acting, said)


def step_of(call: Call, case: Case, step: str, acting: Identity, said: Mapping[str, Any]) -> Case:
    """Let `acting` take `step` of a case that is locked. Raises NotYourStep, IllegalTransition, InvalidField."""
    chosen = {
        name: _CHOICES[name](call, case, value) if name in _CHOICES else value
        for name, value in said.items()
        if value is not None
    }
    before = Holding.of(case)
    row = BY_SOURCE.get((step, case.state))
    previous = state_before(call.session, case) if row and row.target == PREVIOUS else None
    return record(call, case, case.take(step, acting, call.now, previous=previous, **chosen), before)


# The verbs of the single steps: accept_case, dispatch_case, …
globals().update({f"{name}_case": partial(take_step, step=name) for name in STEPS})
