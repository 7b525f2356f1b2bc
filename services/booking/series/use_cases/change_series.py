"""Cancel the dates of a series, change it from a date on, or put back a date. Staff do it for residents."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.messaging.contracts import Message
from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField, NotFound, Refusal
from services.booking.access import account
from services.booking.bookings import storage as bookings
from services.booking.bookings.alternatives import offer_alternatives, with_alternatives
from services.booking.bookings.asking import asker_of, find_timetable
from services.booking.bookings.limited import RunningLimits, check_limits
from services.booking.bookings.messages import about_equipment, booking_message, moved_from, requested
from services.booking.bookings.messages import staff_reason as words_of
from services.booking.bookings.models import Booking
from services.booking.bookings.requesting import place_request
from services.booking.bookings.use_cases.book_space import household_of, new_booking
from services.booking.calendar import revision
from services.booking.calendar.storage import zone_of
from services.booking.equipment.taking import keep_equipment, lock_kept, show
from services.booking.interface.booking_words import ACTIVE
from services.booking.interface.refusals import (
    Closed,
    DateBooked,
    KeptForCounter,
    KeptForElders,
    LocalTimeSkipped,
    NoDateFits,
    NoDateToCome,
    PartClosed,
    SpaceTaken,
)
from services.booking.interface.series import NOTHING_TO_CHANGE
from services.booking.ledger import storage as ledger
from services.booking.series import storage
from services.booking.series.dates import (
    Occurrence,
    SeriesDate,
    SeriesShown,
    dates_of,
    occurrences,
    window_of,
)
from services.booking.series.equipment import series_wish
from services.booking.series.messages import date_message, series_message
from services.booking.series.models import Series
from services.booking.series.use_cases.book_series import claim_date
from services.booking.series.use_cases.find_series import check_visible, shown
from services.booking.spaces import storage as spaces
from services.booking.spaces.fair_opening import Asker
from services.booking.spaces.timetable import Timetable


def cancel_series(
    call: Call,
    *,
    series_id: UUID,
    from_day: date | None = None,
    reason: str | None = None,
    staff_reason: str | None = None,
    expected_version: int | None = None,
) -> SeriesShown:
    """Cancel the bookings of the series that have not started, with `from_day` only those of this day and later. Each frees
    its time and is announced; the series is announced once, for the resident. Dates whose cancel deadline has passed stay,
    unless staff cancel. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, NoDateToCome, and CancelDeadlinePassed
    if it has passed for all of them."""
    series, by = _lock(call, series_id, expected_version)
    coming = storage.lock_coming(call.session, series.id, from_day, call.now)
    if not coming:
        raise NoDateToCome()
    coming[-1].check_deadline(by, call.now)
    coming = [booking for booking in coming if by == "staff" or call.now <= booking.free_until]
    lock_kept(call.session, *coming)
    for booking in coming:
        why = booking.staff_reason_of(by, staff_reason)
        booking.cancel(call.now, by=by, reason=reason, staff_reason=why)
        ledger.release(call.session, booking.holder)
    series.changed()
    facts = {"cancelled_by": by} | words_of(coming[0].staff_reason)
    told = [date_message("booking.cancelled.v1", booking, call.now, **facts) for booking in coming]
    outbox.add(call.session, *told, series_message("booking.series_cancelled.v1", series, coming, call.now, **facts))
    return shown(call, series)


def add_series_date(call: Call, *, series_id: UUID, day: date, expected_version: int | None = None) -> SeriesShown:
    """Book a date of the series that is not booked, under the rules of a single booking, and announce it. Raises
    Unauthenticated, NotFound, Forbidden, VersionMismatch, InvalidField, DateBooked, LocalTimeSkipped, NotForYourCommunity, the
    refusals of Timetable.check_request, LimitReached, CalendarChanged, SpaceTaken with alternatives."""
    series, _ = _lock(call, series_id, expected_version)
    series.check_date(day, "day")
    known = storage.bookings_of(call.session, series.id)
    if held := next((one for one in known if one.series_day == day and one.state in (*ACTIVE, "no_show")), None):
        raise DateBooked(booking_id=str(held.id))
    (one,) = occurrences([day], series.starts_at, series.minutes, zone_of(call.session, series.community_id))
    if one.starts_at is None or one.ends_at is None:
        raise LocalTimeSkipped(day=day.isoformat())
    # The call may name neither household nor community, because it names no resident. Then the other dates know them.
    home_id = call.acting.home_of(series.resident_id) or next((one.home_id for one in known[::-1]), None)
    wish = new_booking(
        series.space,
        one.starts_at,
        one.ends_at,
        resident_id=series.resident_id,
        household_id=household_of(call.acting, series.resident_id) or next((one.household_id for one in known[::-1]), None),
        home_id=home_id,
        booked_by=account(call.acting),
        attendees=series.attendees,
        purpose=series.purpose,
        created_at=call.now,
        series_id=series.id,
        series_day=day,
    )
    about = series.space_id, one.starts_at, one.ends_at, series.attendees
    age = max((booked.elder_age or 0 for booked in known), default=0)
    asker = Asker.of(call.acting, series.resident_id, age=age or None, home_id=home_id)
    things = series_wish(call, series)
    try:
        timetable = find_timetable(call, *about, resident_id=series.resident_id, asker=asker)
    except (Closed, PartClosed, KeptForElders, KeptForCounter) as refusal:
        raise with_alternatives(call, refusal, wish) from None
    if timetable is None:
        raise NotFound(space_id=str(series.space_id))
    wish.mark(**timetable.marks())
    check_limits(call, wish, timetable)
    try:
        claim_date(call, wish, timetable, things, "without")
    except SpaceTaken:
        raise SpaceTaken(alternatives=offer_alternatives(call, wish)) from None
    series.put_back(day)
    asks = wish.state == "requested"
    confirmed = booking_message("booking.confirmed.v1", wish, call.now, **about_equipment(wish))
    outbox.add(call.session, requested(wish, call.now) if asks else confirmed)
    return shown(call, series)


def change_series(
    call: Call,
    *,
    series_id: UUID,
    from_day: date,
    starts_at: str | None = None,
    minutes: int | None = None,
    attendees: int | None = None,
    space_id: UUID | None = None,
    staff_reason: str | None = None,
    expected_version: int | None = None,
) -> SeriesShown:
    """Change the dates from `from_day` on, which become a series of their own; it is the answer. A date that does not fit stays
    as it was, and says why; if none fits, nothing changes. A date that was moved by itself gets the time of the others. Raises
    Unauthenticated, InvalidField, NotFound, Forbidden, VersionMismatch, NoDateToCome, NoDateFits, OtherKind,
    NotForYourCommunity, SeriesOverlapsItself, CalendarChanged."""
    if starts_at is None and minutes is None and attendees is None and space_id is None:
        raise InvalidField(NOTHING_TO_CHANGE, "starts_at")
    series, by = _lock(call, series_id, expected_version)
    series.check_date(from_day, "from_day")
    coming = storage.lock_coming(call.session, series.id, from_day, call.now)
    if not coming:
        raise NoDateToCome()
    why = coming[0].staff_reason_of(by, staff_reason)
    previous_id, series = series.id, _split(call, series, from_day, coming)
    series.starts_at = time.fromisoformat(starts_at) if starts_at else series.starts_at
    series.minutes, series.attendees = minutes or series.minutes, attendees or series.attendees
    timetable = _timetable(call, series, space_id or series.space_id)
    times = {one.day: one for one in occurrences(series.days, series.starts_at, series.minutes, timetable.days.zone)}
    call.session.flush()
    facts: dict[str, Any] = {"moved_by": by} | words_of(why)
    moved, kept = _move_all(call, coming, times, timetable, series.attendees, why, facts)
    if len(kept) == len(coming):
        raise NoDateFits(dates=[kept[day].in_details() for day in sorted(kept)])
    if moved:
        about = facts if series.id == previous_id else facts | {"previous_series_id": previous_id}
        outbox.add(
            call.session,
            *(message for messages in moved.values() for message in messages),
            series_message("booking.series_changed.v1", series, list(moved), call.now, kept=len(kept), **about),
        )
    call.session.flush()
    dates = storage.bookings_of(call.session, series.id)
    show(call.session, dates)
    return dates_of(series, timetable.days.zone, dates, kept)


def _move_all(
    call: Call,
    coming: Sequence[Booking],
    times: Mapping[date, Occurrence],
    timetable: Timetable,
    attendees: int,
    staff_reason: str | None,
    facts: Mapping[str, Any],
) -> tuple[dict[Booking, list[Message]], dict[date, SeriesDate]]:
    """Move each date, or leave it as it is: the messages about each changed booking, and by day what is kept. Locks in the
    order of a single move: bookings (the caller has them), equipment, limits, calendar, resources, claims."""
    lock_kept(call.session, *coming)
    since = min((one.starts_at for one in times.values() if one.starts_at), default=None)
    # Each date counts for the household in which the resident lived when it was booked.
    limits: dict[UUID | None, RunningLimits] = {}
    for booking in sorted(coming, key=lambda one: one.starts_at):
        if booking.household_id not in limits:
            limits[booking.household_id] = RunningLimits(call, booking, timetable, lock=True, since=since)
    revision.hold(call.session, timetable.space.community_id, timetable.revision)
    ledger.lock(call.session, timetable.leaf_ids, [booking.id for booking in coming])
    moved: dict[Booking, list[Message]] = {}
    kept: dict[date, SeriesDate] = {}
    for booking in coming:
        day, was = booking.series_day or date.max, (booking.starts_at, booking.ends_at)
        try:
            # A failed change is taken back, also in the object: a savepoint that is rolled back expires it.
            with call.session.begin_nested():
                of_household = limits[booking.household_id]
                messages = _move(call, booking, times[day], timetable, attendees, of_household, staff_reason, facts)
                call.session.flush()
        except Refusal as refusal:
            kept[day] = SeriesDate(day, *was, "kept", booking.id, refusal)
        else:
            for one in limits.values():
                one.add(booking)
            if messages:
                moved[booking] = messages
    return moved, kept


def _move(
    call: Call,
    booking: Booking,
    to: Occurrence,
    timetable: Timetable,
    attendees: int,
    limits: RunningLimits,
    staff_reason: str | None,
    facts: Mapping[str, Any],
) -> list[Message]:
    """Change one date. Returns the messages about it; none if it is as wanted. Raises the refusal of what does not fit."""
    starts_at, ends_at = to.starts_at, to.ends_at
    if starts_at is None or ends_at is None:
        raise LocalTimeSkipped(day=to.day.isoformat())
    messages, previous, party = [], (booking.space, booking.starts_at, booking.ends_at), booking.attendees
    if (booking.space_id, *previous[1:]) != (timetable.space.id, starts_at, ends_at):
        booking.check_movable(facts["moved_by"], call.now)
        around = timetable.around(starts_at, ends_at).asked_by(asker_of(call, booking))
        around.check_request(starts_at, ends_at, attendees, call.now)
        booking.check_approval(timetable.space, call.acting)
        booking.move_to(timetable.space, starts_at, ends_at, call.now, staff_reason=staff_reason)
        booking.mark(**around.marks())
        limits.check(booking)
        where = moved_from(booking, *previous)
        if booking.state == "requested":
            messages.append(place_request(call, booking, timetable, told_by_series=True, **where))
        elif not bookings.move_claims(call.session, booking, timetable, call.now):
            raise SpaceTaken()
        else:
            keep_equipment(call, booking, "refuse")
            about = where | dict(facts) | about_equipment(booking)
            messages.append(date_message("booking.rescheduled.v1", booking, call.now, **about))
    if attendees != party:
        booking.change_attendees(attendees, call.now)
        numbers = {"attendees": attendees, "previous_attendees": party}
        messages.append(date_message("booking.attendees_changed.v1", booking, call.now, **numbers))
    return messages


def _split(call: Call, series: Series, day: date, coming: Sequence[Booking]) -> Series:
    """The series of the dates from `day` on, to which their bookings belong now: a new one, or the same if there are no dates
    before."""
    if day <= series.days[0]:
        series.changed()
        return series
    rest = series.split(day)
    rest.created_at = call.now
    call.session.add(rest)
    call.session.flush()
    for booking in coming:
        booking.series_id = rest.id
    storage.move_over(call.session, series.id, rest.id, day, but=[booking.id for booking in coming])
    return rest


def _timetable(call: Call, series: Series, space_id: UUID) -> Timetable:
    """The timetable of the space over all dates; the series is in this space now. Raises NotFound, OtherKind,
    NotForYourCommunity."""
    timetable = spaces.load_timetable(call.session, space_id, *window_of(series.days, series.minutes))
    if timetable is None:
        raise NotFound(space_id=str(space_id))
    series.check_alike(timetable.space)
    timetable.space.check_open_to(call.acting)
    series.space, series.space_id = timetable.space, timetable.space.id
    return timetable.asked_by(Asker.of(call.acting, series.resident_id))


def _lock(call: Call, series_id: UUID, expected_version: int | None) -> tuple[Series, str]:
    """The locked series, and the role in which the caller changes it."""
    series = check_visible(call, storage.find_series(call.session, series_id, lock=True), series_id)
    series.expect_version(expected_version)
    return series, series.role_of(call.acting)
