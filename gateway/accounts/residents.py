"""Residents: lookup by phone, the new account at the first sign-in, and residents whom staff add.

An elder or a child needs no phone of their own. Staff add them with their name, and with the phone of a relative if there is
one. The account becomes its owner's at the first sign-in with the phone that staff have entered as the resident's own. From
then on staff no longer change it.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.exc import IntegrityError

from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import OUT_OF_RANGE, Rule
from gateway.accounts import ages, contact_points, name_index, names, subjects
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account, SignInSession
from gateway.accounts.phone_list import storage as phone_list
from gateway.accounts.phone_list.models import CONTACT, SIGN_IN
from gateway.directory import live_settings
from gateway.refusals.residents import AccountIsClaimed, PhoneInUse, PhoneNotYet
from gateway.refusals.sign_in import SignUpClosed

EARLIEST_YEAR: Final = 1900
MOST_FOUND: Final = 20
TOO_YOUNG = Rule(
    "too_young",
    "Under 14 nobody has a sign-in of their own. Enter the number as a contact phone.",
    "未满 14 周岁不能自己登录，请把号码填作联系电话。",
)


def by_phone(call: AccountCall, phone: str, *conditions: ColumnElement[bool]) -> Account | None:
    """The resident who signs in with this phone (E.164) and meets `conditions`. None if there is none."""
    return call.session.scalar(select(Account).where(phone_list.signs_in(call.personal.indexes(phone)), *conditions))


def lock_phone(call: AccountCall, phone: str) -> None:
    """Lock a phone (E.164) until the transaction ends. It is locked under all its indexes, in one order: while keys are
    changed, another replica may use another index for new rows."""
    for index in sorted(call.personal.indexes(phone)):
        key = int.from_bytes(index[:8], signed=True)
        call.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def look_up(call: AccountCall, *, phone: str) -> Account:
    """The resident with this phone (E.164), for staff at a counter. Logged as a reveal of the name. Raises NotFound."""
    account = by_phone(call, phone, subjects.is_resident(call))
    if account is None:
        raise NotFound()
    names.log_reveal(call, [account.id], ["name"])
    return account


def find(call: AccountCall, *, phone: str) -> Sequence[Account]:
    """The residents who have this phone (E.164) as one of their own or to be reached under, for staff; the owner first. At most
    MOST_FOUND and one more, which shows that there are others. Logged as a reveal."""
    indexes = call.personal.indexes(phone)
    found = call.session.scalars(
        select(Account)
        .where(phone_list.is_reached(indexes), subjects.is_resident(call))
        .order_by(phone_list.signs_in(indexes).desc(), Account.id)
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
    account = new_account(call, call.community_id)
    describe(call, account, name=name, contact_phone=contact_phone, birth_year=birth_year)
    if phone is not None:
        _own_phone(call, account, phone)
    _store(call, account, phone)
    return account


def new_account(call: AccountCall, community_id: str) -> Account:
    """An account that the acting account adds for somebody else. It is not in the session yet, and is not described."""
    return Account(
        community_id=community_id,
        party="resident",
        key_id=call.personal.key_id,
        language="zh-CN",
        contact_due=False,
        created_at=call.now,
        made_by=UUID(call.acting.signed_in()),
        sample=False,
        communities=[],
        whole_district=False,
        grants=[],
    )


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
    if not account.is_kept_by_staff or have_signed_in(call, [account.id]):
        raise AccountIsClaimed()
    names.log_reveal(call, [account.id], ["name", "phone", "birth_year"])
    describe(call, account, name=name, contact_phone=contact_phone, birth_year=birth_year)
    if phone is not None:
        _own_phone(call, account, phone)
    account.changed()
    _store(call, account, phone)
    return account


def find_or_create(call: AccountCall, *, phone: str) -> Account:
    """The resident with this phone (E.164), who has just proved it. If there is none, a new one of the call's community, with
    its language. An account that staff have added is its owner's from now on. If a new account is needed, raises InvalidField
    if the call is about no community, and SignUpClosed if new residents cannot make one there. Raises PhoneNotYet for a phone
    that was added at the counter a short time ago."""
    indexes = call.personal.indexes(phone)
    known = phone_list.find_sign_in(call.session, indexes)
    if known is None:
        # The unique index does not see a row that another replica adds under another key.
        lock_phone(call, phone)
        known = phone_list.find_sign_in(call.session, indexes)
    if known is None:
        account = _sign_up(call, phone)
    elif known.is_usable(call.now):
        account = call.session.get_one(Account, known.account_id)
    else:
        raise PhoneNotYet(usable_from=known.usable_from.isoformat() if known.usable_from else None)
    if account.is_kept_by_staff:
        account.claimed_at = call.now
        account.changed()
    return account


def _sign_up(call: AccountCall, phone: str) -> Account:
    if not live_settings.takes_sign_up(call, call.community_id):
        raise SignUpClosed()
    return _create(call, phone)


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
        if not phone_list.is_in_use(error):
            raise
        # The same person has just signed in elsewhere.
        return call.session.execute(select(Account).where(phone_list.signs_in([call.personal.index(phone)]))).scalar_one()
    wake_hand_over(call)
    return account


def have_signed_in(call: AccountCall, account_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the accounts that have a session. A gateway of the release before signs people in without a note on the
    account."""
    sessions = select(SignInSession.account_id).where(SignInSession.account_id.in_(account_ids)).distinct()
    return set(call.session.scalars(sessions)) if account_ids else set()


def check_birth_year(call: AccountCall, birth_year: int | None) -> None:
    """Raises InvalidField for `birth_year`."""
    if birth_year is not None and not EARLIEST_YEAR <= birth_year <= call.now.year:
        raise InvalidField(OUT_OF_RANGE, "birth_year", least=EARLIEST_YEAR, most=call.now.year)


def check_own_phone(call: AccountCall, birth_year: int | None) -> None:
    """Raises InvalidField for `phone` if somebody born in this year is too young to sign in."""
    if not ages.is_at_least(ages.OWN_SIGN_IN, birth_year, call.now):
        raise InvalidField(TOO_YOUNG, "phone")


def describe(call: AccountCall, account: Account, *, name: str, contact_phone: str | None, birth_year: int | None) -> None:
    """Set what staff enter about a resident, except their own phone. Raises InvalidField."""
    check_birth_year(call, birth_year)
    if account.phone is not None:
        check_own_phone(call, birth_year)
    account.name = call.personal.seal(name)
    account.name_index = name_index.of(call.personal, name)
    # notify knows until when guardians are told.
    is_other_age, account.birth_year = account.birth_year != birth_year, birth_year
    if contact_phone or account.contact_phone or is_other_age:
        contact_points.is_due(account)
    if contact_phone is None and account.contact_phone is not None:
        contact_phone = _take_another_contact(call, account)
    if contact_phone is not None:
        phone_list.drop_other(call.session, account, CONTACT, call.personal.indexes(contact_phone))
    account.contact_phone = call.personal.seal(contact_phone) if contact_phone else None
    account.contact_phone_index = call.personal.index(contact_phone) if contact_phone else None


def _take_another_contact(call: AccountCall, account: Account) -> str | None:
    """Another contact phone of the account, which becomes the main one. It is out of the list until then."""
    for one in phone_list.of_account(call.session, account.id):
        if one.use == CONTACT and not one.main:
            call.session.delete(one)
            call.session.flush()
            return call.personal.open(one.phone)
    return None


def _own_phone(call: AccountCall, account: Account, phone: str) -> None:
    check_own_phone(call, account.birth_year)
    # Also under older keys, which the unique index does not see.
    lock_phone(call, phone)
    if (owner := by_phone(call, phone)) is not None and owner is not account:
        raise PhoneInUse()
    set_own_phone(call, account, phone)


def set_own_phone(call: AccountCall, account: Account, phone: str) -> None:
    """Set the main phone (E.164) with which the resident signs in; the main one of before is not in the list any more. The
    caller has checked that nobody else has it."""
    phone_list.drop_other(call.session, account, SIGN_IN, call.personal.indexes(phone))
    account.phone, account.phone_index = call.personal.seal(phone), call.personal.index(phone)
    contact_points.is_due(account)


def _store(call: AccountCall, account: Account, phone: str | None) -> None:
    try:
        with call.session.begin_nested():
            call.session.add(account)
    except IntegrityError as error:
        if not phone_list.is_in_use(error):
            raise
        raise PhoneInUse() from error
    if account.contact_due:
        wake_hand_over(call)


def wake_hand_over(call: AccountCall) -> None:
    """The phone numbers that are due are sent to notify when the transaction is committed."""
    call.session.execute(text(f"NOTIFY {contact_points.CHANNEL}"))
