"""Residents change the list of their own phones. Each change needs a fresh proof of who is there (gateway.accounts.proofs), and
a phone to sign in with also a code that was sent to it."""

from uuid import UUID

from chassis.rpc.refusal import Forbidden
from gateway.accounts import codes, own_data, proofs, sign_in
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.models import Account
from gateway.accounts.phone_list import changes, storage
from gateway.accounts.phone_list.models import SIGN_IN, ResidentPhone
from gateway.accounts.sign_in import SendCode
from gateway.refusals.sign_in import CodeWrong


def list_own(call: AccountCall) -> list[ResidentPhone]:
    """The phones of the acting account, the main ones first. Raises Unauthenticated."""
    return storage.of_account(call.session, UUID(call.acting.signed_in()))


def ask_code(accounts: Accounts, *, phone: str, send: SendCode) -> None:
    """Send a code to the phone (E.164) that the acting account wants to add. The answer is the same if another account has it.
    Raises Forbidden, ProofNeeded, TooManyCodes, and the errors of `send`."""
    with accounts.transaction() as call:
        _lock(call)
    sign_in.ask_code(accounts, phone=phone, send=send)


def add(accounts: Accounts, *, phone: str, code: str) -> ResidentPhone:
    """Add a phone (E.164) with the code that was sent to it. One that is there already stays as it is. Raises Forbidden,
    ProofNeeded, CodeWrong, and what changes.add_sign_in raises."""
    with accounts.transaction() as call:
        account = _lock(call)
        added = changes.find(call, account, phone, SIGN_IN)
        if added is None and codes.redeem(call, phone, code):
            added = changes.add_sign_in(call, account, phone)
    # Raised after the commit, because a wrong code costs a try.
    if added is None:
        raise CodeWrong()
    return added


def add_contact(call: AccountCall, *, phone: str) -> ResidentPhone:
    """Add the phone (E.164) of somebody else under which staff reach the acting account. Raises Forbidden, ProofNeeded,
    TooManyPhones."""
    return changes.add_contact(call, _lock(call), phone)


def choose_main(call: AccountCall, phone_id: UUID) -> ResidentPhone:
    """Raises Forbidden, ProofNeeded, NotFound, PhoneNotYet."""
    return changes.choose_main(call, _lock(call), phone_id)


def remove(call: AccountCall, phone_id: UUID) -> None:
    """Raises Forbidden, ProofNeeded, NotFound, PhoneIsMain, LastPhone."""
    changes.remove(call, _lock(call), phone_id)


def _lock(call: AccountCall) -> Account:
    account = own_data.lock(call)
    if account.party != "resident":
        raise Forbidden(needs=["resident"])
    proofs.require(call)
    return account
