"""Accounts as the desk sees them: finding a resident by phone, and the people behind a registration list."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import phonenumbers
from sqlalchemy import select

from chassis.database.engine import reading, transaction
from chassis.rpc.refusal import NotFound
from gateway.accounts import directory, subjects
from gateway.accounts.models import Account, RoleGrant
from gateway.http import current


@dataclass(frozen=True, slots=True)
class Person:
    """Personal fields of one account, opened."""

    name: str
    phone: str


def own_name() -> str:
    """The name of whoever is signed in; empty where they gave none."""
    account_id = UUID(current.identity().signed_in())
    with reading(current.database()) as session:
        return directory.names_of(session, [account_id]).get(account_id, "")


def resident_by_phone(phone: str) -> UUID | None:
    """The resident's account id; None where there is none. Raises Invalid for what is no phone, Throttled."""
    try:
        return UUID(subjects.look_up(phone)["id"])
    except NotFound:
        return None


def reveal(account_ids: Sequence[str]) -> dict[str, Person]:
    """Names and phones of residents by account id, for staff; what is shown, and to whom, is written down."""
    wanted = {UUID(one) for one in account_ids}
    if not wanted:
        return {}
    with transaction(current.database()) as session:
        rows = session.execute(
            select(Account.id, Account.name, Account.phone).where(Account.id.in_(wanted), Account.phone.is_not(None))
        )
        found = {id_: _person(name, phone) for id_, name, phone in rows if phone}
        directory.log_reveal(session, list(found), ["name", "phone"])
    return {str(id_): person for id_, person in found.items()}


def _person(name: bytes | None, phone: bytes) -> Person:
    personal = current.personal()
    return Person(personal.open(name) if name else "", _readable(personal.open(phone)))


def _readable(phone: str) -> str:
    """199 0000 0001 instead of +8619900000001."""
    number = phonenumbers.parse(phone)
    national = number.country_code == 86
    form = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))


def with_role(role: str) -> list[tuple[str, str]]:
    """Staff with `role` in the reader's community, as (account id, name), for a choice."""
    with reading(current.database()) as session:
        ids = list(session.scalars(select(Account.id).join(RoleGrant).where(RoleGrant.role == role, subjects.within_reach())))
        names = directory.names_of(session, ids)
    return sorted(((str(id_), names[id_]) for id_ in ids if id_ in names), key=lambda pair: pair[1])
