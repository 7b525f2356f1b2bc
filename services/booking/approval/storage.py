"""Requests that wait for an answer: in pages, by series, and those whose time to answer has passed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, false, func, literal, or_, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.spaces.models import Space

MOST_COUNTED = 1_000


def list_waiting(
    session: Session,
    *,
    communities: Communities,
    approver_id: UUID,
    of_desk: bool,
    now: datetime,
    limit: int,
    cursor: str | None,
) -> Page[Booking]:
    """Requests in `communities` that the approver decides, with their spaces, those that lapse first before others. With
    `of_desk` also those of spaces that name no approver."""
    statement = _waiting(communities, approver_id, of_desk, now).options(contains_eager(Booking.space))
    return page(session, statement, keys=[(Booking.answer_by, "asc"), (Booking.id, "asc")], limit=limit, cursor=cursor)


def count_waiting(session: Session, *, communities: Communities, approver_id: UUID, of_desk: bool, now: datetime) -> int:
    """How many `list_waiting` lists in all, at most MOST_COUNTED."""
    some = _waiting(communities, approver_id, of_desk, now).with_only_columns(Booking.id).limit(MOST_COUNTED)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _waiting(communities: Communities, approver_id: UUID, of_desk: bool, now: datetime) -> Select[Booking]:
    named = literal(approver_id, Uuid) == func.any(Space.approver_ids)
    nobody: ColumnElement[bool] = func.cardinality(Space.approver_ids) == 0 if of_desk else false()
    return (
        select(Booking)
        .join(Booking.space)
        .where(within(Booking.community_id, communities), Booking.state == "requested", Booking.answer_by > now)
        .where(or_(named, nobody))
    )


def find_waiting_of_series(session: Session, series_id: UUID, now: datetime) -> Sequence[Booking]:
    """The requests of the series that wait, with their spaces, by day. Not locked."""
    statement = select(Booking).options(selectinload(Booking.space)).where(Booking.series_id == series_id)
    statement = statement.where(Booking.state == "requested", Booking.answer_by > now)
    return session.scalars(statement.order_by(Booking.series_day, Booking.id)).all()


def lock_lapsed(session: Session, now: datetime, *, limit: int) -> Sequence[Booking]:
    """Requests whose time to answer has passed, with their spaces, the longest first. Others skip them meanwhile."""
    statement = select(Booking).options(selectinload(Booking.space))
    statement = statement.where(Booking.state == "requested", Booking.answer_by <= now)
    statement = statement.order_by(Booking.answer_by, Booking.id).limit(limit)
    return session.scalars(statement.with_for_update(of=Booking, skip_locked=True)).all()
