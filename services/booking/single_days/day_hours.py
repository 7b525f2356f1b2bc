"""Other hours of a space on single days. Admins of the space's community decide them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound, VersionMismatch
from services.booking.calendar import revision
from services.booking.calendar.models import SpaceException
from services.booking.calendar.storage import zone_of
from services.booking.changes.recording import record
from services.booking.managed_spaces import use_cases as managed_spaces
from services.booking.single_days import storage
from services.booking.single_days.affected import Affected, by_day_hours
from services.booking.single_days.decidable import check_decidable
from services.booking.spaces.models import Space

Entries = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class DecidedHours:
    """Other hours of a day and the bookings that no longer fit."""

    row: SpaceException
    affected: Affected

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def list_day_hours(call: Call, *, space_id: UUID, limit: int, cursor: str | None = None) -> Page[SpaceException]:
    """From today on, sorted. Raises Unauthenticated, Forbidden, NotFound."""
    space = managed_spaces.get_managed_space(call, space_id=space_id)
    today = call.now.astimezone(zone_of(call.session, space.community_id)).date()
    return storage.list_day_hours(call.session, space_id, from_day=today, limit=limit, cursor=cursor)


def preview_day_hours(call: Call, *, space_id: UUID, day: date, hours: Entries | None = None) -> Affected:
    """The bookings that would no longer fit. Without `hours`: if they were taken away. Raises Unauthenticated, Forbidden,
    NotFound, DayInPast, DayTooFar."""
    return by_day_hours(call.session, call.now, _decidable(call, space_id, day), day, hours)


def set_day_hours(
    call: Call,
    *,
    space_id: UUID,
    day: date,
    hours: Entries,
    note: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
) -> DecidedHours:
    """Give the space other hours on that day; none: closed. Those that it has change and announce nothing. Bookings stay as
    they are. Raises Unauthenticated, Forbidden, NotFound, DayInPast, DayTooFar, VersionMismatch."""
    space = _decidable(call, space_id, day)
    revision.begin_change(call.session, space.community_id)
    known = storage.find_day_hours(call.session, space_id, day)
    if expected_version is not None and expected_version != (known.version if known else None):
        raise VersionMismatch(version=known.version if known else None)
    affected = by_day_hours(call.session, call.now, space, day, hours)
    before = known.facts() if known else None
    row = known or SpaceException(space_id=space_id, day=day, community_id=space.community_id, version=0)
    row.hours, row.note = [dict(entry) for entry in hours], dict(note) if note else None
    if row.facts() == before:
        return DecidedHours(row, affected)
    row.version += 1
    call.session.add(row)
    _finish(call, row, "changed" if known else "created", before, row.facts())
    return DecidedHours(row, affected)


def remove_day_hours(call: Call, *, space_id: UUID, day: date) -> Affected:
    """Take the other hours of that day away. Returns the bookings that no longer fit. Raises Unauthenticated, Forbidden,
    DayInPast, DayTooFar, and NotFound, also if it has none."""
    space = _decidable(call, space_id, day)
    revision.begin_change(call.session, space.community_id)
    known = storage.find_day_hours(call.session, space_id, day)
    if known is None:
        raise NotFound(day=day.isoformat())
    affected = by_day_hours(call.session, call.now, space, day, None)
    call.session.delete(known)
    _finish(call, known, "taken_back", known.facts(), None)
    return affected


def _decidable(call: Call, space_id: UUID, day: date) -> Space:
    space = managed_spaces.get_managed_space(call, space_id=space_id)
    check_decidable(day, zone_of(call.session, space.community_id), call.now)
    return space


def _finish(
    call: Call, row: SpaceException, action: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> None:
    """Record the change under the space and announce it, in this transaction. The history keeps both states as a whole: which
    fields differ would not say which day it was."""
    day = row.day.isoformat()
    record(
        call,
        "day_hours",
        str(row.space_id),
        action,
        community_id=row.community_id,
        version=row.version,
        before={day: before} if before else None,
        after={day: after},
    )
    revision.announce(call.session, call.now, row.community_id, "day_hours")
