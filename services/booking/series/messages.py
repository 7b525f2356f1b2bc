"""Messages about whole series. The resident is told by them, once, however many dates there are. They carry ids, times and
public names only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.messaging.contracts import Message, plain
from services.booking.bookings.messages import CONTRACTS, booking_message
from services.booking.bookings.models import Booking
from services.booking.series.models import Series


def series_message(type_: str, series: Series, dates: Sequence[Booking], occurred_at: datetime, **facts: Any) -> Message:
    """A message of `type_` about what happened to `dates`, at least one, at `occurred_at` (aware). `facts` are the fields that
    only this type has. Call this after the change."""
    first, last = min(dates, key=lambda one: one.starts_at), max(dates, key=lambda one: one.starts_at)
    if staff := series.space.staff_for(type_):
        facts["staff_ids"] = staff
    shared = {
        "series_id": series.id,
        "space_id": series.space_id,
        "space_name": series.space.name,
        "section": series.space.section,
        "resident_id": series.resident_id,
        "dates": len(dates),
        "starts_at": first.starts_at,
        "ends_at": first.ends_at,
        "last_starts_at": last.starts_at,
    }
    return CONTRACTS.message(
        type_,
        aggregate_id=series.id,
        version=series.version,
        community_id=series.community_id,
        occurred_at=occurred_at,
        data={name: plain(value) for name, value in (shared | facts).items()},
    )


def date_message(type_: str, booking: Booking, occurred_at: datetime, **facts: Any) -> Message:
    """A message about one date of a series, of which the resident is told by the message about the whole series."""
    return booking_message(type_, booking, occurred_at, told_by_series=True, **facts)
