"""Registrations and memberships of one account."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, delete, select, union, update
from sqlalchemy.orm import Session

from chassis.database import erased
from services.events.club_events.models import ClubSession
from services.events.clubs.models import Club, Membership
from services.events.registrations.models import Registration

_PLAIN = {"synchronize_session": False}


def coming(session: Session, account_id: UUID, now: datetime) -> Sequence[UUID]:
    """Ids of the account's registrations whose session has not started, in the order of their sessions. Sessions are
    locked in this order, so that two erasures cannot deadlock."""
    active = (
        select(Registration.id)
        .join(ClubSession, ClubSession.id == Registration.session_id)
        .where(Registration.resident_id == account_id, Registration.state != "cancelled", ClubSession.starts_at > now)
    )
    return session.scalars(active.order_by(Registration.session_id)).all()


def unname(session: Session, account_id: UUID) -> int:
    """Take the person out of the account's registrations. Each names itself instead of a resident: no two of them can be
    brought together, and nobody has such an account. Registrations that the person made for others, such as a child, lose who
    made them. Returns how many there were."""
    for_others = update(Registration).where(
        Registration.registered_by == account_id, Registration.registered_by != Registration.resident_id
    )
    session.execute(for_others.values(registered_by=Registration.id), execution_options=_PLAIN)
    of_account = update(Registration).where(Registration.resident_id == account_id)
    unnamed = of_account.values(
        resident_id=Registration.id,
        registered_by=case((Registration.registered_by == account_id, Registration.id), else_=Registration.registered_by),
    )
    return len(session.execute(unnamed.returning(Registration.id), execution_options=_PLAIN).all())


def clubs_of(session: Session, account_id: UUID) -> Sequence[Club]:
    """The clubs of which the account is a member, in the order of their ids."""
    mine = select(Membership.club_id).where(Membership.resident_id == account_id, Membership.left_at.is_(None))
    return session.scalars(select(Club).where(Club.id.in_(mine)).order_by(Club.id)).all()


def delete_memberships(session: Session, account_id: UUID) -> int:
    """Delete the account's memberships, also those that have ended. Returns how many there were."""
    gone = delete(Membership).where(Membership.resident_id == account_id).returning(Membership.id)
    return len(session.execute(gone, execution_options=_PLAIN).all())


def returned(session: Session) -> Sequence[UUID]:
    """Accounts that were erased before, and have rows again after a restore."""
    registered = select(Registration.resident_id).where(erased.on_the_list(Registration.resident_id))
    joined = select(Membership.resident_id).where(erased.on_the_list(Membership.resident_id))
    return session.scalars(union(registered, joined)).all()
