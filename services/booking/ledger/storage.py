"""The statements that claim, confirm and release resources. A caller that gets False must roll back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    column,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from services.booking.calendar.revision import IS_CURRENT, expect_current, hold
from services.booking.interface.refusals import HoldExpired
from services.booking.ledger.models import CONFIRMED, HELD, NO_DOUBLE_BOOKING, RELEASED, Claim, Holder, Resource, Wanted

# The condition of the exclusion constraint, in its words, so that its index is used.
BLOCKING = Claim.state.in_([literal_column(f"'{HELD}'"), literal_column(f"'{CONFIRMED}'")])
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

_wanted = (
    func.unnest(
        bindparam("holder_ids", type_=ARRAY(Uuid)),
        bindparam("resource_ids", type_=ARRAY(Uuid)),
        bindparam("starts", type_=ARRAY(DateTime(timezone=True))),
        bindparam("ends", type_=ARRAY(DateTime(timezone=True))),
    )
    .table_valued(
        column("holder_id", Uuid),
        column("resource_id", Uuid),
        column("starts", DateTime(timezone=True)),
        column("ends", DateTime(timezone=True)),
        name="wanted",
    )
    .render_derived()
)
_MADE_ALL = (
    pg_insert(_claims)
    .from_select(
        ["holder_kind", "holder_id", "resource_id", "community_id", "during", "state", "expires_at"],
        select(
            bindparam("holder_kind", type_=Text),
            _wanted.c.holder_id,
            _wanted.c.resource_id,
            bindparam("in_community", type_=Text),
            func.tstzrange(_wanted.c.starts, _wanted.c.ends),
            bindparam("claim_state", type_=Text),
            bindparam("expires_at", type_=DateTime(timezone=True)),
        )
        .where(IS_CURRENT)
        # Everybody who claims several resources does it in this order, so nobody deadlocks.
        .order_by(_wanted.c.resource_id, _wanted.c.starts),
    )
    .on_conflict_do_nothing(constraint=NO_DOUBLE_BOOKING)
    .returning(_claims.c.holder_id, _claims.c.resource_id)
    .cte("made")
)
_CLAIM_ALL = select(IS_CURRENT, _MADE_ALL.c.holder_id, _MADE_ALL.c.resource_id).select_from(
    select(literal(1)).subquery("once").outerjoin(_MADE_ALL, true())
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
    # Only the parameters of the condition: others have the names of columns, and SQLAlchemy would set those.
    which = {name: parameters[name] for name in ("resource_ids", "wanted_during")}
    if not session.execute(_RELEASE_EXPIRED, which | {"now": now}).all():
        return False
    session.execute(delete(Claim).where(Claim.holder_id == wanted.holder.id))
    return _claims_all(session, wanted, CLAIM, parameters)


def lock(session: Session, resource_ids: Collection[UUID], holder_ids: Collection[UUID] = ()) -> None:
    """Lock these resources, and those that the holders have claimed, in one order. Whoever claims or moves several times in
    one transaction calls this first, after `calendar.revision.hold`: otherwise two of them could deadlock. Single new claims
    do not wait for it."""
    touched = or_(
        Resource.id.in_(resource_ids), Resource.id.in_(select(Claim.resource_id).where(Claim.holder_id.in_(holder_ids)))
    )
    session.execute(select(Resource.id).where(touched).order_by(Resource.id).with_for_update(key_share=True))


def move(session: Session, wanted: Wanted, now: datetime) -> bool:
    """Replace what the holder claims by what is wanted. The caller holds a lock of the holder. Returns and raises
    what `claim` does. Locks in this order: holder, calendar revision, resources, claims."""
    hold(session, wanted.holder.community_id, wanted.revision)
    # This lock lets only one move per resource run at a time. Otherwise two holders that swap their times would deadlock: each
    # would wait for the claim that the other has deleted. New claims need no such lock, because they delete nothing. The lock
    # is FOR NO KEY UPDATE, so inserts with a foreign key to the resource do not wait for it.
    of_holder = Claim.holder_id == wanted.holder.id
    touched = or_(Resource.id.in_(wanted.resource_ids), Resource.id.in_(select(Claim.resource_id).where(of_holder)))
    session.execute(select(Resource.id).where(touched).order_by(Resource.id).with_for_update(key_share=True))
    session.execute(delete(Claim).where(of_holder))
    return claim(session, wanted, now)


def replace_all(session: Session, gone: Collection[UUID], wanted: Sequence[Wanted], now: datetime) -> set[tuple[UUID, UUID]]:
    """Free what the holders `gone` have claimed, and claim all that is wanted. All of it is of one kind, in one community,
    decided on one calendar revision, and expires at one time. Returns (holder id, resource id) of what other holders have; if
    that is not empty, the caller must roll back. Raises CalendarChanged, and what Wanted.check raises."""
    for one in wanted:
        one.check(now)
    resource_ids = {resource_id for one in wanted for resource_id in one.resource_ids}
    touched = or_(Resource.id.in_(resource_ids), Resource.id.in_(select(Claim.resource_id).where(Claim.holder_id.in_(gone))))
    # The reason is in `move`.
    session.execute(select(Resource.id).where(touched).order_by(Resource.id).with_for_update(key_share=True))
    if gone:
        session.execute(delete(Claim).where(Claim.holder_id.in_(gone)))
    if not wanted:
        return set()
    if not (missing := _missing(session, wanted)):
        return missing
    taken = [one for one in wanted if one.holder.id in {holder_id for holder_id, _ in missing}]
    released = [session.execute(_RELEASE_EXPIRED, {**_parameters(one), "now": now}).all() for one in taken]
    if not any(released):
        return missing
    session.execute(delete(Claim).where(Claim.holder_id.in_([one.holder.id for one in wanted])))
    return _missing(session, wanted)


def _missing(session: Session, wanted: Sequence[Wanted]) -> set[tuple[UUID, UUID]]:
    """Claim what is wanted. Returns what other holders have."""
    rows = [(one.holder.id, resource_id, one.start, one.end) for one in wanted for resource_id in one.resource_ids]
    holder_ids, resource_ids, starts, ends = (list(values) for values in zip(*rows, strict=True))
    each = {"holder_ids": holder_ids, "resource_ids": resource_ids, "starts": starts, "ends": ends}
    made = session.execute(_CLAIM_ALL, {**_parameters(wanted[0]), **each}).all()
    expect_current(session, wanted[0].holder.community_id, made[0][0])
    return set(zip(holder_ids, resource_ids, strict=True)) - {(holder_id, resource_id) for _, holder_id, resource_id in made}


def claims_of_others(
    session: Session, resource_ids: Collection[UUID], own: Collection[UUID], start: datetime, end: datetime, now: datetime
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """By resource id: the times between `start` and `end` (aware) that are blocked at `now` by other holders than `own`."""
    claims = select(Claim.resource_id, func.lower(Claim.during), func.upper(Claim.during)).where(
        Claim.resource_id.in_(resource_ids),
        Claim.during.overlaps(Range(start, end)),
        BLOCKING,
        or_(Claim.expires_at.is_(None), Claim.expires_at > now),
        Claim.holder_id.not_in(own),
    )
    found: dict[UUID, list[tuple[datetime, datetime]]] = {}
    for resource_id, begins, ends in session.execute(claims):
        found.setdefault(resource_id, []).append((begins, ends))
    return found


def confirm(session: Session, holder: Holder, now: datetime) -> None:
    """Make the holder's hold a claim that does not expire. Raises HoldExpired if it has expired, or was released."""
    held = update(Claim).where(Claim.holder_id == holder.id, Claim.state == HELD, Claim.expires_at > now)
    if not session.execute(held.values(state=CONFIRMED, expires_at=None).returning(Claim.resource_id)).all():
        raise HoldExpired()


def hand_over(session: Session, held: Holder, to: Holder, now: datetime) -> int:
    """Make what `held` holds confirmed claims of another holder, which has none. Returns how many there were: none if the hold
    has expired or was released. The caller holds the locks of both holders, and the calendar revision."""
    of_hold = update(Claim).where(Claim.holder_id == held.id, Claim.state == HELD, Claim.expires_at > now)
    given = of_hold.values(holder_id=to.id, holder_kind=to.kind, state=CONFIRMED, expires_at=None)
    options = {"synchronize_session": False}
    return len(session.execute(given.returning(Claim.resource_id), execution_options=options).all())


def give_back(session: Session, holder: Holder) -> None:
    """Delete the claims of the holder, so that it can be given others."""
    session.execute(delete(Claim).where(Claim.holder_id == holder.id), execution_options={"synchronize_session": False})


def release_expired(session: Session, now: datetime, most: int) -> int:
    """Release up to `most` claims whose hold has expired by `now`, wherever they are. They block nobody anyway; but who waits
    for their time is found only when they are released. Returns how many there were."""
    expired = select(Claim.holder_id, Claim.resource_id).where(Claim.state == HELD, Claim.expires_at <= now)
    keys = session.execute(expired.order_by(Claim.expires_at).limit(most).with_for_update(skip_locked=True)).all()
    if keys:
        of_keys = update(Claim).where(tuple_(Claim.holder_id, Claim.resource_id).in_([tuple(key) for key in keys]))
        session.execute(of_keys.values(state=RELEASED), execution_options={"synchronize_session": False})
    return len(keys)


def release(session: Session, holder: Holder) -> None:
    """Free what the holder has claimed."""
    session.execute(update(Claim).where(Claim.holder_id == holder.id).values(state=RELEASED))


def shorten(session: Session, holder: Holder, until: datetime) -> None:
    """Free what the holder has claimed from `until` (aware) on. The claims have begun by then. The holder's lock is enough, and
    no calendar is needed: less time meets nobody."""
    longer = update(Claim).where(Claim.holder_id == holder.id, Claim.state == CONFIRMED, func.upper(Claim.during) > until)
    session.execute(longer.values(during=func.tstzrange(func.lower(Claim.during), until)))


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
