"""Residents: lookup by phone, and the new account at the first sign-in."""

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.exc import IntegrityError

from chassis.rpc.refusal import NotFound
from gateway.accounts import contact_points, names, subjects
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account


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


def find_or_create(call: AccountCall, *, phone: str) -> Account:
    """The resident with this phone (E.164). If there is none, a new one of the call's community, with its language. Raises
    InvalidField if the call is about no community."""
    return by_phone(call, phone) or _create(call, phone)


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
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != "account_phone_key":
            raise
        # The same person has just signed in elsewhere.
        return call.session.execute(select(Account).where(Account.phone_index == call.personal.index(phone))).scalar_one()
    call.session.execute(text(f"NOTIFY {contact_points.CHANNEL}"))
    return account
