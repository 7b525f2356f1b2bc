"""See, add and change spaces. Admins of the space's community may."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import UNKNOWN
from services.booking.access import ADMIN, administers
from services.booking.calendar import revision
from services.booking.changes.recording import record
from services.booking.interface.refusals import CannotDivide, CodeTaken, HasParts, NotDivisible
from services.booking.locks import storage as locks
from services.booking.managed_spaces import storage
from services.booking.spaces import storage as spaces
from services.booking.spaces.models import Space

# What an admin writes, and what the history shows.
WRITTEN = (
    "kind",
    "section",
    "name",
    "description",
    "location",
    "equipment",
    "capacity",
    "divisible",
    "opening_hours",
    "holiday_hours",
    "seasons",
    "slot_minutes",
    "min_minutes",
    "max_minutes",
    "min_notice_minutes",
    "cancel_notice_minutes",
    "horizon_days",
    "opening",
    "shares",
    "elder_age",
    "ask_from_dates",
    "buffer_before_minutes",
    "buffer_after_minutes",
    "open_to",
    "needs_approval",
    "approver_ids",
    "answer_notice_minutes",
    "active",
    "check_in_grace_minutes",
    "door_check_in",
    "takes_walk_ins",
    "staff_told",
    "list_at",
    "list_if_none",
    "lock_id",
    "code_minutes_before",
    "code_minutes_after",
)


def list_managed_spaces(
    call: Call,
    *,
    limit: int,
    community_id: str | None = None,
    section: str | None = None,
    kind: str | None = None,
    state: str | None = None,
    parent_id: UUID | None = None,
    q: str | None = None,
    cursor: str | None = None,
) -> Page[Space]:
    """Spaces of the communities in which the caller is an admin, also those out of use, sorted by community and code. Raises
    Unauthenticated, Forbidden, InvalidField."""
    call.acting.require_role(ADMIN)
    return storage.list_spaces(
        call.session,
        communities=call.acting.reach if community_id is None else administered(call, community_id),
        section=section,
        kind=kind,
        active=None if state is None else state == "active",
        parent_id=parent_id,
        q=q,
        limit=limit,
        cursor=cursor,
    )


def get_managed_space(call: Call, *, space_id: UUID) -> Space:
    """Raises Unauthenticated, Forbidden, or NotFound for a space of a community in which the caller is no admin."""
    return _check_administered(call, spaces.find_space(call.session, space_id), space_id)


def new_space(call: Call, *, community_id: str, code: str, parent_id: UUID | None = None, **values: Any) -> Space:
    """The space that add_space stores, not stored. Raises InvalidField, CodeTaken, NotDivisible, CannotDivide."""
    if storage.has_code(call.session, community_id, code):
        raise CodeTaken()
    _check_lock(call, community_id, values)
    grace_minutes = values.pop("check_in_grace_minutes", None)
    space = Space(community_id=community_id, code=code, parent_id=parent_id, **plain(_with_defaults(values)))
    space.ask_for_check_in(grace_minutes, call.now)
    space.check_lengths()
    if parent_id is not None:
        _check_parent(call, space)
    return space


def add_space(call: Call, *, community_id: str, code: str, parent_id: UUID | None = None, **values: Any) -> Space:
    """A new space. Bookings of a parent claim a new part from now on too, also those that exist. Raises Unauthenticated,
    Forbidden, InvalidField, CodeTaken, NotDivisible, CannotDivide."""
    call.acting.require_role(ADMIN)
    administered(call, community_id)
    revision.begin_change(call.session, community_id)
    space = new_space(call, community_id=community_id, code=code, parent_id=parent_id, **values)
    call.session.add(space)
    call.session.flush()
    if parent_id is not None:
        storage.claim_for_bookings_of_parent(call.session, space, call.now)
    _finish(call, space, "created", None)
    return space


def change_space(call: Call, *, space_id: UUID, expected_version: int | None = None, **values: Any) -> Space:
    """Change what is given. Bookings stay as they are, also those that no longer fit. The values that it has change and
    announce nothing. Raises Unauthenticated, Forbidden, NotFound, VersionMismatch, InvalidField, CannotDivide, HasParts."""
    known = get_managed_space(call, space_id=space_id)
    revision.begin_change(call.session, known.community_id)
    space = storage.lock_space(call.session, space_id)
    if space is None:
        raise NotFound(space_id=str(space_id))
    space.expect_version(expected_version)
    before = _state(space)
    _check_lock(call, space.community_id, values)
    wants_division = values.get("divisible", space.divisible)
    if wants_division and space.parent_id is not None:
        raise CannotDivide()
    if space.divisible and not wants_division and storage.has_parts(call.session, space_id):
        raise HasParts()
    if "check_in_grace_minutes" in values:
        space.ask_for_check_in(values.pop("check_in_grace_minutes"), call.now)
    for name, value in plain(values).items():
        setattr(space, name, value)
    space.check_lengths()
    if _state(space) != before:
        space.changed()
        _finish(call, space, "changed", before)
    return space


def administered(call: Call, community_id: str) -> Communities:
    """The community. Raises InvalidField if the caller is no admin there."""
    if not administers(call.acting, community_id):
        raise InvalidField(UNKNOWN, "community_id")
    return Communities.only(community_id)


def _check_administered(call: Call, space: Space | None, space_id: UUID) -> Space:
    call.acting.require_role(ADMIN)
    if space is None or not administers(call.acting, space.community_id):
        raise NotFound(space_id=str(space_id))
    return space


def _check_parent(call: Call, space: Space) -> None:
    """Raises InvalidField, NotDivisible or CannotDivide unless the space can be a part of its parent."""
    parent = spaces.find_space(call.session, space.parent_id) if space.parent_id else None
    if parent is None or parent.community_id != space.community_id:
        raise InvalidField(UNKNOWN, "parent_id")
    if not parent.divisible:
        raise NotDivisible()
    if space.divisible:
        raise CannotDivide()


def _check_lock(call: Call, community_id: str, values: Mapping[str, Any]) -> None:
    """Raises InvalidField for a lock of another community. A foreign key checks it too."""
    if (lock_id := values.get("lock_id")) is not None:
        lock = locks.find_lock(call.session, lock_id)
        if lock is None or lock.community_id != community_id:
            raise InvalidField(UNKNOWN, "lock_id")


def _with_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """With the defaults of the columns, because the rules need them before the row is stored."""
    columns = Space.__table__.columns
    defaults = {name: columns[name].default.arg for name in WRITTEN if name not in values and columns[name].default}
    return {name: value(None) if callable(value) else value for name, value in defaults.items()} | dict(values)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """With the days of seasons as text, as they are stored."""
    if "seasons" not in values:
        return dict(values)
    seasons = [{name: _text_of(value) for name, value in season.items()} for season in values["seasons"]]
    return dict(values) | {"seasons": sorted(seasons, key=lambda season: season["first_day"])}


def _text_of(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _state(space: Space) -> dict[str, Any]:
    state = {name: getattr(space, name) for name in WRITTEN}
    lock_id = None if space.lock_id is None else str(space.lock_id)
    return state | {"approver_ids": [str(one) for one in space.approver_ids], "lock_id": lock_id}


def _finish(call: Call, space: Space, action: str, before: Mapping[str, Any] | None) -> None:
    """Record the change and announce it, in this transaction."""
    record(
        call,
        "space",
        str(space.id),
        action,
        community_id=space.community_id,
        version=space.version,
        before=before,
        after=_state(space),
    )
    revision.announce(call.session, call.now, space.community_id, "space")
