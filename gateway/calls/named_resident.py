"""What services need to know of a resident for whom staff or a system book: the household, in which limits count, whether
they are an elder, for whom times may be kept, and where they live, because a community may come first. Services know none of
this."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.rpc.identity import Identity
from chassis.rpc.interface import Command, Verb
from gateway.accounts import ages, subjects
from gateway.accounts.models import Account
from gateway.http import current

# Those with a `resident_id` that count in households, or depend on the age.
VERBS = {
    "booking.book_space",
    "booking.walk_in",
    "booking.book_series",
    "booking.preview_series",
    "booking.wait_for_space",
    "booking.enter_lottery",
    "booking.get_space_limits",
    "booking.get_availability",
    "booking.explain_time",
}


def with_resident(who: Identity, verb: Verb, payload: Mapping[str, Any]) -> Identity:
    """`who`, with the household, the age and the community of the resident whom a member of staff or another system names.
    Residents need no query: the identity names their own household and age, and the households of their children. A system gets
    the age only for a command, so that no question about free times tells it who is an elder."""
    named = payload.get("resident_id")
    if who.party not in {"staff", "system"} or verb.address not in VERBS or named in (None, who.account_id):
        return who
    try:
        account_id = UUID(str(named))
    except ValueError:
        return who  # the service refuses it
    household_id, age, community_id = facts_of(account_id)
    if household_id is not None:
        who = replace(who, households=(*who.households, (str(account_id), str(household_id))))
    if age is not None and (who.party == "staff" or isinstance(verb, Command)):
        who = replace(who, ages=(*who.ages, (str(account_id), age)))
    if community_id is not None and who.party == "staff":  # a system names it itself
        who = replace(who, homes=(*who.homes, (str(account_id), community_id)))
    return who


def facts_of(account_id: UUID) -> tuple[UUID | None, int | None, str | None]:
    """The household of a resident within the reach of the caller, the age that it has surely reached (Identity.ages), and its
    community. Nothing of anybody else. One query."""
    with current.accounts().reading() as call:
        known = select(Account.household_id, Account.birth_year, Account.community_id)
        known = known.where(Account.id == account_id, subjects.is_resident(call))
        row = call.session.execute(known).first()
    if row is None:
        return None, None, None
    return row.household_id, ages.milestone(row.birth_year, current.now()), row.community_id
