"""Refused attempts by id and in pages, and what has a time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import Range, distinct_on
from sqlalchemy.orm import Session, joinedload

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking, number_of
from services.booking.explanations.models import InTheWay, RefusedAttempt
from services.booking.ledger.models import Claim
from services.booking.ledger.storage import BLOCKING
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable

MOST_IN_THE_WAY = 5
_PLAIN = {"synchronize_session": False}


def holders_of(
    session: Session, timetable: Timetable, starts_at: datetime, ends_at: datetime, now: datetime, *, but: UUID | None = None
) -> list[InTheWay]:
    """What has the time that a booking of the space from `starts_at` to `ends_at` (aware) would block, by its start, at most
    MOST_IN_THE_WAY. The holder `but` counts as nothing. A booking of several parts is one of them."""
    blocked = Range(*timetable.space.blocked(starts_at, ends_at))
    statement = (
        select(
            Claim.holder_kind,
            Space.id,
            Space.name,
            func.coalesce(Booking.starts_at, func.lower(Claim.during)),
            func.coalesce(Booking.ends_at, func.upper(Claim.during)),
            func.coalesce(Booking.moved_at, Booking.created_at),
            Booking.id,
        )
        .ext(distinct_on(func.lower(Claim.during), Claim.holder_id))
        .outerjoin(Booking, Booking.id == Claim.booking_id)
        .join(Space, Space.id == func.coalesce(Booking.space_id, Claim.resource_id))
        .where(
            Claim.resource_id.in_(timetable.leaf_ids),
            Claim.during.overlaps(blocked),
            BLOCKING,
            or_(Claim.expires_at.is_(None), Claim.expires_at > now),
        )
        .order_by(func.lower(Claim.during), Claim.holder_id)
        .limit(MOST_IN_THE_WAY)
    )
    if but is not None:
        statement = statement.where(Claim.holder_id != but)
    return [
        InTheWay(kind, space_id, name, start, end, since, number_of(booking_id) if booking_id else None)
        for kind, space_id, name, start, end, since, booking_id in session.execute(statement)
    ]


def find(session: Session, attempt_id: UUID) -> RefusedAttempt | None:
    """The attempt with its space."""
    return session.get(RefusedAttempt, attempt_id, options=[joinedload(RefusedAttempt.space, innerjoin=True)])


def has_many(session: Session, resident_id: UUID, since: datetime, many: int) -> bool:
    """Whether `many` attempts for the resident are remembered since then, in whatever community."""
    latest = select(RefusedAttempt.at).where(RefusedAttempt.resident_id == resident_id).order_by(RefusedAttempt.id.desc())
    reached = session.scalar(latest.offset(many - 1).limit(1))
    return reached is not None and reached > since


def list_attempts(
    session: Session,
    *,
    communities: Communities,
    resident_ids: Sequence[UUID] | None,
    space_id: UUID | None,
    limit: int,
    cursor: str | None,
) -> Page[RefusedAttempt]:
    """Attempts in `communities` with their spaces, the latest first."""
    statement = select(RefusedAttempt).options(joinedload(RefusedAttempt.space, innerjoin=True))
    statement = statement.where(within(RefusedAttempt.community_id, communities))
    if resident_ids is not None:
        statement = statement.where(RefusedAttempt.resident_id.in_(resident_ids))
    if space_id is not None:
        statement = statement.where(RefusedAttempt.space_id == space_id)
    return page(session, statement, keys=[(RefusedAttempt.id, "desc")], limit=limit, cursor=cursor)


def delete_of(session: Session, account_id: UUID) -> None:
    """Delete the attempts for the account. Those that it made for others lose who tried."""
    session.execute(delete(RefusedAttempt).where(RefusedAttempt.resident_id == account_id), execution_options=_PLAIN)
    for_others = update(RefusedAttempt).where(RefusedAttempt.asked_by == account_id)
    session.execute(for_others.values(asked_by=RefusedAttempt.id), execution_options=_PLAIN)


def move_to(session: Session, goes: UUID, stays: UUID) -> None:
    """Move the attempts of the account `goes` to the account `stays`."""
    for column in (RefusedAttempt.asked_by, RefusedAttempt.resident_id):
        moved = update(RefusedAttempt).where(RefusedAttempt.resident_id == goes, column == goes)
        session.execute(moved.values({column.key: stays}), execution_options=_PLAIN)
