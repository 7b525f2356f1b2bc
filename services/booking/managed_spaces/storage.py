"""Selects and locks for admins, and the claims of a new part."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, exists, func, insert, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.interface.booking_words import ACTIVE
from services.booking.ledger.models import CONFIRMED, HELD, Claim
from services.booking.spaces.models import Space

_BATCH = 500


def list_spaces(
    session: Session,
    *,
    communities: Communities,
    section: str | None,
    kind: str | None,
    active: bool | None,
    parent_id: UUID | None,
    q: str | None,
    limit: int,
    cursor: str | None,
) -> Page[Space]:
    """Spaces in `communities`, sorted by community and code. `q` is searched in code, name and description."""
    statement = select(Space).where(within(Space.community_id, communities), *_wanted(section, kind, active, parent_id, q))
    keys = [(column, "asc") for column in (Space.community_id, Space.code, Space.id)]
    return page(session, statement, keys=keys, limit=limit, cursor=cursor)  # type: ignore[arg-type]  # the word is a literal


def _wanted(
    section: str | None, kind: str | None, active: bool | None, parent_id: UUID | None, q: str | None
) -> Iterator[ColumnElement[bool]]:
    if section is not None:
        yield Space.section == section
    if kind is not None:
        yield Space.kind == kind
    if active is not None:
        yield Space.active.is_(active)
    if parent_id is not None:
        yield Space.parent_id == parent_id
    if q:
        texts = (Space.code, *(column[tag].astext for column in (Space.name, Space.description) for tag in ("zh-CN", "en")))
        yield or_(*(column.icontains(q, autoescape=True) for column in texts))


def lock_space(session: Session, space_id: UUID) -> Space | None:
    """The space, read again. Call revision.begin_change before."""
    statement = select(Space).where(Space.id == space_id).with_for_update(of=Space, key_share=True)
    return session.scalar(statement.execution_options(populate_existing=True))


def has_code(session: Session, community_id: str, code: str) -> bool:
    return bool(session.scalar(select(exists().where(Space.community_id == community_id, Space.code == code))))


def has_parts(session: Session, space_id: UUID) -> bool:
    return bool(session.scalar(select(exists().where(Space.parent_id == space_id))))


def claim_for_bookings_of_parent(session: Session, part: Space, now: datetime) -> None:
    """Let the bookings of the parent that are not over claim the new `part` too. Nobody else can claim it yet: the caller has
    begun a change of the calendar."""
    of_parent = (
        select(
            Claim.holder_kind,
            Claim.holder_id,
            literal(part.id, Uuid),
            Claim.community_id,
            Claim.during,
            Claim.state,
            Claim.expires_at,
        )
        .join(Booking, Booking.id == Claim.booking_id)
        .where(Booking.space_id == part.parent_id, *_blocking(now))
        .ext(distinct_on(Claim.holder_id))
    )
    columns = ["holder_kind", "holder_id", "resource_id", "community_id", "during", "state", "expires_at"]
    session.execute(insert(Claim).from_select(columns, of_parent))


def bookings_of_parent(session: Session, parent_id: UUID, now: datetime, *, limit: int) -> Sequence[Booking]:
    """The bookings that `claim_for_bookings_of_parent` lets claim a new part, the earliest first."""
    ids = select(Claim.booking_id).join(Booking, Booking.id == Claim.booking_id)
    ids = ids.where(Booking.space_id == parent_id, *_blocking(now))
    statement = select(Booking).where(Booking.id.in_(ids)).order_by(Booking.starts_at, Booking.id)
    return session.scalars(statement.limit(limit)).all()


def count_bookings_of_parent(session: Session, parent_id: UUID, now: datetime) -> int:
    """How many `bookings_of_parent` lists in all."""
    counted = select(func.count(Claim.booking_id.distinct())).join(Booking, Booking.id == Claim.booking_id)
    return session.scalar(counted.where(Booking.space_id == parent_id, *_blocking(now))) or 0


def _blocking(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Claims that block something at `now` (aware) or later."""
    return Claim.state.in_([HELD, CONFIRMED]), func.upper(Claim.during) > now


def coming_bookings(session: Session, space_ids: list[UUID], now: datetime) -> Iterator[list[Booking]]:
    """Bookings of the spaces that have not started, in batches, the earliest first. One statement for each batch."""
    last: tuple[datetime, UUID] = now, UUID(int=0)
    while True:
        statement = select(Booking).where(
            Booking.space_id.in_(space_ids),
            Booking.state.in_(ACTIVE),
            tuple_(Booking.starts_at, Booking.id) > tuple_(*last),
        )
        found = list(session.scalars(statement.order_by(Booking.starts_at, Booking.id).limit(_BATCH)))
        yield found
        if len(found) < _BATCH:
            return
        last = found[-1].starts_at, found[-1].id
