"""See series: the caller's own, or at the desk those of the community."""

from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.access import account, looked_at, narrowed
from services.booking.calendar.storage import zone_of
from services.booking.equipment.taking import show
from services.booking.series import storage
from services.booking.series.dates import SeriesShown, dates_of
from services.booking.series.models import Series


def list_series(
    call: Call,
    *,
    scope: str,
    limit: int,
    community_id: str | None = None,
    resident_id: UUID | None = None,
    over: bool = False,
    cursor: str | None = None,
) -> Page[Series]:
    """`scope` is `mine` for the series of the caller and of the caller's children, or `desk` for those of the communities that
    it works in; with `community_id` only those of that community, with `resident_id` those of that resident. Those whose last
    date has not passed, the earliest end first; with `over` all, the latest end first. Raises Unauthenticated, Forbidden, also
    in `mine` for a `resident_id` for whom the caller does not speak, and InvalidField."""
    communities, resident_ids = looked_at(call.acting, scope, resident_id)
    return storage.list_series(
        call.session,
        communities=narrowed(communities, community_id),
        resident_ids=resident_ids,
        # Somewhere on Earth it is still the day of UTC.
        since=None if over else call.now.date(),
        limit=limit,
        cursor=cursor,
    )


def get_series(call: Call, *, series_id: UUID) -> SeriesShown:
    """Raises Unauthenticated, or NotFound for a series that the caller may not see. Four statements, five with equipment."""
    return shown(call, check_visible(call, storage.find_series(call.session, series_id), series_id))


def shown(call: Call, series: Series) -> SeriesShown:
    """The series with the dates as they are stored now."""
    call.session.flush()
    zone = zone_of(call.session, series.community_id)
    dates = storage.bookings_of(call.session, series.id)
    show(call.session, dates)
    return dates_of(series, zone, dates)


def check_visible(call: Call, series: Series | None, series_id: UUID) -> Series:
    """The series. Raises Unauthenticated, or NotFound unless the caller may see it."""
    account(call.acting)
    if series is None or not series.is_seen_by(call.acting):
        raise NotFound(series_id=str(series_id))
    return series
