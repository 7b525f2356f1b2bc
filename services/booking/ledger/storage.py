"""The statements that claim, confirm and release resources. A caller that gets False must roll back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ARRAY, DateTime, Select, Table, Text, Uuid, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from services.booking.calendar.revision import IS_CURRENT, expect_current
from services.booking.interface.refusals import HoldExpired
from services.booking.ledger.models import CONFIRMED, HELD, NO_DOUBLE_BOOKING, RELEASED, Claim, Holder, Resource, Wanted

# The table instead of the mapped class: these statements run most often, and the mapper costs time.
_claims = cast(Table, Claim.__table__)

# ON CONFLICT DO NOTHING instead of catching an error: plain inserts that conflict under an exclusion constraint can wait for
# each other until PostgreSQL detects a deadlock after a second. These never do, and need no savepoint.
_MADE = (
    pg_insert(_claims)
    .from_select(
        ["holder_kind", "holder_id", "resource_id", "community_id", "during", "state", "expires_at"],
        select(
            bindparam("holder_kind", type_=Text),
            bindparam("holder_id", type_=Uuid),
            func.unnest(bindparam("resource_ids", type_=ARRAY(Uuid))),
            bindparam("in_community", type_=Text),
            bindparam("wanted_during", type_=TSTZRANGE),
            bindparam("claim_state", type_=Text),
            bindparam("expires_at", type_=DateTime(timezone=True)),
        ).where(IS_CURRENT),
    )
    .on_conflict_do_nothing(constraint=NO_DOUBLE_BOOKING)
    .returning(_claims.c.resource_id)
    .cte("made")
)
# Built once, because SQLAlchemy takes longer to build a statement than to run it.
CLAIM = select(IS_CURRENT, select(func.count()).select_from(_MADE).scalar_subquery())
_RELEASE_EXPIRED = (
    update(_claims)
    .where(
        _claims.c.resource_id == func.any(bindparam("resource_ids", type_=ARRAY(Uuid))),
        _claims.c.during.overlaps(bindparam("wanted_during", type_=TSTZRANGE)),
        _claims.c.state == HELD,
        _claims.c.expires_at <= bindparam("now", type_=DateTime(timezone=True)),
    )
    .values(state=RELEASED)
    .returning(_claims.c.resource_id)
)


def claim(
    session: Session, wanted: Wanted, now: datetime, *, statement: Select[Any] = CLAIM, row: Mapping[str, Any] | None = None
) -> bool:
    """Claim all that is wanted, or return False if another holder has some of it. Waits for a competing transaction that has
    not committed yet. Raises CalendarChanged, and what Wanted.check raises. One round trip, unless something is taken.
    `statement` is CLAIM with more CTEs, for example one that inserts the holder; `row` are their parameters."""
    wanted.check(now)
    parameters = _parameters(wanted)
    if _claims_all(session, wanted, statement, {**parameters, **(row or {})}):
        return True
    # An expired hold may be in the way. The next claim of its resource releases it.
    if not session.execute(_RELEASE_EXPIRED, {**parameters, "now": now}).all():
        return False
    session.execute(delete(Claim).where(Claim.holder_id == wanted.holder.id))
    return _claims_all(session, wanted, CLAIM, parameters)


def move(session: Session, wanted: Wanted, now: datetime) -> bool:
    """Replace what the holder claims by what is wanted. The caller holds a lock of the holder. Returns and raises
    what `claim` does."""
    # This lock lets only one move per resource run at a time. Otherwise two holders that swap their times would deadlock: each
    # would wait for the claim that the other has deleted. New claims need no such lock, because they delete nothing. The lock
    # is FOR NO KEY UPDATE, so inserts with a foreign key to the resource do not wait for it.
    of_holder = Claim.holder_id == wanted.holder.id
    touched = or_(Resource.id.in_(wanted.resource_ids), Resource.id.in_(select(Claim.resource_id).where(of_holder)))
    session.execute(select(Resource.id).where(touched).order_by(Resource.id).with_for_update(key_share=True))
    session.execute(delete(Claim).where(of_holder))
    return claim(session, wanted, now)


def confirm(session: Session, holder: Holder, now: datetime) -> None:
    """Make the holder's hold a claim that does not expire. Raises HoldExpired if it has expired, or was released."""
    held = update(Claim).where(Claim.holder_id == holder.id, Claim.state == HELD, Claim.expires_at > now)
    if not session.execute(held.values(state=CONFIRMED, expires_at=None).returning(Claim.resource_id)).all():
        raise HoldExpired()


def release(session: Session, holder: Holder) -> None:
    """Free what the holder has claimed."""
    session.execute(update(Claim).where(Claim.holder_id == holder.id).values(state=RELEASED))


def _claims_all(session: Session, wanted: Wanted, statement: Select[Any], parameters: Mapping[str, Any]) -> bool:
    is_current, claimed = session.execute(statement, parameters).one()
    expect_current(session, wanted.holder.community_id, is_current)
    return bool(claimed == len(wanted.resource_ids))


def _parameters(wanted: Wanted) -> dict[str, Any]:
    return {
        "holder_kind": wanted.holder.kind,
        "holder_id": wanted.holder.id,
        # Sorted, so that two holders that want several resources cannot deadlock.
        "resource_ids": sorted(wanted.resource_ids),
        "in_community": wanted.holder.community_id,
        "revision": wanted.revision,
        "wanted_during": Range(wanted.start, wanted.end),
        "claim_state": CONFIRMED if wanted.expires_at is None else HELD,
        "expires_at": wanted.expires_at,
    }
