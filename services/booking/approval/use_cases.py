"""See, accept and decline requests: single ones, and all that wait of a series."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.messaging import outbox
from chassis.messaging.contracts import Message
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound, Refusal
from services.booking.access import APPROVERS, account, narrowed
from services.booking.approval import storage
from services.booking.approval.accepting import RequestsChanged, give, lock_with_rivals
from services.booking.bookings import storage as bookings
from services.booking.bookings.messages import about_equipment, booking_message, declined
from services.booking.bookings.models import Booking
from services.booking.bookings.use_cases.find_bookings import check_visible
from services.booking.calendar.revision import CalendarChanged
from services.booking.calendar.storage import zone_of
from services.booking.equipment.taking import lock_kept
from services.booking.interface.booking_words import DECLINED_BECAUSE
from services.booking.interface.refusals import NoDateFits, NoOpenRequest
from services.booking.series import storage as series_storage
from services.booking.series.dates import SeriesDate, SeriesShown, dates_of
from services.booking.series.messages import date_message, series_message
from services.booking.series.models import Series
from services.booking.series.use_cases import find_series


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page of requests. `count` is how many wait in all."""

    items: Sequence[Booking]
    next_cursor: str | None
    count: int


def list_requests(call: Call, *, limit: int, community_id: str | None = None, cursor: str | None = None) -> Waiting:
    """The requests that wait for the caller's answer, those that lapse first before others. Raises Unauthenticated, Forbidden
    for others than staff, InvalidField for a community in which the caller does not work. Three statements."""
    approver_id, communities = account(call.acting), call.acting.reach
    if call.acting.party != "staff":
        raise Forbidden(needs=["staff"])
    communities = narrowed(communities, community_id)
    mine: dict[str, Any] = {"communities": communities, "approver_id": approver_id, "of_desk": call.acting.has_role(*APPROVERS)}
    found: Page[Booking] = storage.list_waiting(call.session, **mine, now=call.now, limit=limit, cursor=cursor)
    bookings.complete(call.session, found.items)
    return Waiting(found.items, found.next_cursor, storage.count_waiting(call.session, **mine, now=call.now))


def accept_request(call: Call, *, booking_id: UUID, expected_version: int | None = None) -> Booking:
    """The request becomes a booking, and is announced. Requests that can no longer be given are declined in this transaction,
    with alternatives. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, RequestAnswered, and what accepting.give
    raises; then it stays a request."""
    locked = lock_with_rivals(call, [_decided_by(call, booking_id)])
    booking = _waiting(call, locked.get(booking_id), booking_id, expected_version)
    messages = give(call, booking, locked)
    about = {"accepted": True} | about_equipment(booking)
    confirmed = booking_message("booking.confirmed.v1", booking, call.now, **about)
    outbox.add(call.session, confirmed, *messages)
    return booking


def decline_request(
    call: Call, *, booking_id: UUID, reason: str, note: str | None = None, expected_version: int | None = None
) -> Booking:
    """Decline the request, and announce it. `reason` (DECLINE_REASONS) is announced, `note` is not. Raises Unauthenticated,
    NotFound, Forbidden, VersionMismatch, RequestAnswered."""
    _decided_by(call, booking_id)
    found = bookings.lock_bookings(call.session, [booking_id])
    booking = _waiting(call, next(iter(found), None), booking_id, expected_version)
    booking.decline(account(call.acting), call.now, reason, note)
    outbox.add(call.session, declined(booking, call.now))
    return booking


def accept_series_requests(call: Call, *, series_id: UUID, expected_version: int | None = None) -> SeriesShown:
    """Accept the dates of the series that wait for the caller's answer. A date that cannot be given stays a request, and says
    why. Each is announced; the series once, for the resident. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch,
    NoOpenRequest, NoDateFits if none can be given, CalendarChanged, RequestsChanged."""
    series, asked = _lock_series(call, series_id, expected_version)
    locked = lock_with_rivals(call, asked)
    given: list[Booking] = []
    messages: list[Message] = []
    told: dict[date, SeriesDate] = {}
    for booking in _still_waiting(call, asked, locked):
        if booking.state != "requested":  # it was in the way of a date of its own series
            continue
        day, times = booking.series_day or date.max, (booking.starts_at, booking.ends_at)
        try:
            # A failed attempt is taken back, also in the object: a savepoint that is rolled back expires it.
            with call.session.begin_nested():
                messages += give(call, booking, locked)
        except (CalendarChanged, RequestsChanged):
            raise
        except Refusal as refusal:
            told[day] = SeriesDate(day, *times, "requested", booking.id, refusal)
        else:
            given.append(booking)
    if not given:
        raise NoDateFits(dates=[told[day].in_details() for day in sorted(told)]) if told else NoOpenRequest()
    series.changed()
    confirmed = [date_message("booking.confirmed.v1", booking, call.now, accepted=True) for booking in given]
    about = series_message("booking.series_accepted.v1", series, given, call.now, kept=len(told))
    outbox.add(call.session, *confirmed, *messages, about)
    call.session.flush()
    zone = zone_of(call.session, series.community_id)
    return dates_of(series, zone, series_storage.bookings_of(call.session, series.id), told)


def decline_series_requests(
    call: Call, *, series_id: UUID, reason: str, note: str | None = None, expected_version: int | None = None
) -> SeriesShown:
    """Decline the dates of the series that wait for the caller's answer. Each is announced; the series once, for the resident.
    Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, NoOpenRequest."""
    series, asked = _lock_series(call, series_id, expected_version)
    locked = {one.id: one for one in bookings.lock_bookings(call.session, [one.id for one in asked])}
    refused = _still_waiting(call, asked, locked)
    if not refused:
        raise NoOpenRequest()
    lock_kept(call.session, *refused)
    for booking in refused:
        booking.decline(account(call.acting), call.now, reason, note)
    series.changed()
    messages = [declined(booking, call.now, told_by_series=True) for booking in refused]
    why = {"reason": reason, "reason_words": DECLINED_BECAUSE.labels[reason]}
    outbox.add(call.session, *messages, series_message("booking.series_declined.v1", series, refused, call.now, **why))
    return find_series.shown(call, series)


def _decided_by(call: Call, booking_id: UUID) -> Booking:
    """The request, not locked. Raises Unauthenticated, NotFound, or Forbidden for somebody who only may see it."""
    account(call.acting)
    booking = check_visible(call, bookings.find_booking(call.session, booking_id), booking_id)
    if not booking.space.is_approver(call.acting):
        raise Forbidden(needs=sorted(APPROVERS))
    return booking


def _waiting(call: Call, booking: Booking | None, booking_id: UUID, expected_version: int | None) -> Booking:
    """The locked request. Raises NotFound, Forbidden, RequestAnswered, VersionMismatch."""
    if booking is None:
        raise NotFound(booking_id=str(booking_id))
    booking.check_waits(call.now)  # first: whoever comes second is told what the first one did
    if not booking.space.is_approver(call.acting):  # it has moved meanwhile
        raise Forbidden(needs=sorted(APPROVERS))
    booking.expect_version(expected_version)
    return booking


def _lock_series(call: Call, series_id: UUID, expected_version: int | None) -> tuple[Series, Sequence[Booking]]:
    """The locked series, and its requests that wait for the caller's answer, not locked. Raises Unauthenticated, NotFound,
    Forbidden, VersionMismatch, NoOpenRequest."""
    found = series_storage.find_series(call.session, series_id, lock=True)
    series = find_series.check_visible(call, found, series_id)
    waiting = storage.find_waiting_of_series(call.session, series.id, call.now)
    asked = [one for one in waiting if one.space.is_approver(call.acting)]
    if not asked and not series.space.is_approver(call.acting):
        raise Forbidden(needs=sorted(APPROVERS))
    series.expect_version(expected_version)
    if not asked:
        raise NoOpenRequest()
    return series, asked


def _still_waiting(call: Call, asked: Sequence[Booking], locked: dict[UUID, Booking]) -> list[Booking]:
    """Those of `asked` that nobody has answered or moved away before they were locked, by day."""
    fresh = [locked[one.id] for one in asked if one.id in locked]
    mine = [one for one in fresh if one.waits_at(call.now) and one.space.is_approver(call.acting)]
    return sorted(mine, key=lambda one: (one.series_day or date.max, one.id))
