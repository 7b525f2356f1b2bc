"""The bookings to come that fit now and would not fit after a decision about a day. Changes nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.rpc.communities import DISTRICT, Communities
from services.booking.bookings.models import Booking
from services.booking.calendar.models import EVERYWHERE
from services.booking.calendar.opening_hours import Hours, PartHours, StatutoryDay, hours_of
from services.booking.interface.space_previews import MOST_AFFECTED
from services.booking.managed_spaces.misfits import AffectedBooking, misfit
from services.booking.single_days import storage
from services.booking.spaces import storage as spaces
from services.booking.spaces.models import Space
from services.booking.spaces.timetable import Timetable

Entries = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Affected:
    """The first `items` of `count` bookings."""

    items: list[AffectedBooking]
    count: int


def by_calendar_day(session: Session, now: datetime, community_id: str, day: date, decided: StatutoryDay | None) -> Affected:
    """If the day became `decided` (None: no special day) in the community. "*": in all communities that have not decided it
    themselves."""
    communities, spared = Communities.only(community_id), set()
    if community_id == EVERYWHERE:
        communities, spared = DISTRICT, storage.own_deciders(session, day)
    found = storage.bookings_around(session, communities, day, now)
    bookings = [booking for booking in found if booking.community_id not in spared]
    return _misfits(session, bookings, lambda timetable: _with_day(timetable, day, decided))


def by_day_hours(session: Session, now: datetime, space: Space, day: date, hours: Entries | None) -> Affected:
    """If the space had other `hours` on that day. None: no longer."""
    family = storage.family_of(session, space)
    exceptions: dict[UUID, Hours] = {
        space_id: hours_of(entries)
        for space_id, entries in storage.hours_of_day(session, family, day).items()
        if space_id != space.id
    }
    if hours is not None:
        exceptions[space.id] = hours_of(hours)
    bookings = storage.bookings_around(session, Communities.only(space.community_id), day, now, family)
    return _misfits(session, bookings, lambda timetable: _with_exceptions(timetable, day, exceptions))


def _misfits(session: Session, bookings: Iterable[Booking], changed: Callable[[Timetable], Timetable]) -> Affected:
    """One statement for each community that has bookings then."""
    found: list[AffectedBooking] = []
    for community_id, group in groupby(sorted(bookings, key=_by_community), lambda booking: booking.community_id):
        of_it = list(group)
        window = min(one.starts_at for one in of_it), max(one.ends_at for one in of_it)
        timetables = spaces.load_timetables(session, community_id, {one.space_id for one in of_it}, *window)
        after = {space_id: changed(timetable) for space_id, timetable in timetables.items()}
        for booking in of_it:
            reason = misfit(after[booking.space_id], booking)
            if reason is not None and misfit(timetables[booking.space_id], booking) != reason:
                found.append(AffectedBooking.of(booking, timetables[booking.space_id].space, reason))
    return Affected(sorted(found, key=lambda one: (one.starts_at, one.booking_id))[:MOST_AFFECTED], len(found))


def _by_community(booking: Booking) -> str:
    return booking.community_id


def _with_day(timetable: Timetable, day: date, decided: StatutoryDay | None) -> Timetable:
    others = {on: special for on, special in timetable.hours.statutory.items() if on != day}
    statutory = others if decided is None else others | {day: decided}
    return replace(timetable, hours=replace(timetable.hours, statutory=statutory))


def _with_exceptions(timetable: Timetable, day: date, exceptions: Mapping[UUID, Hours]) -> Timetable:
    """With the exceptions of the space, its parent and its parts on that day."""
    space, hours = timetable.space, timetable.hours
    own = exceptions.get(space.id, exceptions.get(space.parent_id) if space.parent_id else None)
    parts = [PartHours(exceptions[part], part) for part in timetable.leaf_ids if part != space.id and part in exceptions]
    others = {on: of_day for on, of_day in hours.exceptions.items() if on != day}
    return replace(
        timetable,
        hours=replace(
            hours,
            exceptions=others if own is None else others | {day: own},
            part_exceptions={**hours.part_exceptions, day: parts},
        ),
    )
