"""The check that the calendar has not changed since something was decided on it, and the beginning and end of a change."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.messaging import outbox
from chassis.rpc.call import Outdated
from services.booking.calendar.cache import cache_of
from services.booking.calendar.messages import calendar_changed
from services.booking.calendar.models import CalendarDay, CalendarRevision

# A condition for the statement that relies on the calendar. Its parameters: `in_community`, `revision`. FOR SHARE makes it wait
# for a transaction that is changing the calendar, and see what it has changed. A change of the calendar waits in turn until
# all that were decided on the old one have committed. So it sees all bookings that it affects (ADR 0064).
_REVISION = select(CalendarRevision.revision).where(CalendarRevision.community_id == bindparam("in_community", type_=Text))
IS_CURRENT = _REVISION.with_for_update(read=True).scalar_subquery() == bindparam("revision", type_=Uuid)
_HELD = _REVISION.with_for_update(read=True)
_EVERYWHERE = 0x6C696E6C_00000045  # any number that no other advisory lock of booking has


class CalendarChanged(Outdated):
    """The calendar has changed since it was read. Nothing was written."""


def begin_change(session: Session, community_id: str) -> None:
    """Begin a change of the calendar of the community. Waits until all bookings that were decided on the old calendar have
    committed; later ones wait for this transaction. Call it before the first other lock, except locks of bookings: bookings
    come before the calendar in the order of locks, everything else after it."""
    new = insert(CalendarRevision).values(community_id=community_id)
    renewed = new.on_conflict_do_update(
        index_elements=[CalendarRevision.community_id], set_={"revision": func.gen_random_uuid()}
    )
    session.execute(renewed)


def begin_change_everywhere(session: Session) -> list[str]:
    """As `begin_change`, for the communities that have a calendar, and for the rows of all. Returns the ids of the communities,
    sorted: all lock in the same order."""
    session.execute(select(func.pg_advisory_xact_lock(_EVERYWHERE)))  # there may be no community yet
    every = select(CalendarRevision).order_by(CalendarRevision.community_id).with_for_update()
    return [row.community_id for row in session.scalars(every.execution_options(populate_existing=True))]


def announce(session: Session, now: datetime, community_id: str, changed: str, days: Sequence[dict[str, Any]] = ()) -> None:
    """Publish `calendar.changed.v1` with the revision after a change. One message for a transaction, however many rows it
    changed. `changed` and `days` as in messages.calendar_changed."""
    session.flush()
    counted = update(CalendarRevision).where(CalendarRevision.community_id == community_id)
    counted = counted.values(announced=CalendarRevision.announced + 1)
    row = session.execute(counted.returning(CalendarRevision.revision, CalendarRevision.announced)).one()
    outbox.add(session, calendar_changed(community_id, row.revision, row.announced, changed, days, now))


def announce_everywhere(session: Session, now: datetime, changed: str, days: Sequence[dict[str, Any]]) -> None:
    """As `announce`, for each community that has a calendar. A community does not hear of `days` of which it has a row of its
    own, and hears nothing if there is no other."""
    session.flush()
    own = select(CalendarDay.community_id, CalendarDay.day).where(
        CalendarDay.day.in_([date.fromisoformat(one["day"]) for one in days])
    )
    overridden = {tuple(row) for row in session.execute(own)}
    for community_id in session.scalars(select(CalendarRevision.community_id).order_by(CalendarRevision.community_id)).all():
        of_it = [one for one in days if (community_id, date.fromisoformat(one["day"])) not in overridden]
        if of_it:
            announce(session, now, community_id, changed, of_it)


def hold(session: Session, community_id: str, revision: UUID) -> None:
    """Keep others from changing the calendar of the community until the transaction ends. Whoever locks rows that a change of
    the calendar locks too, such as resources, calls this first. Otherwise the two could deadlock. Raises CalendarChanged unless
    `revision` is the current one."""
    found = session.scalar(_HELD, {"in_community": community_id})
    expect_current(session, community_id, found == revision)


def expect_current(session: Session, community_id: str, is_current: bool | None) -> None:
    """Raises CalendarChanged, after dropping what is cached of the community, unless IS_CURRENT was true."""
    if not is_current:
        cache_of(session).forget(community_id)
        raise CalendarChanged()
