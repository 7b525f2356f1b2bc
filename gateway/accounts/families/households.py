"""Households. Staff make and change them; residents see theirs, make one, invite to it and leave it.

Residents never put somebody else into a household: they invite, and the other accepts (gateway.accounts.families.invitations).
Changes by staff are in the audit log. The last one who leaves ends the household.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from chassis.database.communities import within
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import InvalidField, NotFound
from gateway.accounts import ages, names
from gateway.accounts.call import AccountCall
from gateway.accounts.families import storage
from gateway.accounts.families.models import Household
from gateway.accounts.models import Account
from gateway.accounts.subjects import UNKNOWN_RESIDENT
from gateway.audit import recording
from gateway.refusals.residents import HouseholdElsewhere, HouseholdFull, InAnotherHousehold, NoHousehold, OnlyAdults

MOST_MEMBERS: Final = 20


def read(call: AccountCall, household_id: UUID) -> tuple[Household, Sequence[Account]]:
    """A household within reach with its members, for staff. Logged as a reveal. Raises NotFound."""
    household = call.session.scalar(_within_reach(call).where(Household.id == household_id))
    if household is None:
        raise NotFound()
    members = storage.members_of(call.session, household_id)
    names.log_reveal(call, [member.id for member in members], ["name", "birth_year"])
    return household, members


def create(call: AccountCall, *, members: Sequence[UUID], address: str | None = None) -> Household:
    """A household of residents within reach, who belong to none. Raises InvalidField for `members`, HouseholdElsewhere,
    InAnotherHousehold."""
    found = storage.lock_residents(call, members)
    if any(member not in found or found[member].community_id not in call.acting.reach for member in members):
        raise InvalidField(UNKNOWN_RESIDENT, "members")
    first = found[members[0]]
    household = _new(call, first.community_id, address)
    for member in found.values():
        _put(household, member)
    call.session.flush()
    call.access_changed()
    _log(call, household, "created", None, _facts(call, household))
    return household


def describe(call: AccountCall, household_id: UUID, *, address: str | None, expected_version: int | None = None) -> Household:
    """Replace the note on the address. Raises NotFound, VersionMismatch."""
    household = _lock_within_reach(call, household_id)
    household.expect_version(expected_version)
    before = _opened(call, household.address)
    household.address = call.personal.seal(address) if address else None
    household.key_id = call.personal.key_id
    household.changed()
    _log(call, household, "changed", {"address": "(old)" if before else None}, {"address": "(new)" if address else None})
    return household


def add_member(call: AccountCall, household_id: UUID, account_id: UUID) -> Household:
    """By staff. A member already: nothing changes. Raises NotFound, InvalidField for `account_id`, HouseholdElsewhere,
    InAnotherHousehold, HouseholdFull."""
    member = storage.lock_residents(call, [account_id]).get(account_id)
    household = _lock_within_reach(call, household_id)
    if member is None or member.community_id not in call.acting.reach:
        raise InvalidField(UNKNOWN_RESIDENT, "account_id")
    if member.household_id != household.id:
        before = _facts(call, household)
        join(call, household, member)
        _log(call, household, "member_added", before, _facts(call, household))
    return household


def remove_member(call: AccountCall, household_id: UUID, account_id: UUID) -> None:
    """By staff. Raises NotFound, also if the resident is no member."""
    member = storage.lock_residents(call, [account_id]).get(account_id)
    household = _lock_within_reach(call, household_id)
    if member is None or member.household_id != household.id:
        raise NotFound()
    before = _facts(call, household)
    _leave(call, household, member)
    _log(call, household, "member_removed", before, _facts(call, household))


def of_own(call: AccountCall) -> tuple[Household, Sequence[Account]] | None:
    """The household of the acting account with its members. None if it has none. Raises Unauthenticated."""
    own = call.session.get_one(Account, UUID(call.acting.signed_in()))
    if own.household_id is None:
        return None
    household = call.session.get_one(Household, own.household_id)
    return household, storage.members_of(call.session, household.id)


def create_own(call: AccountCall) -> Household:
    """A household with the acting account as its only member. Raises OnlyAdults, InAnotherHousehold."""
    own = lock_own(call)
    check_adult(call, own)
    household = _new(call, own.community_id, None)
    _put(household, own)
    call.session.flush()
    call.access_changed()
    return household


def leave_own(call: AccountCall) -> None:
    """Raises NoHousehold."""
    own = lock_own(call)
    if own.household_id is None or (household := storage.lock_household(call.session, own.household_id)) is None:
        raise NoHousehold()
    _leave(call, household, own)


def lock_own(call: AccountCall) -> Account:
    """The acting resident, locked. Raises Unauthenticated, OnlyAdults for staff."""
    account_id = UUID(call.acting.signed_in())
    own = storage.lock_residents(call, [account_id]).get(account_id)
    if own is None:
        raise OnlyAdults()
    return own


def check_adult(call: AccountCall, account: Account) -> None:
    """Raises OnlyAdults."""
    if ages.is_child(account.birth_year, call.now):
        raise OnlyAdults()


def join(call: AccountCall, household: Household, member: Account) -> None:
    """Both are locked. Raises HouseholdElsewhere, InAnotherHousehold, HouseholdFull."""
    if len(storage.members_of(call.session, household.id)) >= MOST_MEMBERS:
        raise HouseholdFull(most=MOST_MEMBERS)
    _put(household, member)
    household.changed()
    call.session.flush()
    call.access_changed()


def _put(household: Household, member: Account) -> None:
    if member.community_id != household.community_id:
        raise HouseholdElsewhere()
    if member.household_id not in (None, household.id):
        raise InAnotherHousehold()
    member.household_id = household.id
    member.changed()


def take_out(call: AccountCall, member: Account) -> None:
    """The member, who is locked, leaves the household. Nothing happens without one."""
    if member.household_id is not None and (household := storage.lock_household(call.session, member.household_id)) is not None:
        _leave(call, household, member)


def _leave(call: AccountCall, household: Household, member: Account) -> None:
    member.household_id = None
    member.changed()
    household.changed()
    call.session.flush()
    if not storage.members_of(call.session, household.id):
        call.session.delete(household)
    call.access_changed()


def _new(call: AccountCall, community_id: str, address: str | None) -> Household:
    household = Household(
        community_id=community_id,
        address=call.personal.seal(address) if address else None,
        key_id=call.personal.key_id,
        made_by=UUID(call.acting.signed_in()),
        created_at=call.now,
    )
    call.session.add(household)
    call.session.flush()
    return household


def _within_reach(call: AccountCall) -> Any:
    return select(Household).where(within(Household.community_id, call.acting.reach))


def _lock_within_reach(call: AccountCall, household_id: UUID) -> Household:
    household = storage.lock_household(call.session, household_id)
    if household is None or household.community_id not in call.acting.reach:
        raise NotFound()
    return household


def _opened(call: AccountCall, sealed: bytes | None) -> str | None:
    return call.personal.open(sealed) if sealed else None


def _facts(call: AccountCall, household: Household) -> dict[str, Any]:
    return {"members": [str(member.id) for member in storage.members_of(call.session, household.id)]}


def _log(call: AccountCall, household: Household, action: str, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
    recording.record(
        call,
        kind="household",
        subject_id=household.id,
        label=str(household.id)[-12:],
        action=action,
        communities=Communities.only(household.community_id),
        version=household.version,
        before=before,
        after=after,
    )
