"""Book a series, or see which of its dates could be booked. Staff do it for residents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.messaging.contracts import Message
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound, Refusal
from services.booking.access import HELPERS, account, check_books_for, serves
from services.booking.bookings import storage as bookings
from services.booking.bookings.limited import RunningLimits
from services.booking.bookings.messages import about_answer, about_equipment, requested
from services.booking.bookings.models import Booking
from services.booking.bookings.requesting import store_request
from services.booking.bookings.use_cases.book_space import household_of, new_booking
from services.booking.calendar import revision
from services.booking.calendar.intervals import Span
from services.booking.equipment.taking import NOTHING, Wish, check_wish, find_wanted, take
from services.booking.interface.refusals import NoDateFits, SeriesIncomplete, SpaceTaken
from services.booking.ledger import storage as ledger
from services.booking.series.dates import (
    Occurrence,
    SeriesDate,
    SeriesShown,
    add_alternatives,
    check_date,
    dates_of,
    occurrences,
    skipped,
    window_of,
)
from services.booking.series.equipment import DatesWithEquipment
from services.booking.series.messages import date_message, series_message
from services.booking.series.models import Series
from services.booking.series.recurrence import Recurrence, without
from services.booking.spaces import storage as spaces
from services.booking.spaces.fair_opening import Asker
from services.booking.spaces.timetable import Timetable


@dataclass(frozen=True, slots=True)
class SeriesPreview:
    """What booking a series would do now."""

    space_id: UUID
    community_id: str
    rrule: str
    dates: Sequence[SeriesDate]

    @property
    def free(self) -> int:
        return sum(one.state == "free" for one in self.dates)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked for, as the verbs have it."""

    space_id: UUID
    rrule: str
    starts_on: date
    starts_at: str
    minutes: int
    except_days: Sequence[date]
    resident_id: UUID | None
    attendees: int
    beyond_reason: str | None
    purpose: str | None = None
    equipment: Sequence[Mapping[str, Any]] = ()
    if_equipment_taken: str = "refuse"


@dataclass(frozen=True, slots=True)
class _Wish:
    """A series that the caller may book, with its times, before its dates are checked. `bookings` are neither stored nor
    claimed."""

    wanted: _Wanted
    rule: Recurrence
    timetable: Timetable
    resident_id: UUID
    occurrences: Sequence[Occurrence]
    bookings: Sequence[Booking]


def preview_series(
    call: Call,
    *,
    space_id: UUID,
    rrule: str,
    starts_on: date,
    starts_at: str,
    minutes: int,
    except_days: Sequence[date] = (),
    resident_id: UUID | None = None,
    attendees: int = 1,
    beyond_reason: str | None = None,
    equipment: Sequence[Mapping[str, Any]] = (),
    if_equipment_taken: str = "refuse",
) -> SeriesPreview:
    """What `book_series` would do now with each date. Writes nothing and locks nothing. Raises what `book_series` raises before
    it books. Four statements, two more with equipment, and two more for each date with alternatives."""
    about = space_id, rrule, starts_on, starts_at, minutes, except_days, resident_id, attendees, beyond_reason
    wanted = _Wanted(*about, equipment=equipment, if_equipment_taken=if_equipment_taken)
    wish = _wish(call, wanted)
    things = DatesWithEquipment.preview(call, wish.timetable.space, wish.bookings, equipment, if_equipment_taken)
    limits = RunningLimits(call, wish.bookings[0], wish.timetable, lock=False) if wish.bookings else None
    timetable, kept = wish.timetable, list(_kept_from(call, wish))
    dates, refused = [], []
    of_day = {booking.series_day: booking for booking in wish.bookings}
    for one in wish.occurrences:
        booking = of_day.get(one.day)
        if booking is None or limits is None:
            dates.append(skipped(one))
            continue
        shown = SeriesDate(one.day, booking.starts_at, booking.ends_at, "free")
        try:
            check_date(booking, wish.timetable, limits, call.now, wanted.beyond_reason)
            span = int(booking.starts_at.timestamp()), int(booking.ends_at.timestamp())
            if any(start < span[1] and span[0] < end for start, end in kept):
                raise SpaceTaken()
            shown.missing_equipment = things.check(booking)
            limits.add(booking)
            kept += timetable.space.kept_from([_blocked(booking)])
        except Refusal as refusal:
            shown.state, shown.refusal = "refused", refusal
            refused.append((shown, booking))
        dates.append(shown)
    add_alternatives(call, refused)
    space = timetable.space
    return SeriesPreview(space.id, space.community_id, str(wish.rule), dates)


def book_series(
    call: Call,
    *,
    space_id: UUID,
    rrule: str,
    starts_on: date,
    starts_at: str,
    minutes: int,
    except_days: Sequence[date] = (),
    resident_id: UUID | None = None,
    attendees: int = 1,
    beyond_reason: str | None = None,
    purpose: str | None = None,
    only_if_all: bool = False,
    equipment: Sequence[Mapping[str, Any]] = (),
    if_equipment_taken: str = "refuse",
) -> SeriesShown:
    """Book each date that can be booked, and announce it; the series is announced once, for the resident. Raises
    Unauthenticated, InvalidField, Forbidden, NotFound, NotForYourCommunity, SeriesTooLong, SeriesWithoutDates,
    SeriesOverlapsItself, CalendarChanged; SeriesIncomplete with `only_if_all` unless all dates fit, and NoDateFits if none
    does."""
    about = space_id, rrule, starts_on, starts_at, minutes, except_days, resident_id, attendees, beyond_reason
    wanted = _Wanted(*about, purpose, equipment, if_equipment_taken)
    wish = _wish(call, wanted)
    series = _new_series(call, wish)
    told: dict[date, SeriesDate] = {one.day: skipped(one) for one in wish.occurrences if one.starts_at is None}
    booked: list[Booking] = []
    refused: list[tuple[SeriesDate, Booking]] = []
    if wish.bookings:
        # Locks in the order of a single booking that moves: equipment, limits, calendar, resources, claims.
        kinds = find_wanted(call, series.space, equipment, lock=True)
        limits = RunningLimits(call, wish.bookings[0], wish.timetable, lock=True)
        revision.hold(call.session, series.community_id, wish.timetable.revision)
        ledger.lock(call.session, wish.timetable.leaf_ids)
        call.session.add(series)
        call.session.flush()
        for booking in wish.bookings:
            booking.series_id = series.id
            try:
                check_date(booking, wish.timetable, limits, call.now, wanted.beyond_reason)
                beyond = wanted.beyond_reason is not None
                things = check_wish(call, kinds, equipment, series.space, booking.starts_at, beyond=beyond)
                claim_date(call, booking, wish.timetable, things, if_equipment_taken)
            except Refusal as refusal:
                shown = SeriesDate(
                    booking.series_day or series.starts_on, booking.starts_at, booking.ends_at, "refused", refusal=refusal
                )
                told[shown.day] = shown
                refused.append((shown, booking))
            else:
                limits.add(booking)
                booked.append(booking)
    failed = [told[day].in_details() for day in sorted(told)]
    if not booked:
        raise NoDateFits(dates=failed)
    if only_if_all and failed:
        raise SeriesIncomplete(dates=failed)
    outbox.add(call.session, *_announced(call, series, booked, len(failed)))
    add_alternatives(call, refused)
    return dates_of(series, wish.timetable.days.zone, booked, told)


def _announced(call: Call, series: Series, booked: Sequence[Booking], refused: int) -> list[Message]:
    """The messages about the dates, and the one that tells the resident."""
    if not series.space.needs_approval:
        confirmed = [date_message("booking.confirmed.v1", one, call.now, **about_equipment(one)) for one in booked]
        return [*confirmed, series_message("booking.series_booked.v1", series, booked, call.now, refused=refused)]
    asked = [requested(booking, call.now, told_by_series=True) for booking in booked]
    first = min(booked, key=lambda one: one.starts_at)
    about = about_answer(first)
    return [*asked, series_message("booking.series_requested.v1", series, booked, call.now, refused=refused, **about)]


def claim_date(
    call: Call, booking: Booking, timetable: Timetable, things: Wish = NOTHING, if_equipment_taken: str = "refuse"
) -> None:
    """Store the booking and claim its time and equipment, or nothing. In a space that needs approval, store a request. Raises
    SpaceTaken, EquipmentTaken."""
    booking.with_equipment = bool(things)
    if timetable.space.needs_approval:
        store_request(call, booking, timetable, alternatives=False)
        if things:
            take(call, booking, things, if_equipment_taken)
        return
    with call.session.begin_nested():
        if not bookings.claim_new(call.session, booking, timetable, call.now):
            raise SpaceTaken()
        if things:
            take(call, booking, things, if_equipment_taken)


def _wish(call: Call, wanted: _Wanted) -> _Wish:
    """Raises what `book_series` raises before it books. One statement."""
    caller = account(call.acting)
    rule = Recurrence.parse(wanted.rrule)
    days = without(rule.days(wanted.starts_on), wanted.except_days)
    timetable = spaces.load_timetable(call.session, wanted.space_id, *window_of(days, wanted.minutes))
    if timetable is None:
        raise NotFound(space_id=str(wanted.space_id))
    space, resident_id = timetable.space, wanted.resident_id or caller
    timetable = timetable.asked_by(Asker.of(call.acting, resident_id))
    space.check_open_to(call.acting)
    check_books_for(call.acting, resident_id, space.community_id)
    if wanted.beyond_reason is not None and not serves(call.acting, space.community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    dates = occurrences(days, time.fromisoformat(wanted.starts_at), wanted.minutes, timetable.days.zone)
    household_id, home_id = household_of(call.acting, resident_id), call.acting.home_of(resident_id)
    new = [
        new_booking(
            space,
            one.starts_at,
            one.ends_at,
            resident_id=resident_id,
            household_id=household_id,
            home_id=home_id,
            booked_by=caller,
            attendees=wanted.attendees,
            purpose=wanted.purpose,
            created_at=call.now,
            series_day=one.day,
            **timetable.marks(),
        )
        for one in dates
        if one.starts_at is not None and one.ends_at is not None
    ]
    return _Wish(wanted, rule, timetable, resident_id, dates, new)


def _new_series(call: Call, wish: _Wish) -> Series:
    """Not stored yet."""
    wanted, space = wish.wanted, wish.timetable.space
    days = wish.rule.days(wanted.starts_on)
    return Series(
        community_id=space.community_id,
        space_id=space.id,
        space=space,
        resident_id=wish.resident_id,
        booked_by=account(call.acting),
        rrule=str(wish.rule),
        except_days=sorted(set(wanted.except_days) & set(days)),
        starts_on=wanted.starts_on,
        ends_on=days[-1],
        starts_at=time.fromisoformat(wanted.starts_at),
        minutes=wanted.minutes,
        attendees=wanted.attendees,
        purpose=wanted.purpose,
        equipment=[{"kind_id": str(one["kind_id"]), "quantity": one["quantity"]} for one in wanted.equipment],
        created_at=call.now,
    )


def _kept_from(call: Call, wish: _Wish) -> Sequence[Span]:
    """The instants between the first and the last date that a new booking of the space cannot use."""
    if not wish.bookings:
        return ()
    timetable, first, last = wish.timetable, wish.bookings[0].starts_at, wish.bookings[-1].ends_at
    claims = bookings.blocked_spans(call.session, [timetable], first, last, call.now)[timetable.space.id]
    return timetable.space.kept_from(claims)


def _blocked(booking: Booking) -> Span:
    """Its time with the turnover."""
    start, end = booking.space.blocked(booking.starts_at, booking.ends_at)
    return int(start.timestamp()), int(end.timestamp())
