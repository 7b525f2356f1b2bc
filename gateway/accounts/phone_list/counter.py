"""Staff at the counter: the phones of a resident who is there.

A resident who has lost the phone needs staff to get into the account again. So staff may add a phone whose owner tells them a
code, also to an account that is in use. To stop a member of staff from taking an account over unseen, the phone can be used
two days later, and the resident hears of it at once on every other way.

A number that changed hands is moved from the account of the earlier owner, if the new one proves it at the counter.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from chassis.rpc.refusal import NotFound
from gateway.accounts import auditing, codes, names, residents, sign_in, subjects
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.models import Account
from gateway.accounts.phone_list import changes, storage
from gateway.accounts.phone_list.models import CONTACT, SIGN_IN, ResidentPhone
from gateway.accounts.sign_in import SendCode
from gateway.refusals.residents import AccountIsClaimed, PhoneOfAnother
from gateway.refusals.sign_in import CodeWrong

WAIT: Final = timedelta(hours=48)


def list_of(call: AccountCall, account_id: UUID) -> list[ResidentPhone]:
    """The phones of a resident within reach. Logged as a reveal. Raises NotFound."""
    account = _find(call, account_id)
    names.log_reveal(call, [account.id], ["phone"])
    return storage.of_account(call.session, account.id)


def ask_code(accounts: Accounts, account_id: UUID, *, phone: str, send: SendCode) -> None:
    """Send a code to the phone (E.164) of the resident. Raises NotFound, TooManyCodes, and the errors of `send`."""
    with accounts.reading() as call:
        _find(call, account_id)
    sign_in.ask_code(accounts, phone=phone, send=send)


def add(accounts: Accounts, account_id: UUID, *, phone: str, code: str, move: bool = False) -> ResidentPhone:
    """Add a phone (E.164) to sign in with, whose code the resident has told. With `move` it is taken away from the account that
    signs in with it. Raises NotFound, CodeWrong, and what changes.add_sign_in raises."""
    with accounts.transaction() as call:
        owner = residents.by_phone(call, phone) if move else None
        locked = _lock(call, account_id, owner)
        added = changes.find(call, locked[account_id], phone, SIGN_IN)
        if added is None and codes.redeem(call, phone, code):
            added = _add_proved(call, locked, account_id, phone, move=move)
    # Raised after the commit, because a wrong code costs a try.
    if added is None:
        raise CodeWrong()
    return added


def add_contact(call: AccountCall, account_id: UUID, *, phone: str) -> ResidentPhone:
    """Add the phone (E.164) of somebody else under which the resident can be reached. Raises NotFound, TooManyPhones."""
    account = _lock(call, account_id)[account_id]
    before = _facts(call, account)
    added = changes.add_contact(call, account, phone, added_by=_staff(call))
    _record(call, account, before)
    return added


def remove(call: AccountCall, account_id: UUID, phone_id: UUID) -> None:
    """Staff remove phones of others, and those of residents who have never signed in. Raises NotFound, AccountIsClaimed, and
    what changes.remove raises."""
    account = _lock(call, account_id)[account_id]
    listed = storage.of_account(call.session, account.id)
    if any(one.id == phone_id and one.use != CONTACT for one in listed) and _is_claimed(call, account):
        raise AccountIsClaimed()
    before = _facts(call, account)
    changes.remove(call, account, phone_id)
    _record(call, account, before)


def _add_proved(call: AccountCall, locked: dict[UUID, Account], account_id: UUID, phone: str, *, move: bool) -> ResidentPhone:
    account = locked[account_id]
    before = _facts(call, account)
    residents.lock_phone(call, phone)
    known = storage.find_sign_in(call.session, call.personal.indexes(phone))
    if known is not None:
        # An account that got the phone a moment ago is not locked. Staff can try again.
        if not move or (owner := locked.get(known.account_id)) is None:
            raise PhoneOfAnother()
        before_owner = _facts(call, owner)
        changes.take_away(call, owner, known)
        _record(call, owner, before_owner)
    usable_from = call.now + WAIT if _is_claimed(call, account) else None
    added = changes.add_sign_in(call, account, phone, usable_from=usable_from, added_by=_staff(call))
    _record(call, account, before)
    return added


def _is_claimed(call: AccountCall, account: Account) -> bool:
    return not account.is_kept_by_staff or bool(residents.have_signed_in(call, [account.id]))


def _find(call: AccountCall, account_id: UUID) -> Account:
    account = call.session.scalar(select(Account).where(Account.id == account_id, subjects.is_resident(call)))
    if account is None:
        raise NotFound()
    return account


def _lock(call: AccountCall, account_id: UUID, other: Account | None = None) -> dict[UUID, Account]:
    """The resident, locked, by id. `other`, who may be of another community, is locked too, in the order of ids."""
    _find(call, account_id)
    ids = sorted({account_id, *([other.id] if other else [])})
    locked = select(Account).where(Account.id.in_(ids)).order_by(Account.id).with_for_update()
    found = {account.id: account for account in call.session.scalars(locked.execution_options(populate_existing=True))}
    # The resident may have been merged or moved away before the lock.
    _find(call, account_id)
    return found


def _staff(call: AccountCall) -> UUID:
    return UUID(call.acting.signed_in())


def _facts(call: AccountCall, account: Account) -> dict[str, Any]:
    """What the audit log says: how many phones, and not which."""
    uses = [one.use for one in storage.of_account(call.session, account.id)]
    return {"sign_in_phones": uses.count(SIGN_IN), "contact_phones": uses.count(CONTACT)}


def _record(call: AccountCall, account: Account, before: dict[str, Any]) -> None:
    auditing.resident_changed(call, account, before, _facts(call, account))
