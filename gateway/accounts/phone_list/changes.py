"""The changes of a list of phones. The callers have locked the account, and checked who may do this.

Accounts are locked before phones, as everywhere.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from chassis.messaging import outbox
from chassis.rpc.refusal import NotFound
from gateway.accounts import ages, contact_points, residents, sessions
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.accounts.phone_list import storage
from gateway.accounts.phone_list.messages import ADDED, MAIN, MOVED, REMOVED, phones_changed
from gateway.accounts.phone_list.models import CONTACT, SIGN_IN, ResidentPhone
from gateway.refusals.residents import LastPhone, PhoneIsMain, PhoneNotYet, PhoneOfAnother, TooManyPhones
from gateway.wechat.models import WeChatLink

MOST: Final = 5  # phones of each use


def find(call: AccountCall, account: Account, phone: str, use: str) -> ResidentPhone | None:
    """The phone (E.164) in the list of the account."""
    indexes = call.personal.indexes(phone)
    listed = storage.of_account(call.session, account.id)
    return next((one for one in listed if one.use == use and one.phone_index in indexes), None)


def add_sign_in(
    call: AccountCall, account: Account, phone: str, *, usable_from: datetime | None = None, added_by: UUID | None = None
) -> ResidentPhone:
    """Add a phone (E.164) that somebody has proved. The first one is the main one. Raises PhoneOfAnother, TooManyPhones, and
    InvalidField if the person is too young to sign in."""
    residents.check_own_phone(call, account.birth_year)
    # Also under older keys, which the unique index does not see.
    residents.lock_phone(call, phone)
    if storage.find_sign_in(call.session, call.personal.indexes(phone)) is not None:
        raise PhoneOfAnother()
    added = _add(call, account, phone, SIGN_IN)
    added.usable_from, added.added_by = usable_from, added_by
    _announce(call, account, ADDED, usable_from)
    return added


def add_contact(call: AccountCall, account: Account, phone: str, *, added_by: UUID | None = None) -> ResidentPhone:
    """Add the phone (E.164) of somebody else under which the resident can be reached. One that is there already stays as it
    is. Raises TooManyPhones."""
    if (known := find(call, account, phone, CONTACT)) is not None:
        return known
    added = _add(call, account, phone, CONTACT)
    added.added_by = added_by
    account.changed()
    return added


def choose_main(call: AccountCall, account: Account, phone_id: UUID) -> ResidentPhone:
    """Text messages go to this phone from now on. Raises NotFound, and PhoneNotYet if it cannot be used yet."""
    listed = storage.of_account(call.session, account.id)
    chosen = _of(listed, phone_id)
    if not chosen.is_usable(call.now):
        raise PhoneNotYet(usable_from=chosen.usable_from.isoformat() if chosen.usable_from else None)
    if chosen.main:
        return chosen
    _make_main(call, account, listed, chosen)
    if chosen.use == SIGN_IN:
        _announce(call, account, MAIN)
    else:
        account.changed()
    return chosen


def remove(call: AccountCall, account: Account, phone_id: UUID) -> ResidentPhone:
    """Raises NotFound, PhoneIsMain if there are others of the same use, LastPhone if it is the only one to sign in with."""
    listed = storage.of_account(call.session, account.id)
    gone = _of(listed, phone_id)
    others = [one for one in listed if one.use == gone.use and one is not gone]
    if gone.use == SIGN_IN and not others:
        raise LastPhone()
    if gone.main and others:
        raise PhoneIsMain()
    if gone.main:
        _no_main(call, account, CONTACT)
    else:
        call.session.delete(gone)
        call.session.flush()
    if gone.use == SIGN_IN:
        _announce(call, account, REMOVED)
    else:
        account.changed()
    return gone


def take_away(call: AccountCall, account: Account, phone: ResidentPhone) -> None:
    """Somebody else has proved that the sign-in phone of this account is theirs now. People who were signed in to the
    account, or linked with it in WeChat, may have used the phone, so every session and link ends. Without another phone the
    account has none, until staff add one."""
    listed = storage.of_account(call.session, account.id)
    rest = [one for one in listed if one.use == SIGN_IN and one.id != phone.id]
    if not phone.main:
        call.session.execute(delete(ResidentPhone).where(ResidentPhone.id == phone.id))
    elif usable := [one for one in rest if one.is_usable(call.now)] or rest:
        _make_main(call, account, listed, usable[0])
        call.session.execute(delete(ResidentPhone).where(ResidentPhone.id == phone.id))
    else:
        if account.made_by is None:  # its owner made it, so it stays theirs without a phone
            account.claimed_at = account.claimed_at or call.now
        _no_main(call, account, SIGN_IN)
    sessions.end_all(call.session, account.id)
    call.session.execute(delete(WeChatLink).where(WeChatLink.account_id == account.id))
    call.access_changed()
    _announce(call, account, MOVED)


def take_all(call: AccountCall, account: Account) -> list[ResidentPhone]:
    """Empty the list of an account that is merged into another one. Returns what was in it, for `join`. The caller flushes."""
    listed = storage.of_account(call.session, account.id)
    for one in listed:
        call.session.expunge(one)
    call.session.execute(delete(ResidentPhone).where(ResidentPhone.account_id == account.id))
    account.phone = account.phone_index = account.contact_phone = account.contact_phone_index = None
    return listed


def join(call: AccountCall, account: Account, phones: Sequence[ResidentPhone]) -> None:
    """Add the phones of an account that was merged into this one, also if they are more than MOST. Somebody who is too young to
    sign in gets no sign-in phone, and a phone that signs in is no contact phone of the same person."""
    old_enough = ages.is_at_least(ages.OWN_SIGN_IN, account.birth_year, call.now)
    for one in phones:
        phone = call.personal.open(one.phone)
        known = find(call, account, phone, SIGN_IN) or find(call, account, phone, one.use)
        if known is None and (one.use == CONTACT or old_enough):
            added = _insert(call, account, phone, one.use)
            added.usable_from, added.added_by, added.added_at = one.usable_from, one.added_by, one.added_at


def _add(call: AccountCall, account: Account, phone: str, use: str) -> ResidentPhone:
    listed = storage.of_account(call.session, account.id)
    if sum(one.use == use for one in listed) >= MOST:
        raise TooManyPhones(most=MOST)
    return _insert(call, account, phone, use)


def _insert(call: AccountCall, account: Account, phone: str, use: str) -> ResidentPhone:
    listed = [one for one in storage.of_account(call.session, account.id) if one.use == use]
    sealed, index = call.personal.seal(phone), call.personal.index(phone)
    try:
        with call.session.begin_nested():
            if listed:
                call.session.add(
                    ResidentPhone(
                        account_id=account.id,
                        use=use,
                        main=False,
                        phone=sealed,
                        phone_index=index,
                        key_id=call.personal.key_id,
                        added_at=call.now,
                    )
                )
            else:
                _set_main(call, account, use, sealed, index)
    except IntegrityError as error:
        if not storage.is_in_use(error):
            raise
        raise PhoneOfAnother() from error
    added = find(call, account, phone, use)
    if added is None:  # pragma: no cover - the trigger of account has added it
        raise LookupError(f"the phone of {account.id} is not in its list")
    return added


def _make_main(call: AccountCall, account: Account, listed: list[ResidentPhone], chosen: ResidentPhone) -> None:
    for one in listed:
        if one.use == chosen.use and one.main:
            one.main = False
    call.session.flush()  # the unique index needs this before the other one
    chosen.main = True
    call.session.flush()
    # Sealed anew, because the account may have another key than the phone. The trigger changes `chosen` too.
    phone = call.personal.open(chosen.phone)
    _set_main(call, account, chosen.use, call.personal.seal(phone), call.personal.index(phone))
    call.session.flush()
    call.session.refresh(chosen)


def _set_main(call: AccountCall, account: Account, use: str, sealed: bytes | None, index: bytes | None) -> None:
    if use == SIGN_IN:
        account.phone, account.phone_index = sealed, index
    else:
        account.contact_phone, account.contact_phone_index = sealed, index
    contact_points.is_due(account)
    residents.wake_hand_over(call)
    call.session.flush()


def _no_main(call: AccountCall, account: Account, use: str) -> None:
    """Without a main phone there is no phone of this use."""
    _set_main(call, account, use, None, None)


def _of(listed: list[ResidentPhone], phone_id: UUID) -> ResidentPhone:
    found = next((one for one in listed if one.id == phone_id), None)
    if found is None:
        raise NotFound()
    return found


def _announce(call: AccountCall, account: Account, change: str, usable_from: datetime | None = None) -> None:
    account.changed()
    call.session.flush()
    outbox.add(call.session, phones_changed(account, change, call.now, usable_from=usable_from))
