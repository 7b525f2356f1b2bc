"""Accounts for the pages of the desk: find a resident by phone, show the people of a registration list, list staff to choose
from."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import phonenumbers
from flask_babel import gettext

from chassis.rpc.communities import Communities
from chassis.rpc.refusal import NotFound
from gateway.accounts import names
from gateway.accounts.names import Person
from gateway.accounts.staff import members
from gateway.http import current
from gateway.operations import people, residents
from gateway.web import times

__all__ = [
    "Person",
    "chosen_resident",
    "colleagues_in",
    "handlers_of",
    "names_of_residents",
    "names_of_staff",
    "phones_of",
    "readable",
    "resident_by_phone",
    "reveal",
    "staff_with_role",
]


def resident_by_phone(phone: str) -> UUID | None:
    """The account id of the resident with this phone number. None if there is none. Raises Invalid for a malformed number,
    Throttled."""
    try:
        return UUID(people.look_up_resident(phone)["id"])
    except NotFound:
        return None


def chosen_resident(account_id: str | None, *roles: str) -> dict[str, Any] | None:
    """The resident for whom staff with one of `roles` fill in a form. None without an id, for a malformed one, and for other
    readers. The access is logged. Raises NotFound for an id of no resident within reach."""
    if not account_id or not current.identity().has_role(*roles):
        return None
    try:
        return residents.read(UUID(account_id))
    except ValueError:
        return None


def reveal(account_ids: Sequence[str]) -> dict[str, Person]:
    """Names and phone numbers of residents by account id, for staff. The access is logged."""
    if not account_ids:
        return {}
    with current.accounts().transaction() as call:
        found = names.reveal_contacts(call, [UUID(account_id) for account_id in account_ids])
    return {
        str(account_id): Person(person.name, readable(person.phone), person.is_own_phone)
        for account_id, person in found.items()
    }


def names_of_residents(account_ids: Collection[str]) -> dict[str, str]:
    """Names of residents by account id, for staff. The access is logged. Accounts without a name are missing."""
    if not account_ids:
        return {}
    with current.accounts().transaction() as call:
        found = names.reveal_names(call, [UUID(account_id) for account_id in account_ids])
    return {str(account_id): name for account_id, name in found.items()}


def names_of_staff(account_ids: Collection[str]) -> dict[str, str]:
    """Names of colleagues by account id, for staff."""
    if not account_ids:
        return {}
    with current.accounts().reading() as call:
        found = names.names_of(call, [UUID(account_id) for account_id in account_ids])
    return {str(account_id): name for account_id, name in found.items()}


def staff_with_role(role: str) -> list[tuple[str, str]]:
    """Staff with `role` in the reader's community, as (account id, name), sorted by name."""
    with current.accounts().reading() as call:
        found = members.names_with_role(call, role=role)
    return sorted(((str(account_id), name) for account_id, name in found.items()), key=lambda pair: pair[1])


def colleagues_in(community_id: str) -> list[tuple[str, str]]:
    """Staff who work in the community, within the reader's reach, as (account id, name), sorted by name."""
    with current.accounts().reading() as call:
        found = members.names_in(call, community_id)
    return sorted(((str(account_id), name) for account_id, name in found.items()), key=lambda pair: pair[1])


def handlers_of(community_id: str) -> list[tuple[str, str]]:
    """Who can be named to settle a case of the community, within the reader's reach, as (account id, name), sorted by name.
    Mediators are marked."""
    there = Communities.only(community_id)
    with current.accounts().reading() as call:
        handlers = members.names_with_role(call, role="handler", communities=there)
        mediators = members.names_with_role(call, role="mediator", communities=there)
    found = {id_: gettext("%(name)s（调解员）", name=name) for id_, name in mediators.items()} | handlers
    return sorted(((str(account_id), name) for account_id, name in found.items()), key=lambda pair: pair[1])


def phones_of(listed: Sequence[dict[str, Any]], use: str) -> list[dict[str, Any]]:
    """The phones of one use, each with `waits`: nobody can sign in with it yet."""
    chosen = [one for one in listed if one["use"] == use]
    return [one | {"waits": bool(one["usable_from"]) and times.local(one["usable_from"]) > times.now()} for one in chosen]


def readable(phone: str) -> str:
    """199 0000 0001 instead of +8619900000001."""
    if not phone:
        return ""
    number = phonenumbers.parse(phone)
    national = number.country_code == 86
    form = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))
