"""Selects and locks of erasures, and the removal of an account's rows in the gateway."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from chassis.database import erased
from gateway.accounts.families.models import Guardianship, Household, HouseholdInvitation
from gateway.accounts.models import Account, OneTimeCode, SignInSession
from gateway.accounts.phone_list import storage as phone_list
from gateway.consents.models import Consent
from gateway.erasure.models import Erasure
from gateway.photos.models import LEAVING, Photo

_PLAIN = {"synchronize_session": False}


def running(session: Session, account_id: UUID, *, lock: bool = False) -> Erasure | None:
    """The erasure of the account that is neither kept nor done. There is at most one."""
    of_account = select(Erasure).where(Erasure.account_id == account_id, Erasure.state.not_in(("kept", "done")))
    if lock:
        of_account = of_account.with_for_update().execution_options(populate_existing=True)
    return session.scalar(of_account)


def by_number(session: Session, number: str) -> Erasure | None:
    return session.scalar(select(Erasure).where(Erasure.number == number))


def lock(session: Session, erasure_id: UUID) -> Erasure | None:
    """Locked, so that two answers are taken one after the other."""
    found = select(Erasure).where(Erasure.id == erasure_id).with_for_update().execution_options(populate_existing=True)
    return session.scalar(found)


def take_due(session: Session, now: datetime) -> Erasure | None:
    """An erasure that is due and not begun, locked. Those that another replica works on are skipped."""
    return _take(session, Erasure.state == "requested", Erasure.due_at <= now)


def take_closed(session: Session, closed_before: datetime) -> Erasure | None:
    """An erasure whose account was closed before that time, locked."""
    return _take(session, Erasure.state == "closing", Erasure.closed_at <= closed_before)


def _take(session: Session, *conditions: Any) -> Erasure | None:
    found = select(Erasure).where(*conditions).order_by(Erasure.due_at).limit(1).with_for_update(skip_locked=True)
    return session.scalar(found)


def lock_left_alone(session: Session, account_id: UUID) -> Sequence[Account]:
    """The children whom this guardian has added, whom nobody else is guardian of, who have not signed in themselves, and whose
    erasure does not run yet, locked."""
    others = select(Guardianship.guardian_id).where(Guardianship.child_id == Account.id, Guardianship.guardian_id != account_id)
    running = select(Erasure.id).where(Erasure.account_id == Account.id, Erasure.state.not_in(("kept", "done")))
    own = select(Guardianship.child_id).where(Guardianship.guardian_id == account_id)
    children = select(Account).where(
        Account.id.in_(own), Account.made_by == account_id, Account.claimed_at.is_(None), ~others.exists(), ~running.exists()
    )
    return session.scalars(children.order_by(Account.id).with_for_update()).all()


def erase_account(session: Session, account_id: UUID, now: datetime) -> dict[str, int]:
    """Delete the account and what the gateway stores about it. Returns how much of each kind there was. An account that is gone
    already has nothing. Photos of cases stay without their uploader; others are given up. What staff looked at and did stays in
    the logs, by ids."""
    account = session.scalar(select(Account).where(Account.id == account_id).with_for_update())
    if indexes := phone_list.indexes_of(session, account_id):
        for of_phone in (OneTimeCode, HouseholdInvitation):
            session.execute(delete(of_phone).where(of_phone.phone_index.in_(indexes)), execution_options=_PLAIN)
    session.execute(delete(HouseholdInvitation).where(HouseholdInvitation.invited_by == account_id), execution_options=_PLAIN)
    own = (Photo.uploaded_by == account_id,)
    given_up = update(Photo).where(*own, Photo.claimed_by.is_(None)).values(state=LEAVING, uploaded_by=None)
    photos = len(session.execute(given_up.returning(Photo.id), execution_options=_PLAIN).all())
    session.execute(update(Photo).where(*own).values(uploaded_by=None), execution_options=_PLAIN)
    gone = {
        "account": len(_deleted(session, delete(Account).where(Account.id == account_id).returning(Account.id), account_id)),
        "photos": photos,
    }
    _delete_rests(session, account_id, account.household_id if account is not None else None, now)
    earlier = update(Erasure).where(Erasure.account_id == account_id, Erasure.state == "kept")
    session.execute(earlier.values(account_id=None), execution_options=_PLAIN)
    erased.forget_answers(session, account_id)
    return gone


def _delete_rests(session: Session, account_id: UUID, household_id: UUID | None, now: datetime) -> None:
    """Records that were merged into the account, and its household if nobody else is in it."""
    merged = delete(Account).where(Account.merged_into == account_id).returning(Account.id)
    for merged_id in session.scalars(merged, execution_options=_PLAIN).all():
        erased.remember(session, merged_id, now)
    others = select(Account.id).where(Account.household_id == household_id)
    if household_id is not None and session.scalar(others.limit(1)) is None:
        session.execute(delete(Household).where(Household.id == household_id), execution_options=_PLAIN)


def _deleted(session: Session, statement: Any, account_id: UUID) -> Sequence[Any]:
    """Sessions and consents first: deleting them notifies the replicas, which forget who is signed in."""
    for model in (SignInSession, Consent):
        session.execute(delete(model).where(model.account_id == account_id), execution_options=_PLAIN)
    return session.execute(statement, execution_options=_PLAIN).all()


def returned(session: Session) -> Sequence[Account]:
    """Accounts that were erased before, and that a restore has brought back, locked."""
    return session.scalars(select(Account).where(erased.on_the_list(Account.id)).with_for_update()).all()
