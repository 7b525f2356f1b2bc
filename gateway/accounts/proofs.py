"""A fresh proof of who is there, for what is worth more than a session: the export of all data, and the erasure.

Signing in is a proof, and so is a code that was sent to the phone of the account and entered in this session. A proof is fresh
for ten minutes.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from gateway.accounts import codes, sign_in
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.models import Account, SignInSession
from gateway.accounts.sign_in import SendCode
from gateway.refusals.sign_in import CodeWrong, NoPhone, ProofNeeded

FRESH_FOR: Final = timedelta(minutes=10)


def ask_code(accounts: Accounts, *, send: SendCode) -> None:
    """Send a code to the phone of the acting account. Raises Unauthenticated, NoPhone, TooManyCodes, and the errors of
    `send`."""
    with accounts.reading() as call:
        phone = _phone(call)
    sign_in.ask_code(accounts, phone=phone, send=send)


def prove(accounts: Accounts, *, code: str) -> None:
    """The acting account proves with a code of its phone that its owner is there. Raises Unauthenticated, NoPhone,
    CodeWrong."""
    with accounts.transaction() as call:
        right = codes.redeem(call, _phone(call), code)
        if right:
            of_session = update(SignInSession).where(SignInSession.id == call.accounts.session_id)
            call.session.execute(of_session.values(proved_at=call.now))
    # Raised after the commit, because a wrong code costs a try.
    if not right:
        raise CodeWrong()


def is_fresh(call: AccountCall) -> bool:
    """Whether the owner of the acting account has proved within FRESH_FOR that they are there."""
    found = select(SignInSession.created_at, SignInSession.proved_at).where(SignInSession.id == call.accounts.session_id)
    row = call.session.execute(found).first()
    return row is not None and call.now - max(row.created_at, row.proved_at or row.created_at) <= FRESH_FOR


def require(call: AccountCall) -> None:
    """Raises ProofNeeded unless there is a fresh proof."""
    if not is_fresh(call):
        raise ProofNeeded()


def _phone(call: AccountCall) -> str:
    account = call.session.get_one(Account, UUID(call.acting.signed_in()))
    if account.phone is None:
        raise NoPhone()
    return call.personal.open(account.phone)
