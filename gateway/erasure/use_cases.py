"""Ask for the erasure of an account, keep it, and erase it when it is due.

Every step is one transaction: the state of the erasure, the rows of the account, and the message. So a process may be killed
anywhere. The next round goes on, and a service that gets a message twice answers once.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, select, text

from chassis.database import erased
from chassis.database.engine import transaction
from chassis.messaging import outbox
from chassis.observability import telemetry
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import NotFound
from gateway.accounts import proofs, sessions, subjects
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.audit import recording
from gateway.erasure import messages, storage
from gateway.erasure.models import Erasure, ErasureAnswer, as_stored
from gateway.refusals.own_data import ErasureNotRequested, ErasureOfStaff, ErasureRequested, ReceiptUnknown

CHANNEL: Final = "gateway_erasure"
log = telemetry.get_logger(__name__)


def request_own(call: AccountCall, *, grace: timedelta) -> Erasure:
    """The acting resident asks for the erasure of their account. Raises Unauthenticated, ErasureOfStaff, ProofNeeded,
    ErasureRequested."""
    account = call.session.get_one(Account, UUID(call.acting.signed_in()), with_for_update=True)
    if account.party != "resident":
        raise ErasureOfStaff()
    proofs.require(call)
    return _request(call, account, grace, by=None, reason=None)


def request_for(call: AccountCall, account_id: UUID, *, reason: str, grace: timedelta) -> Erasure:
    """The acting member of staff asks for the erasure of a resident within reach, logged. Raises NotFound,
    ErasureRequested."""
    account = _lock_resident(call, account_id)
    erasure = _request(call, account, grace, by=UUID(call.acting.signed_in()), reason=reason)
    _log(call, erasure, account.community_id, "erasure_requested", reason)
    return erasure


def keep_own(call: AccountCall) -> Erasure:
    """The acting resident keeps the account. Raises Unauthenticated, ErasureNotRequested."""
    return _keep(call, UUID(call.acting.signed_in()))


def keep_for(call: AccountCall, account_id: UUID) -> Erasure:
    """The acting member of staff takes the request back for a resident within reach, logged. Raises NotFound,
    ErasureNotRequested."""
    # First the erasure, then the account: in the order in which the jobs lock them.
    storage.running(call.session, account_id, lock=True)
    account = _lock_resident(call, account_id)
    erasure = _keep(call, account.id)
    _log(call, erasure, account.community_id, "erasure_kept", None)
    return erasure


def find_own(call: AccountCall) -> Erasure | None:
    """The erasure of the acting account that has not begun. None if there is none. Raises Unauthenticated."""
    return storage.running(call.session, UUID(call.acting.signed_in()))


def find_receipt(call: AccountCall, number: str) -> Erasure:
    """The erasure with this number, as a person types it. Raises ReceiptUnknown."""
    if (erasure := storage.by_number(call.session, as_stored(number))) is None:
        raise ReceiptUnknown()
    return erasure


def close_due(database: Engine, now: datetime) -> bool:
    """Close one account whose erasure is due: nobody can sign in, act or be named any more. Children whom only this person has
    entered and cared for are erased too. Returns True if there was one."""
    with transaction(database) as session:
        if (erasure := storage.take_due(session, now)) is None or erasure.account_id is None:
            return False
        account = session.scalar(select(Account).where(Account.id == erasure.account_id).with_for_update())
        if account is not None:
            account.disabled_at = now
            account.changed()
            sessions.end_all(session, account.id)
            for child in storage.lock_left_alone(session, account.id):
                session.add(Erasure.request(child.id, child.community_id, now, timedelta(), by=None, reason=None))
        erasure.close(now)
        return True


def erase_closed(database: Engine, now: datetime, pause: timedelta) -> bool:
    """Erase one account that was closed at least `pause` ago, and tell the services. The pause is longer than any call that was
    begun before can last, so no call adds something after the services have erased. Returns True if there was one."""
    with transaction(database) as session:
        if (erasure := storage.take_closed(session, now - pause)) is None or erasure.account_id is None:
            return False
        _erase(Call(session, now), erasure, erasure.account_id)
        return True


def hear(call: Call, service: str, *, erasure_id: UUID, erased: list[object], kept: list[object]) -> None:
    """Take the answer of a service. When booking, cases and events have answered, notify is told to send the receipt."""
    if (erasure := storage.lock(call.session, erasure_id)) is None:
        log.info("answer about an unknown erasure", service=service, erasure_id=str(erasure_id))
        return
    answer = ErasureAnswer(erasure_id=erasure.id, service=service, erased=erased, kept=kept, at=call.now)
    if erasure.hear(answer, call.now):
        outbox.add(call.session, messages.settled(erasure, call.now))


def erase_returned(call: Call) -> int:
    """Erase accounts again that a restore has brought back. The services are told too. Returns how many."""
    accounts = storage.returned(call.session)
    for account in accounts:
        known = storage.running(call.session, account.id, lock=True)
        erasure = known or Erasure.request(account.id, account.community_id, call.now, timedelta(), by=None, reason=None)
        call.session.add(erasure)
        call.session.flush()
        _erase(call, erasure, account.id)
    return len(accounts)


def _request(call: AccountCall, account: Account, grace: timedelta, *, by: UUID | None, reason: str | None) -> Erasure:
    """The caller has locked the account, so two requests cannot be made at once."""
    if (known := storage.running(call.session, account.id)) is not None:
        raise ErasureRequested(due_at=known.due_at.isoformat())
    erasure = Erasure.request(account.id, account.community_id, call.now, grace, by=by, reason=reason)
    call.session.add(erasure)
    outbox.add(call.session, messages.requested(erasure, call.now))
    call.session.execute(text(f"NOTIFY {CHANNEL}"))
    return erasure


def _keep(call: AccountCall, account_id: UUID) -> Erasure:
    if (erasure := storage.running(call.session, account_id, lock=True)) is None:
        raise ErasureNotRequested()
    erasure.keep()
    return erasure


def _erase(call: Call, erasure: Erasure, account_id: UUID) -> None:
    gone = storage.erase_account(call.session, account_id, call.now)
    erased.remember(call.session, account_id, call.now)
    erasure.begin(call.now)
    own = [{"what": what, "count": count} for what, count in gone.items() if count]
    erasure.hear(ErasureAnswer(erasure_id=erasure.id, service="gateway", erased=own, kept=[], at=call.now), call.now)
    outbox.add(call.session, messages.erased(erasure, call.now))
    recording.record(
        call,
        kind="resident",
        subject_id=account_id,
        label="",
        action="erased",
        communities=Communities.only(erasure.community_id),
    )


def _lock_resident(call: AccountCall, account_id: UUID) -> Account:
    statement = select(Account).where(Account.id == account_id, subjects.is_resident(call)).with_for_update()
    if (account := call.session.scalar(statement)) is None:
        raise NotFound()
    return account


def _log(call: AccountCall, erasure: Erasure, community_id: str, action: str, reason: str | None) -> None:
    recording.record(
        call,
        kind="resident",
        subject_id=erasure.account_id,
        label="",
        action=action,
        communities=Communities.only(community_id),
        after={"reason": reason} if reason else None,
    )
