"""Waits, offers and freed times: by id, in line and in pages.

Locks: a wait before its booking, and both before everything else. Who looks for the next in line holds a lock of the community
(`lock_line`), so the order of a line is kept however many look."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, func, not_, or_, select, tuple_
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.waits.models import OPEN, WAITING, FreedTime, Wait, WaitOffer

BATCH = 100  # of candidates
MOST_WITHIN = 1000  # freed times that are forgotten together


def find_wait(session: Session, wait_id: UUID, *, lock: bool = False) -> Wait | None:
    """The wait with its space. With `lock`, other transactions wait before they change it."""
    statement = select(Wait).where(Wait.id == wait_id).options(selectinload(Wait.space))
    if lock:
        return session.scalar(statement.with_for_update(of=Wait).execution_options(populate_existing=True))
    return session.scalar(statement)


def list_waits(
    session: Session,
    *,
    communities: Communities,
    resident_ids: Sequence[UUID] | None,
    space_id: UUID | None,
    start: datetime | None,
    end: datetime | None,
    over: bool,
    limit: int,
    cursor: str | None,
) -> Page[Wait]:
    """Waits in `communities` with their spaces, for times between `start` and `end` (aware), by the wanted start. Without
    `over` those that are open."""
    statement = select(Wait).options(joinedload(Wait.space, innerjoin=True)).where(within(Wait.community_id, communities))
    if resident_ids is not None:
        statement = statement.where(Wait.resident_id.in_(resident_ids))
    if space_id is not None:
        statement = statement.where(Wait.space_ids.contains([space_id]))
    if start is not None:
        statement = statement.where(Wait.latest_at > start)
    if end is not None:
        statement = statement.where(Wait.earliest_at < end)
    if not over:
        statement = statement.where(Wait.state.in_(OPEN))
    return page(session, statement, keys=[(Wait.starts_at, "asc"), (Wait.id, "asc")], limit=limit, cursor=cursor)


def count_open(session: Session, resident_id: UUID) -> int:
    """How many open waits the resident has, wherever."""
    return session.scalar(select(func.count()).where(Wait.resident_id == resident_id, Wait.state.in_(OPEN))) or 0


def overlapping_open(
    session: Session, resident_id: UUID, start: datetime, end: datetime, *, booking_id: UUID | None = None
) -> bool:
    """Whether the resident has an open wait for a time between `start` and `end` (aware), or one for the same booking."""
    statement = select(Wait.id).where(Wait.resident_id == resident_id, Wait.state.in_(OPEN))
    if booking_id is None:
        window = func.tstzrange(Wait.earliest_at, Wait.latest_at)
        statement = statement.where(Wait.booking_id.is_(None), window.op("&&")(Range(start, end)))
    else:
        statement = statement.where(Wait.booking_id == booking_id)
    return session.scalar(statement.limit(1)) is not None


def places(session: Session, waits: Collection[Wait]) -> dict[UUID, int]:
    """The place in line of those that wait: one more than how many open waits for overlapping times and spaces come before."""
    ids = [wait.id for wait in waits if wait.state == WAITING]
    if not ids:
        return {}
    one, other = aliased(Wait), aliased(Wait)
    before = and_(
        other.community_id == one.community_id,
        other.state.in_(OPEN),
        other.space_ids.overlap(one.space_ids),
        other.earliest_at < one.latest_at,
        one.earliest_at < other.latest_at,
        or_(
            and_(other.care, not_(one.care)),
            and_(other.care == one.care, tuple_(other.asked_at, other.id) < tuple_(one.asked_at, one.id)),
        ),
    )
    statement = select(one.id, func.count(other.id)).outerjoin(other, before).where(one.id.in_(ids)).group_by(one.id)
    return {wait_id: ahead + 1 for wait_id, ahead in session.execute(statement)}


def open_offers(session: Session, wait_ids: Collection[UUID]) -> dict[UUID, WaitOffer]:
    """The offers to answer, with their spaces, by wait."""
    if not wait_ids:
        return {}
    statement = select(WaitOffer).options(selectinload(WaitOffer.space)).where(WaitOffer.wait_id.in_(wait_ids))
    return {offer.wait_id: offer for offer in session.scalars(statement.where(WaitOffer.state == "open"))}


def find_offer(session: Session, offer_id: UUID) -> WaitOffer | None:
    return session.scalar(select(WaitOffer).options(selectinload(WaitOffer.space)).where(WaitOffer.id == offer_id))


def offered_times(
    session: Session, space_ids: Collection[UUID], start: datetime, end: datetime, now: datetime
) -> list[tuple[datetime, datetime]]:
    """The times (aware) without turnover that are held for who waits in one of the spaces and overlap that from `start` to
    `end`, by start."""
    statement = select(WaitOffer.starts_at, WaitOffer.ends_at).where(
        WaitOffer.space_id.in_(space_ids),
        WaitOffer.state == "open",
        WaitOffer.expires_at > now,
        WaitOffer.starts_at < end,
        WaitOffer.ends_at > start,
    )
    return [(row.starts_at, row.ends_at) for row in session.execute(statement.order_by(WaitOffer.starts_at))]


def declined_times(session: Session, wait_ids: Collection[UUID]) -> dict[UUID, list[tuple[int, int]]]:
    """By wait: the times that were offered and declined, sorted, in seconds since the epoch."""
    statement = select(WaitOffer.wait_id, WaitOffer.starts_at, WaitOffer.ends_at).where(
        WaitOffer.wait_id.in_(wait_ids), WaitOffer.state == "declined"
    )
    found: dict[UUID, list[tuple[int, int]]] = {}
    for wait_id, start, end in session.execute(statement.order_by(WaitOffer.starts_at)):
        found.setdefault(wait_id, []).append((int(start.timestamp()), int(end.timestamp())))
    return found


def lock_line(session: Session, communities: Sequence[str]) -> str | None:
    """The first of `communities` for which nobody else looks for the next in line. Others are kept out until the transaction
    ends. The next statement sees what they have offered."""
    for community_id in communities:
        if session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(f"waits of {community_id}", 0)))):
            return community_id
    return None


def communities_with_freed_times(session: Session, most: int) -> Sequence[str]:
    """Up to `most`, not sorted."""
    return session.scalars(select(FreedTime.community_id).distinct().limit(most)).all()


def first_freed(session: Session, community_id: str) -> FreedTime | None:
    freed = select(FreedTime).where(FreedTime.community_id == community_id)
    return session.scalar(freed.order_by(FreedTime.id).limit(1))


def freed_within(session: Session, freed: FreedTime) -> Sequence[int]:
    """The ids of `freed` and of freed times of its community that lie in it, at most MOST_WITHIN. A search for the next
    in line for `freed` after this covers each of them. Many may be equal, because a change of the calendar notes the time of
    everybody who waits."""
    within_it = FreedTime.during.op("<@")(freed.during)
    statement = select(FreedTime.id).where(FreedTime.community_id == freed.community_id, within_it)
    found = session.scalars(statement.order_by(FreedTime.id).limit(MOST_WITHIN)).all()
    return found if freed.id in found else [freed.id, *found]


def forget_freed(session: Session, freed_ids: Sequence[int]) -> None:
    session.execute(delete(FreedTime).where(FreedTime.id.in_(freed_ids)))


def in_line(session: Session, freed: FreedTime) -> Iterator[Sequence[Wait]]:
    """Those who wait in its community for a time within `freed`, in the order of the line, in batches."""
    window = func.tstzrange(Wait.earliest_at, Wait.latest_at)
    statement = select(Wait).where(Wait.community_id == freed.community_id, Wait.state == WAITING)
    statement = statement.where(window.op("&&")(freed.during)).order_by(Wait.care.desc(), Wait.asked_at, Wait.id).limit(BATCH)
    last: Wait | None = None
    while True:
        batch = session.scalars(statement if last is None else statement.where(_after(last))).all()
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        last = batch[-1]


def _after(last: Wait):  # type: ignore[no-untyped-def]
    later = tuple_(Wait.asked_at, Wait.id) > tuple_(last.asked_at, last.id)
    return or_(and_(Wait.care, later), not_(Wait.care)) if last.care else and_(not_(Wait.care), later)


def next_expired(session: Session, now: datetime) -> UUID | None:
    """The wait whose offer was not answered in time, the longest ago."""
    expired = select(WaitOffer.wait_id).where(WaitOffer.state == "open", WaitOffer.expires_at <= now)
    return session.scalar(expired.order_by(WaitOffer.expires_at).limit(1))


def lock_overdue(session: Session, now: datetime, most: int) -> Sequence[Wait]:
    """Those who wait, and for whom it is too late. Locked; those that others have locked are skipped."""
    overdue = select(Wait).options(selectinload(Wait.space)).where(Wait.state == WAITING, Wait.open_until <= now)
    return session.scalars(overdue.order_by(Wait.open_until).limit(most).with_for_update(of=Wait, skip_locked=True)).all()


def next_without_booking(session: Session) -> UUID | None:
    """An open wait for an earlier time of a booking that is cancelled, or was moved."""
    lost = select(Wait.id).join(Booking, Booking.id == Wait.booking_id).where(Wait.state.in_(OPEN))
    return session.scalar(lost.where(or_(Booking.state != "confirmed", Booking.starts_at != Wait.latest_at)).limit(1))
