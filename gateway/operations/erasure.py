"""Erasing an account, for the API and the pages."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gateway.accounts.call import AccountCall
from gateway.erasure import storage, use_cases
from gateway.erasure.interface import ERASURE
from gateway.erasure.models import Erasure
from gateway.http import current, idempotency, limits
from gateway.refusals.own_data import ErasureNotRequested, ReceiptUnknown


def request_own() -> dict[str, Any]:
    """The acting resident asks for the erasure of their account, after a fresh proof. Raises Unauthenticated, ErasureOfStaff,
    ProofNeeded, ErasureRequested."""
    return _once(lambda call: use_cases.request_own(call, grace=_grace()))


def request_for(account_id: UUID, reason: str) -> dict[str, Any]:
    """Staff ask on behalf of a resident. Raises NotFound, ErasureRequested."""
    return _once(lambda call: use_cases.request_for(call, account_id, reason=reason, grace=_grace()))


def find_own() -> dict[str, Any]:
    """The erasure of the acting account that was asked for. Raises Unauthenticated, ErasureNotRequested."""
    with current.accounts().reading() as call:
        if (found := use_cases.find_own(call)) is None:
            raise ErasureNotRequested()
        return answer(found)


def running_of(account_id: UUID) -> dict[str, Any] | None:
    """The erasure of an account that was asked for, for people who may see the account."""
    with current.accounts().reading() as call:
        found = storage.running(call.session, account_id)
        return None if found is None else answer(found)


def keep_own() -> None:
    """The acting resident keeps the account. Raises Unauthenticated, ErasureNotRequested."""
    with current.accounts().transaction() as call:
        use_cases.keep_own(call)


def keep_for(account_id: UUID) -> None:
    """Staff take the request back. Raises NotFound, ErasureNotRequested."""
    with current.accounts().transaction() as call:
        use_cases.keep_for(call, account_id)


def receipt(number: str) -> dict[str, Any]:
    """The receipt with this number, for everybody who has it. Raises Throttled, ReceiptUnknown."""
    limits.spend(limits.LOOK_UPS)
    if not 16 <= len(number) <= 60:
        raise ReceiptUnknown()
    with current.accounts().reading() as call:
        return answer(use_cases.find_receipt(call, number))


def answer(erasure: Erasure) -> dict[str, Any]:
    found: dict[str, Any] = ERASURE.dump(erasure)
    return found


def _once(make: Any) -> dict[str, Any]:
    def work(session: Session) -> dict[str, Any]:
        call: AccountCall = current.accounts().within(session)
        made: Erasure = make(call)
        session.flush()
        return answer(made)

    return idempotency.once(work)


def _grace() -> timedelta:
    return timedelta(days=current.gateway_settings().erasure_grace_days)
