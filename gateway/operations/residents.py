"""Residents at a counter: finding and adding them, and how to reach who booked or reported."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.rpc.refusal import Forbidden, NotFound
from gateway.accounts import homes, names, residents, reveals, views
from gateway.accounts.names import Person
from gateway.accounts.phones import normalised
from gateway.calls import client
from gateway.http import current, idempotency, limits

MOST_FOUND = residents.MOST_FOUND
CLERKS = ("clerk", "grid_worker")  # may find and add residents
_CHANGES = ("pages.change_resident", "residents.change_resident")  # operations in the log of reveals
DESK = ("clerk", "grid_worker", "handler", "mediator", "organiser", "supervisor")


def find(phone: str) -> list[dict[str, Any]]:
    """The residents with this phone, their own or of a relative. Raises Throttled, InvalidField if it is not a phone number."""
    limits.spend(limits.LOOK_UPS)
    number = normalised(phone)
    with current.accounts().transaction() as call:
        return [views.for_counter(account, call.personal) for account in residents.find(call, phone=number)]


def read(account_id: UUID) -> dict[str, Any]:
    """A resident with phone and year of birth. Logged. Raises NotFound."""
    with current.accounts().transaction() as call:
        return views.for_counter(residents.read(call, account_id), call.personal)


def add(entered: Mapping[str, Any]) -> dict[str, Any]:
    """A new resident, once per idempotency key. Raises PhoneInUse, InvalidField."""
    values = _numbers(entered)

    def make(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        return views.for_counter(residents.add(call, **values), call.personal)

    return idempotency.once(make)


def change(account_id: UUID, entered: Mapping[str, Any], expected_version: int | None) -> dict[str, Any]:
    """Replace what staff have entered. Raises NotFound, VersionMismatch, AccountIsClaimed, PhoneInUse, InvalidField."""
    values = _numbers(entered)
    with current.accounts().transaction() as call:
        account = residents.change(call, account_id, expected_version=expected_version, **values)
        return views.for_counter(account, call.personal)


def last_changer(account_id: UUID) -> dict[str, Any] | None:
    """{"name", "at"} of the last change of this resident by other staff, from the log of reveals, because a change is a look.
    None if there is none."""
    with current.accounts().reading() as call:
        seen = reveals.last_by_others(call, account_id, operations=_CHANGES)
    return None if seen is None else {"name": seen.by, "at": seen.at}


def move(account_id: UUID, community_id: str) -> dict[str, Any]:
    """Move a resident to another community. Raises NotFound, InvalidField."""
    with current.accounts().transaction() as call:
        return views.for_counter(homes.move_resident(call, account_id, community_id=community_id), call.personal)


def contact_of_booking(booking_id: UUID) -> Person:
    """Who booked, and their phone. Logged. The service decides whether the caller may see the booking. Raises NotFound, and
    Forbidden for residents."""
    return _contact(client.booking.get_booking(booking_id=booking_id).get("resident_id"))


def contact_of_case(case_id: UUID) -> Person:
    """Who reported, and their phone. Logged. Raises NotFound, also if the reporter is unnamed, and Forbidden for residents."""
    return _contact(client.cases.get_case(case_id=case_id).get("reporter_id"))


def _contact(account_id: str | None) -> Person:
    if not current.identity().has_role(*DESK):
        raise Forbidden(needs=sorted(DESK))
    found = None
    if account_id is not None:
        with current.accounts().transaction() as call:
            found = names.reveal_contact(call, UUID(account_id))
    if found is None:
        raise NotFound()
    return found


def _numbers(entered: Mapping[str, Any]) -> dict[str, Any]:
    """`entered` with its phone numbers in E.164. Raises InvalidField for the field, Throttled."""
    values = dict(entered)
    if values.get("phone"):
        limits.spend(limits.LOOK_UPS)  # the answer tells whether somebody has this phone
    for field in ("phone", "contact_phone"):
        if values.get(field):
            values[field] = normalised(values[field], field)
    return values
