"""The times that the spaces of a community keep for some or give by lottery. Everybody may see them."""

from datetime import datetime
from uuid import UUID

from chassis.rpc.call import Call
from services.booking.calendar.opening_hours import ReservedTime
from services.booking.spaces import storage as spaces
from services.booking.spaces.kept_times import ShownKeptTime, kept_times
from services.booking.spaces.timetable import Timetable


def list_kept_times(
    call: Call, *, start: datetime, end: datetime, section: str | None = None, kind: str | None = None
) -> list[tuple[UUID, list[ShownKeptTime], list[ReservedTime]]]:
    """(space id, kept times, times of lotteries) of each space of the community that the caller looks at which has some, sorted
    by code; kept times that begin between `start` and `end`, times of lotteries that overlap that time. Two statements at most.
    Raises InvalidField if the caller looks at no single community."""
    timetables = spaces.find_centre_timetables(
        call.session, call.community_id, start, end, call.now, section=section, kind=kind
    )
    shown = [(one.space.id, kept_times(one, start, end, call.now), _reserved(one, start, end)) for one in timetables]
    return [(space_id, kept, reserved) for space_id, kept, reserved in shown if kept or reserved]


def _reserved(timetable: Timetable, start: datetime, end: datetime) -> list[ReservedTime]:
    """Of the space, of its whole and of its parts."""
    return [one for one in timetable.reserved if one.start < end.timestamp() and start.timestamp() < one.end]
