"""The household of a resident for whom staff or a system book. Services do not know households, but count limits in them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.rpc.identity import Identity
from chassis.rpc.interface import Verb
from gateway.accounts.models import Account
from gateway.http import current

# Those with a `resident_id` that count in households.
VERBS = {
    "booking.book_space",
    "booking.book_series",
    "booking.preview_series",
    "booking.wait_for_space",
    "booking.get_space_limits",
}


def with_household(who: Identity, verb: Verb, payload: Mapping[str, Any]) -> Identity:
    """`who`, with the household of the resident whom a member of staff or another system names. Residents need no query: the
    identity names their own household, and those of their children."""
    named = payload.get("resident_id")
    if who.party not in {"staff", "system"} or verb.address not in VERBS or named in (None, who.account_id):
        return who
    try:
        account_id = UUID(str(named))
    except ValueError:
        return who  # the service refuses it
    household_id = household_of(account_id)
    return who if household_id is None else replace(who, households=(*who.households, (str(account_id), str(household_id))))


def household_of(account_id: UUID) -> UUID | None:
    """The household of an account. One query."""
    with current.accounts().reading() as call:
        return call.session.scalar(select(Account.household_id).where(Account.id == account_id))
