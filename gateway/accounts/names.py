"""Names and phone numbers of accounts, for staff who may see them. Each access to personal data of others is logged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select

from gateway.accounts.call import AccountCall
from gateway.accounts.models import NO_COMMUNITY, Account, Reveal
from gateway.accounts.phone_list import storage as phone_list
from gateway.accounts.phone_list.models import SIGN_IN


@dataclass(frozen=True, slots=True)
class Person:
    """Personal fields of one resident. `name` and `phone` are empty if there is none. `phone` is the main phone in E.164.
    `is_own_phone` is false for the phone of somebody else, under which the resident can be reached. `others` are further
    phones, each with whether it is their own."""

    name: str
    phone: str
    is_own_phone: bool = True
    others: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class _Named:
    id: UUID
    party: str
    name: str


def names_of(call: AccountCall, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names by account id, without a log entry. For the caller's own name and for names of staff. Accounts without a name are
    missing."""
    return {account.id: account.name for account in _named(call, set(ids))}


def reveal_names(call: AccountCall, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names by account id, for staff. Names of residents are logged as a reveal, names of staff are not. Accounts without a
    name are missing."""
    found = _named(call, set(ids))
    log_reveal(call, [account.id for account in found if account.party == "resident"], ["name"])
    return {account.id: account.name for account in found}


def reveal_contacts(call: AccountCall, ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Names and phones of residents by account id, logged as a reveal."""
    columns = (Account.id, Account.name, Account.phone, Account.contact_phone)
    rows = call.session.execute(select(*columns).where(Account.id.in_(set(ids)), Account.party == "resident"))
    found = {account_id: _person(call, name, phone, contact) for account_id, name, phone, contact in rows}
    log_reveal(call, list(found), ["name", "phone"])
    return found


def reveal_contact(call: AccountCall, account_id: UUID) -> Person | None:
    """Name and all phones of one resident, logged as a reveal. None if there is no such resident."""
    if (person := reveal_contacts(call, [account_id]).get(account_id)) is None:
        return None
    listed = [(call.personal.open(one.phone), one.use == SIGN_IN) for one in phone_list.of_account(call.session, account_id)]
    return replace(person, others=tuple(one for one in listed if one[0] != person.phone))


def log_reveal(call: AccountCall, subjects: Sequence[UUID], fields: Sequence[str]) -> None:
    """Log that the acting account saw `fields` of `subjects`. Its own fields are not logged. Raises Unauthenticated for a
    visitor."""
    others = sorted({str(subject) for subject in subjects} - {call.acting.account_id or ""})
    if not others:
        return
    call.session.add(
        Reveal(
            community_id=call.acting.community_id or call.accounts.community_id or NO_COMMUNITY,
            at=call.now,
            account_id=UUID(call.acting.signed_in()),
            subjects=others,
            fields=list(fields),
            operation=call.accounts.operation,
            correlation_id=call.accounts.correlation_id,
        )
    )


def _named(call: AccountCall, ids: set[UUID]) -> list[_Named]:
    if not ids:
        return []
    statement = select(Account.id, Account.party, Account.name).where(Account.id.in_(ids), Account.name.is_not(None))
    rows = call.session.execute(statement)
    return [_Named(account_id, party, call.personal.open(name)) for account_id, party, name in rows if name]


def _person(call: AccountCall, name: bytes | None, phone: bytes | None, contact: bytes | None) -> Person:
    sealed = phone or contact
    return Person(call.personal.open(name) if name else "", call.personal.open(sealed) if sealed else "", phone is not None)
