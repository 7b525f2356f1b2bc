"""Erase an account: its cases stay, without their reporter."""

from uuid import UUID

from chassis.database import erased
from chassis.messaging import outbox
from chassis.messaging.erasure import Kept, Outcome
from chassis.rpc.call import Call
from services.cases.erasure import storage
from services.cases.erasure.messages import account_erased


def erase_account(call: Call, *, erasure_id: UUID, account_id: UUID, community_id: str) -> None:
    """Erase the account and answer what became of its cases. An unknown account is answered too."""
    outcome = erase(call, account_id)
    outbox.add(call.session, account_erased(erasure_id, account_id, community_id, outcome, call.now))


def erase(call: Call, account_id: UUID) -> Outcome:
    """Cases are files of the centre: text, photos and history stay, and open ones go on. They have no reporter any more, and
    nobody is told how they end. A second time finds nothing."""
    cases = storage.lock_cases_of(call.session, account_id)
    storage.unname(call.session, account_id, list(cases))
    erased.forget_answers(call.session, account_id)
    erased.remember(call.session, account_id, call.now)
    running = sum(cases.values())
    kept = [Kept("cases", len(cases) - running, "archive"), Kept("open_cases", running, "open")]
    return Outcome({"reporter": len(cases)}, kept)


def erase_returned(call: Call) -> int:
    """Erase the accounts again that a restore has brought back. Returns how many."""
    accounts = storage.returned(call.session)
    for account_id in accounts:
        erase(call, account_id)
    return len(accounts)
