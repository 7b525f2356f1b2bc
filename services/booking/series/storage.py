"""Series by id and in pages, and their bookings."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.interface.booking_words import ACTIVE
from services.booking.series.models import Series


def find_series(session: Session, series_id: UUID, *, lock: bool = False) -> Series | None:
    """The series with its space. With `lock`, other transactions wait before they change it; bookings that name it do not.
    Series come before bookings in the order of locks."""
    statement = select(Series).where(Series.id == series_id).options(selectinload(Series.space))
    return session.scalar(statement.with_for_update(of=Series, key_share=True) if lock else statement)


def list_series(
    session: Session,
    *,
    communities: Communities,
    resident_ids: Sequence[UUID] | None,
    since: date | None,
    limit: int,
    cursor: str | None,
) -> Page[Series]:
    """Series in `communities` with their spaces. With `since`, those that end on that day or later, the earliest end first;
    else all, the latest end first."""
    statement = select(Series).options(joinedload(Series.space, innerjoin=True)).where(within(Series.community_id, communities))
    if resident_ids is not None:
        statement = statement.where(Series.resident_id.in_(resident_ids))
    if since is not None:
        statement = statement.where(Series.ends_on >= since)
    way: Literal["asc", "desc"] = "desc" if since is None else "asc"
    return page(session, statement, keys=[(Series.ends_on, way), (Series.id, way)], limit=limit, cursor=cursor)


def bookings_of(session: Session, series_id: UUID) -> Sequence[Booking]:
    """All bookings of the series with their spaces, by day."""
    statement = select(Booking).options(joinedload(Booking.space, innerjoin=True)).where(Booking.series_id == series_id)
    statement = statement.order_by(Booking.series_day, Booking.id)
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def lock_coming(session: Session, series_id: UUID, since: date | None, now: datetime) -> list[Booking]:
    """The bookings and requests of the series that have not started, those of the day `since` or later, with their spaces.
    Locked in the order of their ids, and returned by day."""
    statement = select(Booking).options(selectinload(Booking.space))  # a join would miss one that is just moved elsewhere
    statement = statement.where(Booking.series_id == series_id, Booking.state.in_(ACTIVE), Booking.starts_at > now)
    if since is not None:
        statement = statement.where(Booking.series_day >= since)
    found = session.scalars(statement.order_by(Booking.id).with_for_update(of=Booking)).all()
    return sorted(found, key=lambda one: (one.series_day or date.max, one.id))


def move_over(session: Session, old_id: UUID, new_id: UUID, since: date, *, but: Sequence[UUID]) -> None:
    """The bookings of the series of the day `since` and later belong to another series, for example those that are cancelled.
    Those in `but` are left to the caller."""
    past = update(Booking).where(Booking.series_id == old_id, Booking.series_day >= since, Booking.id.not_in(but))
    session.execute(past.values(series_id=new_id), execution_options={"synchronize_session": False})
