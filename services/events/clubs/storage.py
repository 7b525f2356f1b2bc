"""Selects and changes of clubs and memberships."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload
from uuid_utils.compat import uuid7

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.events.clubs.models import Club, Membership


def find_club(session: Session, club_id: UUID) -> Club | None:
    return session.get(Club, club_id)


def list_clubs(
    session: Session, *, communities: Communities, section: str | None, limit: int, cursor: str | None
) -> Page[Club]:
    """Clubs of `communities`, sorted by code."""
    statement = select(Club).where(within(Club.community_id, communities))
    if section is not None:
        statement = statement.where(Club.section == section)
    return page(session, statement, keys=[(Club.code, "asc"), (Club.id, "asc")], limit=limit, cursor=cursor)


def list_memberships(session: Session, resident_id: UUID, *, limit: int, cursor: str | None) -> Page[Membership]:
    """Memberships of the resident, also those that have ended, with their clubs; the oldest first."""
    statement = select(Membership).options(joinedload(Membership.club)).where(Membership.resident_id == resident_id)
    return page(session, statement, keys=[(Membership.joined_at, "asc"), (Membership.id, "asc")], limit=limit, cursor=cursor)


def mark_joined(session: Session, clubs: Iterable[Club], resident_id: UUID | None) -> None:
    """Set `joined` of each club for the resident, with one statement. A visitor (None) is a member of none."""
    by_id = {club.id: club for club in clubs}
    if resident_id is None or not by_id:
        return
    mine = select(Membership.club_id).where(
        Membership.resident_id == resident_id, Membership.left_at.is_(None), Membership.club_id.in_(by_id)
    )
    for club_id in session.scalars(mine):
        by_id[club_id].joined = True


def join(session: Session, club: Club, resident_id: UUID, now: datetime) -> Membership | None:
    """Start a membership at `now` and count it on the club. None if the resident is a member already."""
    new = insert(Membership).values(
        id=uuid7(), community_id=club.community_id, version=1, club_id=club.id, resident_id=resident_id, joined_at=now
    )
    statement = new.on_conflict_do_update(
        constraint="membership_resident_key",
        set_={"joined_at": now, "left_at": None, "version": Membership.version + 1},
        where=Membership.left_at.is_not(None),
    ).returning(Membership)
    membership = session.scalars(statement, execution_options={"populate_existing": True}).one_or_none()
    if membership:
        _count(session, club, +1)
    return membership


def leave(session: Session, club: Club, resident_id: UUID, now: datetime) -> Membership | None:
    """End the membership at `now` and count it on the club. None if the resident is not a member."""
    statement = (
        update(Membership)
        .where(Membership.club_id == club.id, Membership.resident_id == resident_id, Membership.left_at.is_(None))
        .values(left_at=now, version=Membership.version + 1)
        .returning(Membership)
    )
    membership = session.scalars(
        statement, execution_options={"populate_existing": True, "synchronize_session": False}
    ).one_or_none()
    if membership:
        _count(session, club, -1)
    return membership


def _count(session: Session, club: Club, change: int) -> None:
    """The database adds, not Python: many may join at once, and no addition may overwrite another."""
    counted = update(Club).where(Club.id == club.id).values(members_count=Club.members_count + change).returning(Club)
    session.scalars(counted, execution_options={"populate_existing": True, "synchronize_session": False}).one()
