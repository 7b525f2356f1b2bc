"""Reading a case and taking its reporter's steps, with the number and the code on the slip."""

from typing import Any

from chassis.rpc.call import Call
from services.cases.cases.models import Case
from services.cases.cases.slip_codes import fits, typed_number
from services.cases.interface.refusals import CaseNotFound
from services.cases.slips import storage
from services.cases.slips.models import SlipAccount
from services.cases.steps.use_cases import step_of


def look_up_case(call: Call, *, number: str, token: str) -> SlipAccount:
    """The case with this number and code, for everybody who has both. Raises CaseNotFound, which does not tell a wrong number
    from a wrong code: not by its words, and not by its time."""
    return _account(call, _opened(call, number, token))


def take_slip_step(
    call: Call, *, number: str, token: str, step: str, expected_version: int | None = None, **said: Any
) -> SlipAccount:
    """Take a step of the reporter. Nothing about the caller is stored, also if somebody is signed in. `said` are the fields of
    the step. Raises CaseNotFound, VersionMismatch, NotYourStep, IllegalTransition and InvalidField."""
    case = storage.lock(call.session, _opened(call, number, token))
    case.expect_version(expected_version)
    step_of(call, case, step, case.holder_of_slip(), said)
    call.session.flush()
    return _account(call, case)


def _opened(call: Call, number: str, token: str) -> Case:
    number = typed_number(number)
    case = storage.find_case(call.session, number)
    opened = fits(token, case.slip_hash if case else None)
    older = storage.find_case_by_token(call.session, number, token)
    if case is not None and opened:
        return case
    if older is None:
        raise CaseNotFound()
    return older


def _account(call: Call, case: Case) -> SlipAccount:
    return SlipAccount(case, storage.last_steps(call.session, case))
