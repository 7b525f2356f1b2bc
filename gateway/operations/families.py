"""Households, children and guardians, for the API and the pages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.rpc.refusal import NotFound
from gateway.accounts import ages
from gateway.accounts.call import AccountCall
from gateway.accounts.families import guardians, households, invitations
from gateway.accounts.families.models import Household
from gateway.accounts.models import Account
from gateway.accounts.phones import normalised
from gateway.http import current, idempotency, limits

# --- staff ---


def read_household(household_id: UUID) -> dict[str, Any]:
    """Raises NotFound. Logged as a reveal."""
    with current.accounts().transaction() as call:
        return _household(call, *households.read(call, household_id))


def create_household(members: Sequence[UUID], address: str | None = None) -> dict[str, Any]:
    """Once per idempotency key. Raises what gateway.accounts.families.households.create raises."""

    def make(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        made = households.create(call, members=members, address=address)
        return _household(call, *households.read(call, made.id))

    return idempotency.once(make)


def describe_household(household_id: UUID, address: str | None, expected_version: int | None) -> dict[str, Any]:
    """Raises NotFound, VersionMismatch."""
    with current.accounts().transaction() as call:
        households.describe(call, household_id, address=address, expected_version=expected_version)
        return _household(call, *households.read(call, household_id))


def add_member(household_id: UUID, account_id: UUID) -> dict[str, Any]:
    """Raises what gateway.accounts.families.households.add_member raises."""

    def add(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        households.add_member(call, household_id, account_id)
        return _household(call, *households.read(call, household_id))

    return idempotency.once(add)


def remove_member(household_id: UUID, account_id: UUID) -> None:
    """Raises NotFound."""
    with current.accounts().transaction() as call:
        households.remove_member(call, household_id, account_id)


def guardians_of(child_id: UUID) -> list[dict[str, Any]]:
    """Raises NotFound. Logged as a reveal."""
    with current.accounts().transaction() as call:
        return [_person(call, one) for one in guardians.guardians_of(call, child_id)]


def children_of(guardian_id: UUID) -> list[dict[str, Any]]:
    """The children of a resident whom staff have read before."""
    with current.accounts().reading() as call:
        return [_child(call, one) for one in guardians.children_of(call, guardian_id)]


def add_guardian(child_id: UUID, guardian_id: UUID) -> list[dict[str, Any]]:
    """The guardians afterwards. Raises what gateway.accounts.families.guardians.add raises."""

    def add(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        guardians.add(call, child_id, guardian_id)
        return {"items": [_person(call, one) for one in guardians.guardians_of(call, child_id)]}

    found: list[dict[str, Any]] = idempotency.once(add)["items"]
    return found


def remove_guardian(child_id: UUID, guardian_id: UUID) -> None:
    """Raises NotFound."""
    with current.accounts().transaction() as call:
        guardians.remove(call, child_id, guardian_id)


# --- residents ---


def own_household() -> dict[str, Any] | None:
    """The household of the reader; None if there is none. Raises Unauthenticated."""
    with current.accounts().reading() as call:
        found = households.of_own(call)
        return _own_household(call, *found) if found else None


def get_own_household() -> dict[str, Any]:
    """Raises Unauthenticated, NotFound."""
    if (found := own_household()) is None:
        raise NotFound()
    return found


def create_own_household() -> dict[str, Any]:
    """Raises OnlyAdults, InAnotherHousehold."""

    def make(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        households.create_own(call)
        return _of_own(call)

    return idempotency.once(make)


def leave_household() -> None:
    """Raises NoHousehold."""
    with current.accounts().transaction() as call:
        households.leave_own(call)


def invite(phone: str | None = None) -> dict[str, Any]:
    """An invitation as JSON, with the code if no phone is named. Raises Throttled, InvalidField for `phone`, NoHousehold,
    OnlyAdults."""
    number = normalised(phone) if phone else None
    limits.spend(limits.HOUSEHOLD_INVITATIONS)

    def make(session: Session) -> dict[str, Any]:
        made, code = invitations.invite(current.accounts().within(session), phone=number)
        return {"id": str(made.id), "code": code, "expires_at": made.expires_at.isoformat()}

    return idempotency.once(make)


def waiting_invitations() -> list[dict[str, Any]]:
    """The open invitations to the reader. Raises Unauthenticated."""
    with current.accounts().reading() as call:
        return [{"id": str(one.id), "by": one.by} for one in invitations.waiting(call)]


def join_household(invitation_id: UUID | None = None, code: str | None = None) -> dict[str, Any]:
    """The household as JSON. Raises Throttled, and what gateway.accounts.families.invitations.accept raises."""

    def join(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        invitations.accept(call, invitation_id=invitation_id, code=code)
        return _of_own(call)

    with limits.guess(limits.ACCOUNT_FAILURES, f"household codes of {current.identity().account_id}"):
        return idempotency.once(join)


def decline_invitation(invitation_id: UUID) -> None:
    """Raises NotFound."""
    with current.accounts().transaction() as call:
        invitations.decline(call, invitation_id)


def own_children() -> list[dict[str, Any]]:
    """The children for whom the reader acts. Raises Unauthenticated."""
    with current.accounts().reading() as call:
        return [_child(call, one) for one in guardians.own_children(call)]


def add_own_child(name: str, birth_year: int) -> dict[str, Any]:
    """Raises OnlyAdults, TooManyGuardianships, InvalidField for `birth_year`."""

    def make(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        return _child(call, guardians.add_own_child(call, name=name, birth_year=birth_year))

    return idempotency.once(make)


def names_of_children() -> dict[str, str]:
    """Names of the reader's children by account id. No query for readers without children."""
    if not current.identity().children:
        return {}
    return {child["id"]: child["name"] or "" for child in own_children()}


def _of_own(call: AccountCall) -> dict[str, Any]:
    found = households.of_own(call)
    if found is None:
        raise NotFound()
    return _own_household(call, *found)


def _household(call: AccountCall, household: Household, members: Sequence[Account]) -> dict[str, Any]:
    return {
        "id": str(household.id),
        "version": household.version,
        "community_id": household.community_id,
        "address": _opened(call, household.address),
        "members": [_member(call, one) | {"birth_year": one.birth_year} for one in members],
    }


def _own_household(call: AccountCall, household: Household, members: Sequence[Account]) -> dict[str, Any]:
    return {
        "id": str(household.id),
        "address": _opened(call, household.address),
        "members": [_member(call, one) for one in members],
    }


def _member(call: AccountCall, account: Account) -> dict[str, Any]:
    return _person(call, account) | {"is_child": ages.is_child(account.birth_year, call.now)}


def _person(call: AccountCall, account: Account) -> dict[str, Any]:
    return {"id": str(account.id), "name": _opened(call, account.name)}


def _child(call: AccountCall, account: Account) -> dict[str, Any]:
    year = account.birth_year or 0
    return _person(call, account) | {"birth_year": year, "until": year + ages.ADULT}


def _opened(call: AccountCall, sealed: bytes | None) -> str | None:
    return call.personal.open(sealed) if sealed else None
