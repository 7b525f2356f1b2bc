"""See the history of the calendar. Admins may."""

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from services.booking.access import ADMIN
from services.booking.changes import storage
from services.booking.changes.models import CalendarChange


def list_calendar_changes(
    call: Call,
    *,
    limit: int,
    kind: str | None = None,
    subject_id: str | None = None,
    after_version: int | None = None,
    cursor: str | None = None,
) -> Page[CalendarChange]:
    """Changes in the communities in which the caller works, the newest first. Raises Unauthenticated, Forbidden."""
    call.acting.require_role(ADMIN)
    return storage.list_changes(
        call.session,
        communities=call.acting.reach,
        kind=kind,
        subject_id=subject_id,
        after_version=after_version,
        limit=limit,
        cursor=cursor,
    )
