"""Residents: lookup by phone, the new account at the first sign-in, and residents whom staff add.

An elder or a child needs no phone of their own. Staff add them with their name, and with the phone of a relative if there is
one. The account becomes its owner's at the first sign-in with the phone that staff have entered as the resident's own. From
then on staff no longer change it.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, text
from sqlalchemy.exc import IntegrityError

from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import OUT_OF_RANGE
from gateway.accounts import contact_points, names, subjects
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account, SignInSession
from gateway.refusals import AccountIsClaimed, PhoneInUse

EARLIEST_YEAR: Final = 1900
MOST_FOUND: Final = 20


def by_phone(call: AccountCall, phone: str, *conditions: ColumnElement[bool]) -> Account | None:
    """The resident with this phone (E.164) who meets `conditions`. None if there is none."""
    return call.session.scalar(select(Account).where(Account.phone_index.in_(call.personal.indexes(phone)), *conditions))


def look_up(call: AccountCall, *, phone: str) -> Account:
    """The resident with this phone (E.164), for staff at a counter. Logged as a reveal of the name. Raises NotFound."""
    account = by_phone(call, phone, subjects.is_resident(call))
    if account is None:
        raise NotFound()
    names.log_reveal(call, [account.id], ["name"])
    return account


def find(call: AccountCall, *, phone: str) -> Sequence[Account]:
    """The residents who have this phone (E.164) as their own or to be reached under, for staff; the owner first. At most
    MOST_FOUND and one more, which shows that there are others. Logged as a reveal."""
    indexes = call.personal.indexes(phone)
    has_it = or_(Account.phone_index.in_(indexes), Account.contact_phone_index.in_(indexes))
    found = call.session.scalars(
        select(Account)
        .where(has_it, subjects.is_resident(call))
        .order_by(func.coalesce(Account.phone_index.in_(indexes), false()).desc(), Account.id)
        .limit(MOST_FOUND + 1)
    ).all()
    names.log_reveal(call, [account.id for account in found], ["name", "birth_year"])
    return found


def read(call: AccountCall, account_id: UUID) -> Account:
    """A resident within reach, for staff. Logged as a reveal. Raises NotFound."""
    account = call.session.scalar(select(Account).where(Account.id == account_id, subjects.is_resident(call)))
    if account is None:
        raise NotFound()
    names.log_reveal(call, [account.id], ["name", "phone", "birth_year"])
    return account


def add(
    call: AccountCall,
    *,
    name: str,
    phone: str | None = None,
    contact_phone: str | None = None,
    birth_year: int | None = None,
) -> Account:
    """A new resident of the community that the acting member of staff works in. `phone` (E.164) is the resident's own, with
    which they can sign in; `contact_phone` is another one under which they can be reached. Raises PhoneInUse if somebody has
    `phone` already, and InvalidField for a year of birth that cannot be."""
    account = Account(
        community_id=call.community_id,
        party="resident",
        key_id=call.personal.key_id,
        language="zh-CN",
        contact_due=False,
        created_at=call.now,
        made_by=UUID(call.acting.signed_in()),
        grants=[],
    )
    _describe(call, account, name=name, contact_phone=contact_phone, birth_year=birth_year)
    if phone is not None:
        _own_phone(call, account, phone)
    _store(call, account, phone)
    return account


def change(
    call: AccountCall,
    account_id: UUID,
    *,
    expected_version: int | None = None,
    name: str,
    phone: str | None = None,
    contact_phone: str | None = None,
    birth_year: int | None = None,
) -> Account:
    """Replace what staff have entered about a resident. A phone of their own that is there already stays if `phone` is None.
    Raises NotFound, VersionMismatch, AccountIsClaimed after the resident has signed in, and what `add` raises."""
    statement = select(Account).where(Account.id == account_id, subjects.is_resident(call)).with_for_update()
    if (account := call.session.scalar(statement)) is None:
        raise NotFound()
    account.expect_version(expected_version)
    # A gateway of the release before signs people in without a note on the account.
    signed_in = select(SignInSession.id).where(SignInSession.account_id == account.id).limit(1)
    if not account.is_kept_by_staff or call.session.scalar(signed_in) is not None:
        raise AccountIsClaimed()
    names.log_reveal(call, [account.id], ["name", "phone", "birth_year"])
    _describe(call, account, name=name, contact_phone=contact_phone, birth_year=birth_year)
    if phone is not None:
        _own_phone(call, account, phone)
    account.changed()
    _store(call, account, phone)
    return account


def find_or_create(call: AccountCall, *, phone: str) -> Account:
    """The resident with this phone (E.164), who has just proved it. If there is none, a new one of the call's community, with
    its language. An account that staff have added is its owner's from now on. Raises InvalidField if a new account is needed
    and the call is about no community."""
    account = by_phone(call, phone) or _create(call, phone)
    if account.is_kept_by_staff:
        account.claimed_at = call.now
        account.changed()
    return account


def _create(call: AccountCall, phone: str) -> Account:
    account = Account(
        community_id=call.community_id,
        party="resident",
        phone=call.personal.seal(phone),
        phone_index=call.personal.index(phone),
        key_id=call.personal.key_id,
        language=call.language,
        contact_due=True,
        created_at=call.now,
        grants=[],
    )
    try:
        with call.session.begin_nested():
            call.session.add(account)
    except IntegrityError as error:
        if not _is_phone_in_use(error):
            raise
        # The same person has just signed in elsewhere.
        return call.session.execute(select(Account).where(Account.phone_index == call.personal.index(phone))).scalar_one()
    _wake_hand_over(call)
    return account


def _describe(call: AccountCall, account: Account, *, name: str, contact_phone: str | None, birth_year: int | None) -> None:
    if birth_year is not None and not EARLIEST_YEAR <= birth_year <= call.now.year:
        raise InvalidField(OUT_OF_RANGE, "birth_year", least=EARLIEST_YEAR, most=call.now.year)
    account.name = call.personal.seal(name)
    account.birth_year = birth_year
    account.contact_phone = call.personal.seal(contact_phone) if contact_phone else None
    account.contact_phone_index = call.personal.index(contact_phone) if contact_phone else None


def _own_phone(call: AccountCall, account: Account, phone: str) -> None:
    # Also under older keys, which the unique index does not see.
    if (owner := by_phone(call, phone)) is not None and owner is not account:
        raise PhoneInUse()
    account.phone, account.phone_index = call.personal.seal(phone), call.personal.index(phone)
    account.contact_due = True


def _store(call: AccountCall, account: Account, phone: str | None) -> None:
    try:
        with call.session.begin_nested():
            call.session.add(account)
    except IntegrityError as error:
        if not _is_phone_in_use(error):
            raise
        raise PhoneInUse() from error
    if phone is not None:
        _wake_hand_over(call)


def _is_phone_in_use(error: IntegrityError) -> bool:
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None) == "account_phone_key"


def _wake_hand_over(call: AccountCall) -> None:
    call.session.execute(text(f"NOTIFY {contact_points.CHANNEL}"))
