"""The times that are taken: one statement for any number of spaces and days."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSON, TSTZRANGE, Range, aggregate_order_by
from sqlalchemy.orm import Session

from services.booking.bookings.models import Booking
from services.booking.calendar.intervals import Span
from services.booking.ledger.models import CONFIRMED, HELD, Claim
from services.booking.spaces.timetable import Timetable

_WINDOW = bindparam("window", type_=TSTZRANGE)


def _epochs(instants: ColumnElement[datetime]) -> ColumnElement[Any]:
    """A JSON array of whole seconds, in the order of the claims. Reading it takes a tenth of the time of an array of
    timestamps."""
    seconds = cast(func.date_part("epoch", instants), BigInteger)
    return func.array_to_json(func.array_agg(aggregate_order_by(seconds, func.lower(Claim.during))), type_=JSON)


# The first condition is that of the exclusion constraint, so that its index is used. An expired hold blocks nothing.
_BLOCKS = and_(
    Claim.state.in_([literal_column(f"'{HELD}'"), literal_column(f"'{CONFIRMED}'")]),
    or_(Claim.expires_at.is_(None), Claim.expires_at > bindparam("now", type_=DateTime(timezone=True))),
)


def _claims(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Starts and ends of the claims, by leaf. One index lookup per leaf. Without further `conditions` PostgreSQL reads only the
    index of the exclusion constraint."""
    leaf = func.unnest(bindparam("leaf_ids", type_=ARRAY(Uuid))).table_valued(column("id", Uuid), name="leaf").render_derived()
    found = (
        select(_epochs(func.lower(Claim.during)).label("starts"), _epochs(func.upper(Claim.during)).label("ends"))
        .where(Claim.resource_id == leaf.c.id, Claim.during.overlaps(_WINDOW), _BLOCKS, *conditions)
        .lateral("found")
    )
    return select(leaf.c.id, found.c.starts, found.c.ends).select_from(leaf).join(found, true())


_ALL = _claims()
_OF_OTHERS = _claims(Claim.holder_id != bindparam("but", type_=Uuid))
# The turnover of a booking is not part of its time. Sessions of club events are in `claims`. Other holders have no turnover.
_BOOKED = (
    select(
        func.coalesce(Booking.starts_at, func.lower(Claim.during)),
        func.coalesce(Booking.ends_at, func.upper(Claim.during)),
        Booking.space_id,
        Claim.holder_kind,
    )
    .select_from(Claim)
    .outerjoin(Booking, Booking.id == Claim.booking_id)
    .where(Claim.resource_id == func.any(bindparam("leaf_ids", type_=ARRAY(Uuid))), Claim.during.overlaps(_WINDOW), _BLOCKS)
    .where(Claim.holder_kind != "session")
)


def blocked_spans(
    session: Session, timetables: Sequence[Timetable], start: datetime, end: datetime, now: datetime, *, but: UUID | None = None
) -> dict[UUID, list[Span]]:
    """By space id: the claims in force at `now` on the space's leaves that a booking between `start` and `end` (aware) could
    touch, sorted. Claims of the booking `but` are left out."""
    reach = max((max(t.space.buffer_before_minutes, t.space.buffer_after_minutes) for t in timetables), default=0)
    parameters: dict[str, Any] = {
        "leaf_ids": sorted({leaf_id for t in timetables for leaf_id in t.leaf_ids}),
        "window": Range(start - timedelta(minutes=reach), end + timedelta(minutes=reach)),
        "now": now,
    }
    rows = session.execute(_ALL, parameters) if but is None else session.execute(_OF_OTHERS, parameters | {"but": but})
    by_leaf = {leaf_id: list(zip(starts, ends, strict=True)) for leaf_id, starts, ends in rows if starts}
    return {t.space.id: _of_leaves(by_leaf, t.leaf_ids) for t in timetables}


def booked_spans(
    session: Session, timetable: Timetable, start: datetime, end: datetime, now: datetime, *, but: UUID | None = None
) -> tuple[list[tuple[int, int, UUID | None]], list[Span]]:
    """The times, without turnover, of bookings that have a leaf of the space between `start` and `end` (aware), each with the
    space that was booked, sorted. The space is None if it is not a booking. And the times that are held for somebody who
    waits, with their turnover. The holder `but` is left out."""
    statement = _BOOKED if but is None else _BOOKED.where(Claim.holder_id != but)
    rows = session.execute(statement, {"leaf_ids": timetable.leaf_ids, "window": Range(start, end), "now": now}).all()
    spans = [(int(begins.timestamp()), int(ends.timestamp()), space_id, kind) for begins, ends, space_id, kind in rows]
    booked = {(begins, ends, space_id) for begins, ends, space_id, kind in spans if kind != "offer"}
    held = sorted({(begins, ends) for begins, ends, _, kind in spans if kind == "offer"})
    return sorted(booked, key=lambda one: (one[0], one[1], str(one[2]))), held


def _of_leaves(by_leaf: dict[UUID, list[Span]], leaf_ids: Sequence[UUID]) -> list[Span]:
    if len(leaf_ids) == 1:
        return by_leaf.get(leaf_ids[0], [])
    return sorted(span for leaf_id in leaf_ids for span in by_leaf.get(leaf_id, ()))
