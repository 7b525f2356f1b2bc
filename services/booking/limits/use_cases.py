"""See limits, and set them: admins, in the communities in which they work."""

from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound
from chassis.rpc.rules import UNKNOWN
from services.booking.calendar.models import EVERYWHERE
from services.booking.interface.refusals import LimitBelowShortest, LimitExists, LimitWithoutEffect
from services.booking.limits import storage
from services.booking.limits.contradictions import makes_useless
from services.booking.limits.models import Limit, LimitChange
from services.booking.spaces import storage as spaces


def list_limits(
    call: Call, *, limit: int, ended: bool = False, community_id: str | None = None, cursor: str | None = None
) -> Page[Limit]:
    """Limits of the communities that the caller looks at, and of the whole district, the newest first. Everybody may see
    them."""
    communities = call.communities if community_id is None else Communities.only(community_id)
    return storage.list_limits(call.session, communities=communities, ended=ended, limit=limit, cursor=cursor)


def get_limit(call: Call, *, limit_id: UUID) -> Limit:
    """Raises NotFound."""
    if (found := storage.find_limit(call.session, limit_id)) is None:
        raise NotFound(limit_id=str(limit_id))
    return found


def list_limit_changes(call: Call, *, limit_id: UUID, limit: int, cursor: str | None = None) -> Page[LimitChange]:
    """Who changed a limit, the newest first. Raises NotFound, Unauthenticated, Forbidden."""
    _check_admin(call, get_limit(call, limit_id=limit_id).where)
    return storage.list_changes(call.session, limit_id, limit=limit, cursor=cursor)


def add_limit(call: Call, *, subject: str, measure: str, period: str, allowed: int, **about: Any) -> Limit:
    """A new limit, in force at once. `about` are community_id, kind, section, space_id and days, as far as they are given.
    Raises what `new_limit` and `_check_sense` raise."""
    made = new_limit(call, subject=subject, measure=measure, period=period, allowed=allowed, **about)
    storage.lock_limits_of(call.session, made.community_id)
    _check_sense(call, made)
    call.session.add(made)
    _write_down(call, made, "created", None)
    return made


def new_limit(call: Call, *, subject: str, measure: str, period: str, allowed: int, **about: Any) -> Limit:
    """A limit that is not stored. Raises Unauthenticated, Forbidden, InvalidField (community_id, space_id)."""
    community_id = about.get("community_id") or EVERYWHERE
    where = DISTRICT if community_id == EVERYWHERE else Communities.only(community_id)
    _check_admin(call, where)
    space = None
    if (space_id := about.get("space_id")) is not None:
        space = spaces.find_space(call.session, space_id)
        if space is None or community_id not in (EVERYWHERE, space.community_id):
            raise InvalidField(UNKNOWN, "space_id")
    return Limit(
        community_id=community_id,
        subject=subject,
        kind=about.get("kind"),
        section=about.get("section"),
        space_id=space_id,
        space=space,
        measure=measure,
        period=period,
        days=about.get("days"),
        allowed=allowed,
        created_at=call.now,
    )


def change_limit(call: Call, *, limit_id: UUID, allowed: int, expected_version: int | None = None) -> Limit:
    """Allow more or less. The number that it has changes nothing. Raises NotFound, Unauthenticated, Forbidden, VersionMismatch,
    LimitEnded, and what `_check_sense` raises."""
    found = _lock(call, limit_id, expected_version)
    before = found.facts()
    found.allow(allowed)
    if found.facts() != before:
        _check_sense(call, found)
        _write_down(call, found, "changed", before)
    return found


def end_limit(call: Call, *, limit_id: UUID, expected_version: int | None = None) -> Limit:
    """End a limit. Raises NotFound, Unauthenticated, Forbidden, VersionMismatch, LimitEnded."""
    found = _lock(call, limit_id, expected_version)
    before = found.facts()
    found.end(call.now)
    _write_down(call, found, "ended", before)
    return found


def _lock(call: Call, limit_id: UUID, expected_version: int | None) -> Limit:
    seen = get_limit(call, limit_id=limit_id)
    _check_admin(call, seen.where)
    storage.lock_limits_of(call.session, seen.community_id)
    call.session.expire(seen)
    found = storage.find_limit(call.session, limit_id, lock=True)
    if found is None:
        raise NotFound(limit_id=str(limit_id))
    found.expect_version(expected_version)
    return found


def _check_admin(call: Call, where: Communities) -> None:
    """Raises Unauthenticated. Raises Forbidden unless the caller is an admin of all of `where`."""
    call.acting.require_role("admin")
    if where not in call.acting.reach:
        raise Forbidden(needs=["admin"])


def _check_sense(call: Call, limit: Limit) -> None:
    """Raises LimitExists, LimitWithoutEffect or LimitBelowShortest."""
    if limit.measure == "minutes" and (space := storage.shortest_above(call.session, limit)) is not None:
        raise LimitBelowShortest(space_id=str(space.id), space_name=space.name, min_minutes=space.min_minutes)
    for other in storage.others_in_force(call.session, limit):
        if _same_but_allowed(limit, other):
            raise LimitExists(limit_id=str(other.id), sentence=other.sentence)
        if makes_useless(limit, other) or makes_useless(other, limit):
            raise LimitWithoutEffect(limit_id=str(other.id), sentence=other.sentence)


def _same_but_allowed(one: Limit, other: Limit) -> bool:
    names = ("kind", "section", "space_id", "period", "days")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _write_down(call: Call, limit: Limit, action: str, before: dict[str, Any] | None) -> None:
    actor_id = UUID(call.acting.signed_in())
    call.session.flush()
    call.session.add(LimitChange.of(limit, action, before, actor_id=actor_id, at=call.now))
