"""Decide what a day is: a holiday, worked, or like any other. Admins may in their communities, and for all communities if they
work in the whole district."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.communities import DISTRICT
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound, VersionMismatch
from chassis.rpc.rules import UNKNOWN
from services.booking.access import ADMIN, administers
from services.booking.calendar import revision
from services.booking.calendar.models import EVERYWHERE, CalendarDay
from services.booking.calendar.opening_hours import StatutoryDay
from services.booking.calendar.storage import zone_of
from services.booking.changes.recording import record
from services.booking.interface.single_days import KINDS_OF_DAY
from services.booking.single_days import storage
from services.booking.single_days.affected import Affected, by_calendar_day
from services.booking.single_days.decidable import check_decidable

BY_ADMIN = "an admin of Linli"
Kind = Literal["holiday", "workday", "plain"]


@dataclass(frozen=True, slots=True)
class DecidedDay:
    """A day and the bookings that no longer fit."""

    row: CalendarDay
    affected: Affected

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def list_calendar_days(call: Call, *, year: int, community_id: str | None = None) -> Page[CalendarDay]:
    """The special days of a year in a community, or in the whole district. Raises Unauthenticated, Forbidden, InvalidField."""
    return Page(storage.days_of_year(call.session, _where(call, community_id), year), None)


def preview_calendar_day(
    call: Call, *, day: date, kind: Kind | None = None, weekday: int | None = None, community_id: str | None = None
) -> Affected:
    """The bookings that would no longer fit. Without a `kind`: if the community took its own decision back. Raises
    Unauthenticated, Forbidden, InvalidField, DayInPast, DayTooFar."""
    where = _decidable(call, community_id, day)
    decided = _in_district(call, day) if kind is None else StatutoryDay(kind, weekday)
    return by_calendar_day(call.session, call.now, where, day, decided)


def set_calendar_day(
    call: Call,
    *,
    day: date,
    kind: Kind,
    weekday: int | None = None,
    name: Mapping[str, Any] | None = None,
    community_id: str | None = None,
    expected_version: int | None = None,
) -> DecidedDay:
    """Decide a day, which makes it certain. What it is already changes and announces nothing. Bookings stay as they are. Raises
    Unauthenticated, Forbidden, InvalidField, DayInPast, DayTooFar, VersionMismatch."""
    where = _decidable(call, community_id, day)
    _begin_change(call, where)
    known = storage.find_day(call.session, where, day)
    if expected_version is not None and expected_version != (known.version if known else None):
        raise VersionMismatch(version=known.version if known else None)
    affected = by_calendar_day(call.session, call.now, where, day, StatutoryDay(kind, weekday))
    before = known.facts() if known else None
    row = known or CalendarDay(community_id=where, day=day, version=0)
    row.decide(kind, weekday, name or _usual_name(call, row, kind), BY_ADMIN)
    if row.facts() == before:
        return DecidedDay(row, affected)
    row.version += 1
    call.session.add(row)
    _finish(call, row, "changed" if known else "created", before, row.facts())
    return DecidedDay(row, affected)


def reset_calendar_day(call: Call, *, day: date, community_id: str) -> Affected:
    """Take back the community's own decision. Returns the bookings that no longer fit. Raises Unauthenticated, Forbidden,
    InvalidField, DayInPast, DayTooFar, and NotFound if it has not decided that day."""
    where = _decidable(call, community_id, day)
    _begin_change(call, where)
    known = storage.find_day(call.session, where, day)
    if known is None:
        raise NotFound(day=day.isoformat())
    affected = by_calendar_day(call.session, call.now, where, day, _in_district(call, day))
    call.session.delete(known)
    _finish(call, known, "taken_back", known.facts(), None)
    return affected


def _where(call: Call, community_id: str | None) -> str:
    """The community of the row. Raises Unauthenticated, Forbidden, or InvalidField for a community of others."""
    call.acting.require_role(ADMIN)
    if community_id is None:
        if call.acting.reach != DISTRICT:
            raise Forbidden(needs=[ADMIN])
        return EVERYWHERE
    if not administers(call.acting, community_id):
        raise InvalidField(UNKNOWN, "community_id")
    return community_id


def _decidable(call: Call, community_id: str | None, day: date) -> str:
    where = _where(call, community_id)
    check_decidable(day, zone_of(call.session, community_id), call.now)
    return where


def _begin_change(call: Call, where: str) -> None:
    if where == EVERYWHERE:
        revision.begin_change_everywhere(call.session)
    else:
        revision.begin_change(call.session, where)


def _in_district(call: Call, day: date) -> StatutoryDay | None:
    row = storage.find_day(call.session, EVERYWHERE, day)
    return StatutoryDay(row.kind, row.weekday, row.provisional) if row else None  # type: ignore[arg-type]  # checked in the table


def _usual_name(call: Call, row: CalendarDay, kind: Kind) -> Mapping[str, Any]:
    """The name that the day has here or in the whole district, if it was of that kind; else that of the kind."""
    for known in (row, storage.find_day(call.session, EVERYWHERE, row.day)):
        if known is not None and known.kind == kind:
            return known.name
    return KINDS_OF_DAY.labels[kind]


def _finish(
    call: Call, row: CalendarDay, action: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> None:
    """Record the change and announce it, in this transaction."""
    about: dict[str, Any] = {"community_id": row.community_id, "version": row.version, "before": before, "after": after}
    record(call, "calendar_day", row.day.isoformat(), action, **about)
    now_it_is = row if after else storage.find_day(call.session, EVERYWHERE, row.day)
    kind, provisional = (now_it_is.kind, now_it_is.provisional) if now_it_is else ("plain", False)
    days = [{"day": row.day.isoformat(), "kind": kind, "provisional": provisional}]
    if row.community_id == EVERYWHERE:
        revision.announce_everywhere(call.session, call.now, "calendar_day", days)
    else:
        revision.announce(call.session, call.now, row.community_id, "calendar_day", days)
