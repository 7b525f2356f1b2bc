"""Merges two accounts of one resident, for staff.

One account stays. What the other has and it lacks moves to it: phones, year of birth, household, guardianships. The services
move bookings, cases, registrations, memberships and notifications when they receive `account.merged.v1`, which is in the same
transaction. The other account is disabled for good, without personal fields. This cannot be undone.

An account that its owner uses is never merged into another one by staff: they would sign the owner out for ever, or give one
person what belongs to another.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.messaging import outbox
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import Rule
from gateway.accounts import contact_points, residents, sessions
from gateway.accounts.call import AccountCall
from gateway.accounts.families import storage as families
from gateway.accounts.families.models import Guardianship, Household, HouseholdInvitation
from gateway.accounts.merging.messages import account_merged
from gateway.accounts.models import Account, HomeMove
from gateway.accounts.phone_list import changes
from gateway.accounts.subjects import UNKNOWN_RESIDENT
from gateway.audit import recording
from gateway.consents import merging as consents
from gateway.erasure.models import Erasure
from gateway.photos.models import Photo
from gateway.refusals.own_data import ErasureRequested
from gateway.refusals.residents import BothClaimed, ClaimedStays

SAME_ACCOUNT = Rule("same_account", "This is the same record.", "这是同一份档案。")


def merge(call: AccountCall, account_id: UUID, other_id: UUID, *, expected_version: int | None = None) -> Account:
    """Merge the account `other_id` into `account_id`, which stays. `expected_version` is the version of the latter. Raises
    NotFound, InvalidField for `other_id`, VersionMismatch, BothClaimed, ClaimedStays, and ErasureRequested for either."""
    if account_id == other_id:
        raise InvalidField(SAME_ACCOUNT, "other_id")
    # Locked in the order of ids: of two merges in both directions, the second finds an account that is disabled.
    found = families.lock_residents(call, [account_id, other_id])
    stays, goes = found.get(account_id), found.get(other_id)
    if stays is None or stays.community_id not in call.acting.reach:
        raise NotFound()
    if goes is None or goes.community_id not in call.acting.reach:
        raise InvalidField(UNKNOWN_RESIDENT, "other_id")
    stays.expect_version(expected_version)
    _check_claims(call, stays, goes)
    _check_no_erasure(call, stays, goes)
    before, left = _facts(call, stays, goes), goes.household_id
    _move_fields(call, stays, goes)
    _move_guardianships(call, stays.id, goes.id)
    _move_traces(call, stays.id, goes.id)
    stays.changed()
    goes.changed()
    call.session.flush()
    if left is not None and not families.members_of(call.session, left):
        empty = call.session.get_one(Household, left)
        call.session.delete(empty)
    call.access_changed()
    recording.record(
        call,
        kind="resident",
        subject_id=stays.id,
        label=str(stays.id)[-12:],
        action="merged",
        communities=Communities.only(stays.community_id, goes.community_id),
        version=stays.version,
        before=before,
        after=_facts(call, stays, None),
    )
    outbox.add(call.session, account_merged(goes, stays, call.now.isoformat()))
    return stays


def is_claimed(call: AccountCall, account: Account) -> bool:
    """Whether its owner uses it: they made it, or have signed in to it."""
    return not account.is_kept_by_staff or bool(residents.have_signed_in(call, [account.id]))


def _check_claims(call: AccountCall, stays: Account, goes: Account) -> None:
    if is_claimed(call, goes):
        raise BothClaimed() if is_claimed(call, stays) else ClaimedStays()


def _check_no_erasure(call: AccountCall, *accounts: Account) -> None:
    """A person who asked for the erasure of a record must not find its data in another one."""
    for account in accounts:
        running = select(Erasure.due_at).where(Erasure.account_id == account.id, Erasure.state.not_in(("kept", "done")))
        if (due_at := call.session.scalar(running)) is not None:
            raise ErasureRequested(due_at=due_at.isoformat())


def _move_fields(call: AccountCall, stays: Account, goes: Account) -> None:
    if stays.birth_year is None:
        stays.birth_year = goes.birth_year
    if stays.household_id is None and stays.community_id == goes.community_id:
        stays.household_id = goes.household_id
    phones = changes.take_all(call, goes)
    goes.name = goes.name_index = goes.birth_year = goes.household_id = None
    goes.contact_due = False
    goes.merged_into, goes.disabled_at = stays.id, call.now
    # The unique index must see that the phones are free.
    call.session.flush()
    changes.join(call, stays, phones)
    contact_points.is_due(stays)
    residents.wake_hand_over(call)
    sessions.end_all(call.session, goes.id)


def _move_guardianships(call: AccountCall, stays: UUID, goes: UUID) -> None:
    """Nobody becomes their own guardian, and no pair is there twice."""
    guardian, child = Guardianship.guardian_id, Guardianship.child_id
    rest = (Guardianship.community_id, Guardianship.made_by, Guardianship.created_at)
    columns = ["guardian_id", "child_id", "community_id", "made_by", "created_at"]
    for moved in (
        select(literal(stays), child, *rest).where(Guardianship.guardian_id == goes, child != stays),
        select(guardian, literal(stays), *rest).where(Guardianship.child_id == goes, guardian != stays),
    ):
        call.session.execute(insert(Guardianship).from_select(columns, moved).on_conflict_do_nothing())
    # notify is told anew who the guardians of these children are.
    children = select(child).where(guardian == goes)
    told_anew = update(Account).where(Account.id.in_(children)).values(contact_due=True, contact_taken_at=None)
    call.session.execute(told_anew)
    call.session.execute(delete(Guardianship).where(Guardianship.guardian_id == goes))
    call.session.execute(delete(Guardianship).where(Guardianship.child_id == goes))


def _move_traces(call: AccountCall, stays: UUID, goes: UUID) -> None:
    """What names the account elsewhere in the database of the gateway. The log of reveals stays as it is."""
    call.session.execute(update(Account).where(Account.merged_into == goes).values(merged_into=stays))
    call.session.execute(update(Photo).where(Photo.uploaded_by == goes).values(uploaded_by=stays))
    call.session.execute(update(HomeMove).where(HomeMove.account_id == goes).values(account_id=stays))
    consents.join(call.session, stays, goes)
    invitations = update(HouseholdInvitation).where(HouseholdInvitation.invited_by == goes)
    call.session.execute(invitations.values(invited_by=stays))


def _facts(call: AccountCall, stays: Account, goes: Account | None) -> dict[str, Any]:
    """What the audit log says about a merge: ids, and which fields there are. No names and phones."""
    of_stays = _of_one(call, stays)
    of_merged = _of_one(call, goes) if goes else dict.fromkeys(of_stays)
    return {f"stays_{name}": value for name, value in of_stays.items()} | {
        f"merged_{name}": value for name, value in of_merged.items()
    }


def _of_one(call: AccountCall, account: Account) -> dict[str, Any]:
    guardians = [str(one.id) for one in families.guardians_of(call.session, account.id)]
    return {
        "id": str(account.id),
        "birth_year": account.birth_year,
        "has_phone": account.phone is not None,
        "has_contact_phone": account.contact_phone is not None,
        "household": str(account.household_id) if account.household_id else None,
        "guardians": guardians,
    }
