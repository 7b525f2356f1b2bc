"""The check that the calendar has not changed since something was decided on it."""

from sqlalchemy import Text, Uuid, bindparam, select
from sqlalchemy.orm import Session

from chassis.rpc.call import Outdated
from services.booking.calendar.cache import cache_of
from services.booking.calendar.models import CalendarRevision

# A condition for the statement that relies on the calendar. Its parameters: `in_community`, `revision`.
IS_CURRENT = (
    select(CalendarRevision.revision)
    .where(CalendarRevision.community_id == bindparam("in_community", type_=Text))
    .scalar_subquery()
) == bindparam("revision", type_=Uuid)


class CalendarChanged(Outdated):
    """The calendar has changed since it was read. Nothing was written."""


def expect_current(session: Session, community_id: str, is_current: bool | None) -> None:
    """Raises CalendarChanged, after dropping what is cached of the community, unless IS_CURRENT was true."""
    if not is_current:
        cache_of(session).forget(community_id)
        raise CalendarChanged()
