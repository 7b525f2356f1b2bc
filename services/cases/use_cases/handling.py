"""The steps of a case after it was reported. Each locks the case first: two clerks may take it up at once."""

from uuid import UUID

from chassis.rpc.call import Call
from services.cases import storage
from services.cases.interface.refusals import unknown
from services.cases.models import Case
from services.cases.use_cases.recording import record

# Every function raises CaseNotFound for a case that the caller may not see, NotYourStep, VersionMismatch and
# IllegalTransition; `expected_version` None means that the caller does not mind.


def accept_case(
    call: Call, *, case_id: UUID, category: str | None = None, note: str | None = None, expected_version: int | None = None
) -> Case:
    """受理; `category` puts the reporter's choice right, `note` is for staff. Raises Invalid for an unknown category."""
    case = _locked(call, case_id, expected_version)
    better = storage.category_in_use(call.session, category) if category else None
    if category and better is None:
        raise unknown("category")
    return record(call, case, case.accept(call.acting, call.now, note, better))


def decline_case(call: Call, *, case_id: UUID, reason: str, expected_version: int | None = None) -> Case:
    """Not for the centre to settle; the reporter reads `reason`."""
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
    """派单; without `handler_id` it is for any handler. Raises Invalid for an unknown department."""
    case = _locked(call, case_id, expected_version)
    if (department := storage.department_in_use(call.session, department_id)) is None:
        raise unknown("department_id")
    return record(call, case, case.dispatch(call.acting, call.now, department, handler_id, note))


def return_case(call: Call, *, case_id: UUID, reason: str, expected_version: int | None = None) -> Case:
    """退单; `reason` is for staff."""
    case = _locked(call, case_id, expected_version)
    return record(call, case, case.return_(call.acting, call.now, reason))


def settle_case(call: Call, *, case_id: UUID, settlement: str, expected_version: int | None = None) -> Case:
    """办结; the reporter reads `settlement`."""
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
    """结案, by the reporter, or by a supervisor who called back."""
    case = _locked(call, case_id, expected_version)
    return record(call, case, case.close(call.acting, call.now, satisfied, comment))


def reopen_case(call: Call, *, case_id: UUID, reason: str, expected_version: int | None = None) -> Case:
    """Take it up again; the reporter reads `reason`."""
    case = _locked(call, case_id, expected_version)
    return record(call, case, case.reopen(call.acting, call.now, reason))


def _locked(call: Call, case_id: UUID, expected_version: int | None) -> Case:
    case = storage.get_case(call.session, case_id, call.acting, lock=True)
    case.expect_version(expected_version)
    return case
