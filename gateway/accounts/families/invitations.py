"""Invitations to a household: to the owner of a phone, or with a code that its member passes on.

An invitation tells nobody whether a phone has an account.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import Rule
from gateway.accounts import names
from gateway.accounts.call import AccountCall
from gateway.accounts.families import households, storage
from gateway.accounts.families.models import INVITATION_VALID, Household, HouseholdInvitation
from gateway.accounts.models import Account
from gateway.accounts.phone_list import storage as phone_list
from gateway.accounts.phone_list.models import SIGN_IN
from gateway.refusals.residents import InAnotherHousehold, NoHousehold

# Without signs that look alike. 31^8 codes are 39 bits; guesses are limited per account.
SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH: Final = 8
WRONG_CODE = Rule("wrong_household_code", "The code is wrong, was used, or has expired.", "邀请码不对，或已用过、已过期。")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An invitation to the acting account. `by` is the name of the member who invites; empty if it has none."""

    id: UUID
    by: str


def invite(call: AccountCall, *, phone: str | None) -> tuple[HouseholdInvitation, str | None]:
    """Invite the owner of `phone` (E.164), or anybody who gets the code that is returned. Raises NoHousehold, OnlyAdults."""
    own = households.lock_own(call)
    households.check_adult(call, own)
    if own.household_id is None:
        raise NoHousehold()
    code = None if phone else "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    invitation = HouseholdInvitation(
        community_id=own.community_id,
        household_id=own.household_id,
        phone_index=call.personal.index(phone) if phone else None,
        code_index=call.personal.index(_hashed(code)) if code else None,
        invited_by=own.id,
        created_at=call.now,
        expires_at=call.now + INVITATION_VALID,
    )
    call.session.add(invitation)
    call.session.flush()
    return invitation, code


def waiting(call: AccountCall) -> Sequence[Waiting]:
    """The open invitations to the phone of the acting account, the newest first. Raises Unauthenticated."""
    own = call.session.get_one(Account, UUID(call.acting.signed_in()))
    found = call.session.scalars(
        select(HouseholdInvitation)
        .where(
            HouseholdInvitation.phone_index.in_(_indexes(call, own)),
            HouseholdInvitation.expires_at > call.now,
            HouseholdInvitation.used_at.is_(None),
        )
        .order_by(HouseholdInvitation.id.desc())
        .limit(households.MOST_MEMBERS)
    ).all()
    found = [one for one in found if one.household_id != own.household_id]
    known = names.names_of(call, {one.invited_by for one in found})
    return [Waiting(one.id, known.get(one.invited_by, "")) for one in found]


def accept(call: AccountCall, *, invitation_id: UUID | None = None, code: str | None = None) -> Household:
    """Join the household. Raises NotFound for an invitation that is not for the acting account or not open, InvalidField for a
    code that is not, InAnotherHousehold, HouseholdElsewhere, HouseholdFull."""
    own = households.lock_own(call)
    invitation = _open(call, own, invitation_id, code)
    household = storage.lock_household(call.session, invitation.household_id)
    if household is None:
        raise NotFound()
    if own.household_id == household.id:
        return household
    if own.household_id is not None:
        raise InAnotherHousehold()
    households.join(call, household, own)
    invitation.used_at = call.now
    return household


def decline(call: AccountCall, invitation_id: UUID) -> None:
    """Raises NotFound."""
    _open(call, households.lock_own(call), invitation_id, None).used_at = call.now


def _open(call: AccountCall, own: Account, invitation_id: UUID | None, code: str | None) -> HouseholdInvitation:
    """The invitation, locked. Two people may have the code."""
    is_open = select(HouseholdInvitation).where(
        HouseholdInvitation.expires_at > call.now, HouseholdInvitation.used_at.is_(None)
    )
    if code is not None:
        indexes = call.personal.indexes(_hashed(code))
        found = call.session.scalar(is_open.where(HouseholdInvitation.code_index.in_(indexes)).with_for_update())
        if found is None:
            raise InvalidField(WRONG_CODE, "code")
        return found
    mine = is_open.where(HouseholdInvitation.id == invitation_id, HouseholdInvitation.phone_index.in_(_indexes(call, own)))
    if (found := call.session.scalar(mine.with_for_update())) is None:
        raise NotFound()
    return found


def _indexes(call: AccountCall, own: Account) -> list[bytes]:
    """All hashes of the phones with which the account signs in."""
    phones = [call.personal.open(one.phone) for one in phone_list.of_account(call.session, own.id) if one.use == SIGN_IN]
    return [index for phone in phones for index in call.personal.indexes(phone)]


def _hashed(code: str) -> str:
    return f"household code {''.join(code.split()).upper()}"
