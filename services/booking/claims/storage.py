"""Requests by id, and the times that are claimed."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session, joinedload

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.claims.models import RELEASED, Asked, ClaimedTime, ClaimRequest
from services.booking.ledger.models import Claim
from services.booking.ledger.storage import BLOCKING
from services.booking.spaces.models import LONGEST_BOOKING
from services.booking.spaces.timetable import Timetable


def lock_request(session: Session, claim_id: UUID, requester: str, community_id: str, now: datetime) -> ClaimRequest:
    """The newest request for the claim, locked: others for the same claim wait. For a claim that is not known yet, request 0,
    which was never sent."""
    new = insert(ClaimRequest).values(
        id=claim_id, community_id=community_id, version=0, requester=requester, request=0, outcome=RELEASED, answer={},
        answered_at=now,
    )  # fmt: skip
    session.execute(new.on_conflict_do_nothing(index_elements=[ClaimRequest.id]))
    return session.scalars(select(ClaimRequest).where(ClaimRequest.id == claim_id).with_for_update()).one()


def held_times(session: Session, claim_id: UUID, now: datetime) -> Sequence[ClaimedTime]:
    """The times of the claim that are not over and have not expired, by start."""
    times = select(ClaimedTime).where(ClaimedTime.claim_request_id == claim_id, ClaimedTime.ends_at > now, _in_force(now))
    return session.scalars(times.order_by(ClaimedTime.starts_at, ClaimedTime.holder_id)).all()


def replaced_holders(session: Session, claim_id: UUID, times: Iterable[Asked], now: datetime) -> Sequence[UUID]:
    """The holders of the claim that a request replaces: those that are not over, also where a hold has expired, and those that
    it names."""
    named = [asked.holder_id for asked in times]
    replaced = or_(ClaimedTime.ends_at > now, ClaimedTime.holder_id.in_(named))
    of_claim = select(ClaimedTime.holder_id).where(ClaimedTime.claim_request_id == claim_id)
    return session.scalars(of_claim.where(replaced)).all()


def keep_times(
    session: Session, request: ClaimRequest, gone: Collection[UUID], times: Iterable[Asked], expires_at: datetime | None
) -> None:
    """Replace the times of the holders `gone` by `times`."""
    session.execute(delete(ClaimedTime).where(ClaimedTime.holder_id.in_(gone)))
    session.add_all(
        ClaimedTime(
            holder_id=asked.holder_id,
            claim_request_id=request.id,
            community_id=request.community_id,
            space_ids=list(asked.space_ids),
            starts_at=asked.starts_at,
            ends_at=asked.ends_at,
            people=asked.people,
            expires_at=expires_at,
        )
        for asked in times
    )
    session.flush()


def list_claimed_times(
    session: Session,
    *,
    communities: Communities,
    space_id: UUID | None,
    start: datetime,
    end: datetime,
    now: datetime,
    limit: int,
    cursor: str | None,
) -> Page[ClaimedTime]:
    """The times in `communities` that overlap the time from `start` to `end` (aware), with their requests, by start."""
    statement = select(ClaimedTime).options(joinedload(ClaimedTime.claim_request, innerjoin=True))
    statement = statement.where(
        within(ClaimedTime.community_id, communities),
        # The first condition follows from the second. It is there for the index on starts_at.
        ClaimedTime.starts_at > start - LONGEST_BOOKING - timedelta(days=1),
        ClaimedTime.ends_at > start,
        ClaimedTime.starts_at < end,
        _in_force(now),
    )
    if space_id is not None:
        statement = statement.where(ClaimedTime.space_ids.contains([space_id]))
    return page(
        session,
        statement,
        keys=[(ClaimedTime.starts_at, "asc"), (ClaimedTime.holder_id, "asc")],
        limit=limit,
        cursor=cursor,
    )


def times_in(session: Session, timetable: Timetable, start: datetime, end: datetime, now: datetime) -> Sequence[ClaimedTime]:
    """The times, with their requests, of which a leaf of the space is claimed between `start` and `end` (aware), by start."""
    claimed = (
        select(Claim.holder_id)
        .where(
            Claim.resource_id.in_(timetable.leaf_ids),
            Claim.holder_kind == "session",
            BLOCKING,
            Claim.during.overlaps(Range(start, end)),
        )
        .distinct()
    )
    times = select(ClaimedTime).options(joinedload(ClaimedTime.claim_request, innerjoin=True))
    times = times.where(ClaimedTime.holder_id.in_(claimed), _in_force(now))
    return session.scalars(times.order_by(ClaimedTime.starts_at, ClaimedTime.holder_id)).all()


def times_of_spaces(
    session: Session, community_id: str, space_ids: Sequence[UUID], start: datetime, end: datetime, now: datetime, *, limit: int
) -> list[ClaimedTime]:
    """The times in the spaces of the community that overlap the time from `start` to `end` (aware), with their requests, by
    start."""
    times = select(ClaimedTime).options(joinedload(ClaimedTime.claim_request, innerjoin=True))
    times = times.where(
        ClaimedTime.community_id == community_id,
        # The first condition follows from the second. It is there for the index on starts_at.
        ClaimedTime.starts_at > start - LONGEST_BOOKING - timedelta(days=1),
        ClaimedTime.ends_at > start,
        ClaimedTime.starts_at < end,
        ClaimedTime.space_ids.overlap(list(space_ids)),
        _in_force(now),
    )
    return list(session.scalars(times.order_by(ClaimedTime.starts_at, ClaimedTime.holder_id).limit(limit)))


def _in_force(now: datetime) -> ColumnElement[bool]:
    return or_(ClaimedTime.expires_at.is_(None), ClaimedTime.expires_at > now)
