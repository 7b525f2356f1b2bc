"""The times that the spaces of a community keep for some. Everybody may see them."""

from datetime import datetime
from uuid import UUID

from chassis.rpc.call import Call
from services.booking.spaces import storage as spaces
from services.booking.spaces.kept_times import ShownKeptTime, kept_times


def list_kept_times(
    call: Call, *, start: datetime, end: datetime, section: str | None = None, kind: str | None = None
) -> list[tuple[UUID, list[ShownKeptTime]]]:
    """(space id, kept times) of each space of the community that the caller looks at which keeps some, sorted by code; those
    that begin between `start` and `end`. Two statements at most. Raises InvalidField if the caller looks at no single
    community."""
    timetables = spaces.find_centre_timetables(
        call.session, call.community_id, start, end, call.now, section=section, kind=kind
    )
    shown = [(timetable.space.id, kept_times(timetable, start, end, call.now)) for timetable in timetables]
    return [(space_id, kept) for space_id, kept in shown if kept]
