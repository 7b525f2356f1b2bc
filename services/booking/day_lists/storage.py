"""The spaces with a list, the lists of a day, and what is booked on that day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from services.booking.bookings.models import Booking
from services.booking.day_lists.models import DayList, Listed
from services.booking.spaces.models import Space


def spaces_with_lists(session: Session) -> Sequence[Space]:
    """The spaces in use of which somebody gets the list of the next day, in all communities. There are few spaces."""
    wanted = select(Space).where(Space.active, Space.list_at.is_not(None), Space.staff_told.has_key("tomorrow"))
    return session.scalars(wanted.order_by(Space.community_id, Space.code)).all()


Key = tuple[str, UUID, date, str]  # community, account, local day, list_at


def lock_lists(session: Session, keys: Sequence[Key], now: datetime) -> dict[Key, DayList]:
    """The lists of `keys`, added if they are missing, locked. Those that another replica has locked are left out: it is at
    work on them."""
    names = ("community_id", "account_id", "day", "list_at")
    rows = [dict(zip(names, key, strict=True)) | {"id": uuid7(), "version": 1, "created_at": now} for key in sorted(keys)]
    session.execute(insert(DayList).on_conflict_do_nothing(), rows)
    columns = tuple_(DayList.community_id, DayList.account_id, DayList.day, DayList.list_at)
    locked = select(DayList).where(columns.in_(keys)).with_for_update(skip_locked=True)
    return {(one.community_id, one.account_id, one.day, one.list_at): one for one in session.scalars(locked)}


def booked_between(session: Session, space_ids: Sequence[UUID], start: datetime, end: datetime) -> Sequence[Listed]:
    """The bookings of the spaces that start from `start` until before `end` (aware), by time."""
    columns: tuple[Any, ...] = (Booking.id, Booking.space_id, Space.name, Booking.starts_at, Booking.ends_at, Booking.attendees)
    statement = select(*columns).join(Space, Space.id == Booking.space_id)
    booked = statement.where(
        Booking.space_id.in_(space_ids), Booking.state == "confirmed", Booking.starts_at >= start, Booking.starts_at < end
    )
    rows = session.execute(booked.order_by(Booking.starts_at, Booking.id)).all()
    return [Listed(*row) for row in rows]
