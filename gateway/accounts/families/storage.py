"""Selects and locks of families. Accounts are locked before households, in the order of their ids."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.accounts.call import AccountCall
from gateway.accounts.families.models import Guardianship, Household
from gateway.accounts.models import Account


def lock_residents(call: AccountCall, account_ids: Iterable[UUID]) -> dict[UUID, Account]:
    """Those of the accounts that are residents in use, by id. Callers check the reach."""
    wanted = select(Account).where(
        Account.id.in_(sorted(set(account_ids))), Account.party == "resident", call.admission.condition()
    )
    return {account.id: account for account in call.session.scalars(wanted.order_by(Account.id).with_for_update())}


def lock_household(session: Session, household_id: UUID) -> Household | None:
    return session.get(Household, household_id, with_for_update=True)


def members_of(session: Session, household_id: UUID) -> Sequence[Account]:
    """The members, the oldest account first."""
    return session.scalars(select(Account).where(Account.household_id == household_id).order_by(Account.id)).all()


def children_of(session: Session, guardian_id: UUID, earliest_birth_year: int) -> Sequence[Account]:
    """Those who still count as children, the youngest first."""
    children = (
        select(Account)
        .join(Guardianship, Guardianship.child_id == Account.id)
        .where(
            Guardianship.guardian_id == guardian_id,
            Account.birth_year >= earliest_birth_year,
            Account.disabled_at.is_(None),
        )
    )
    return session.scalars(children.order_by(Account.birth_year.desc(), Account.id)).all()


def guardians_of(session: Session, child_id: UUID) -> Sequence[Account]:
    guardians = select(Account).join(Guardianship, Guardianship.guardian_id == Account.id)
    return session.scalars(guardians.where(Guardianship.child_id == child_id).order_by(Account.id)).all()
