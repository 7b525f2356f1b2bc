"""The steps of a case after it was reported. Each step locks the case first, because two clerks may take it at once.

Every function raises CaseNotFound for a case that the caller may not see, VersionMismatch, NotYourStep and
IllegalTransition. If `expected_version` is None, every version is accepted.
"""

from uuid import UUID

from chassis.rpc.call import Call
from services.cases.cases.models import Case
from services.cases.cases.recording import record
from services.cases.cases.use_cases import visible_case
from services.cases.reference.choices import chosen_category, chosen_department


def accept_case(
    call: Call, *, case_id: UUID, category: str | None = None, note: str | None = None, expected_version: int | None = None
) -> Case:
    """受理. `category` corrects the reporter's choice; `note` is for staff. Raises InvalidField for an unknown category."""
    case = _locked(call, case_id, expected_version)
    corrected = chosen_category(call, category) if category else None
    return record(call, case, case.accept(call.acting, call.now, note, corrected))


def decline_case(call: Call, *, case_id: UUID, reason: str, expected_version: int | None = None) -> Case:
    """不予受理. The reporter reads `reason`."""
    case = _locked(call, case_id, expected_version)
    return record(call, case, case.decline(call.acting, call.now, reason))


def dispatch_case(
    call: Call,
    *,
    case_id: UUID,
    department_id: UUID,
    handler_id: UUID | None = None,
    note: str | None = None,
    expected_version: int | None = None,
) -> Case:
    """派单. Without `handler_id`, every handler may settle it. Raises InvalidField for an unknown department."""
    case = _locked(call, case_id, expected_version)
    department = chosen_department(call, department_id)
    return record(call, case, case.dispatch(call.acting, call.now, department, handler_id, note))


def return_case(call: Call, *, case_id: UUID, reason: str, expected_version: int | None = None) -> Case:
    """退单. `reason` is for staff."""
    case = _locked(call, case_id, expected_version)
    return record(call, case, case.return_(call.acting, call.now, reason))


def settle_case(call: Call, *, case_id: UUID, settlement: str, expected_version: int | None = None) -> Case:
    """办结. The reporter reads `settlement`."""
    case = _locked(call, case_id, expected_version)
    return record(call, case, case.settle(call.acting, call.now, settlement))


def close_case(
    call: Call,
    *,
    case_id: UUID,
    satisfied: bool | None = None,
    comment: str | None = None,
    expected_version: int | None = None,
) -> Case:
    """结案, by the reporter, or by a supervisor after a call to the reporter."""
    case = _locked(call, case_id, expected_version)
    return record(call, case, case.close(call.acting, call.now, satisfied, comment))


def reopen_case(call: Call, *, case_id: UUID, reason: str, expected_version: int | None = None) -> Case:
    """The case waits for another dispatch. The reporter reads `reason`."""
    case = _locked(call, case_id, expected_version)
    return record(call, case, case.reopen(call.acting, call.now, reason))


def _locked(call: Call, case_id: UUID, expected_version: int | None) -> Case:
    case = visible_case(call, case_id, lock=True)
    case.expect_version(expected_version)
    return case
