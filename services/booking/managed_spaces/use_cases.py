"""See, add and change spaces, and see what a change would affect. Admins of the space's community may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import UNKNOWN
from services.booking.access import ADMIN, administers
from services.booking.bookings.models import Booking
from services.booking.calendar import revision
from services.booking.changes.recording import record
from services.booking.interface.managed_spaces import MOST_AFFECTED
from services.booking.interface.refusals import CannotDivide, CodeTaken, HasParts, NotDivisible
from services.booking.locks import storage as locks
from services.booking.managed_spaces import storage
from services.booking.managed_spaces.misfits import changed_copy, misfit, with_space
from services.booking.spaces import storage as spaces
from services.booking.spaces.kept_times import ShownKeptTime, WeekOpening, kept_times, next_openings
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable

KEPT_AHEAD = timedelta(days=14)  # of a preview
MOST_OPENINGS = 4  # of a preview
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


@dataclass(frozen=True, slots=True)
class Affected:
    """A booking to come that would not fit, and why (MISFITS)."""

    booking_id: UUID
    space_id: UUID
    space_name: Mapping[str, Any]
    starts_at: Any
    ends_at: Any
    attendees: int
    reason: str


@dataclass(frozen=True, slots=True)
class SpacePreview:
    """The first `items` of `count` bookings, the times of the next two weeks that are `kept`, and the next `openings`."""

    community_id: str
    items: list[Affected]
    count: int
    kept: Sequence[ShownKeptTime]
    openings: Sequence[WeekOpening]


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
        communities=call.acting.reach if community_id is None else _administered(call, community_id),
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


def add_space(call: Call, *, community_id: str, code: str, parent_id: UUID | None = None, **values: Any) -> Space:
    """A new space. Bookings of a parent claim a new part from now on too, also those that exist. Raises Unauthenticated,
    Forbidden, InvalidField, CodeTaken, NotDivisible, CannotDivide."""
    call.acting.require_role(ADMIN)
    _administered(call, community_id)
    revision.begin_change(call.session, community_id)
    if storage.has_code(call.session, community_id, code):
        raise CodeTaken()
    _check_lock(call, community_id, values)
    grace_minutes = values.pop("check_in_grace_minutes", None)
    space = Space(community_id=community_id, code=code, parent_id=parent_id, **_plain(_with_defaults(values)))
    space.ask_for_check_in(grace_minutes, call.now)
    space.check_lengths()
    if parent_id is not None:
        _check_parent(call, space)
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
    for name, value in _plain(values).items():
        setattr(space, name, value)
    space.check_lengths()
    if _state(space) != before:
        space.changed()
        _finish(call, space, "changed", before)
    return space


def preview_space(call: Call, *, space_id: UUID, **values: Any) -> SpacePreview:
    """The bookings to come that fit now and would not fit after the change, and what would be kept. Changes nothing. Raises
    Unauthenticated, Forbidden, NotFound, InvalidField."""
    known = get_managed_space(call, space_id=space_id)
    changed = changed_copy(known, _plain(values))
    changed.check_lengths()
    found: list[Affected] = []
    count = 0
    for bookings in storage.coming_bookings(call.session, [space_id], call.now):
        if not bookings:
            break
        ends_at = max(booking.ends_at for booking in bookings)
        timetable = spaces.load_timetable(call.session, space_id, bookings[0].starts_at, ends_at)
        if timetable is None:
            break
        after = with_space(timetable, changed)
        for booking in bookings:
            reason = misfit(after, booking)
            if reason is not None and misfit(timetable, booking) != reason:
                count += 1
                found.append(_affected(booking, known, reason))
    ahead = spaces.load_timetable(call.session, space_id, call.now, call.now + KEPT_AHEAD)
    kept, openings = _fairness(with_space(ahead, changed), call.now) if ahead is not None else ((), ())
    return SpacePreview(known.community_id, found[:MOST_AFFECTED], count, kept, openings)


def _fairness(timetable: Timetable, now: datetime) -> tuple[Sequence[ShownKeptTime], Sequence[WeekOpening]]:
    return kept_times(timetable, now, now + KEPT_AHEAD, now), next_openings(timetable, now, MOST_OPENINGS)


def _affected(booking: Booking, space: Space, reason: str) -> Affected:
    times = booking.starts_at, booking.ends_at
    return Affected(booking.id, space.id, space.name, *times, booking.attendees, reason)


def _administered(call: Call, community_id: str) -> Communities:
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


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
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
