"""Bookings against the limits of their resident and household."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.rpc.call import Call
from services.booking.bookings import no_shows, storage
from services.booking.bookings.models import Booking
from services.booking.interface.refusals import LimitReached, TooManyNoShows
from services.booking.limits import storage as limits
from services.booking.limits.counting import Span, Use, earliest, has_room, use_of
from services.booking.limits.models import Limit
from services.booking.spaces.models import LONGEST_BOOKING
from services.booking.spaces.timetable import Timetable

_NEVER = datetime.max.replace(tzinfo=UTC)


def check_limits(call: Call, booking: Booking, timetable: Timetable) -> None:
    """Raises TooManyNoShows, or LimitReached if `booking`, which is new or was moved, goes beyond a limit. Of several limits it
    names the one that lasts longest. Call it before the time is claimed: it locks the subjects of the limits until the
    transaction ends, so that two bookings at once do not both count too little. Nothing is read if no limit and no rule about
    no-shows is about the space. A refusal is always that of the current limits: it raises CalendarChanged if they are not those
    of `timetable`."""
    if refusal := no_shows.why_not(call, booking, timetable):
        limits.expect_current_limits(call.session, booking.community_id, timetable.revision)
        raise refusal
    if beyond := uses_beyond(call, booking, timetable):
        limits.expect_current_limits(call.session, booking.community_id, timetable.revision)
        raise refused(beyond)


def uses_beyond(call: Call, booking: Booking, timetable: Timetable) -> list[Use]:
    """The uses that do not fit, under the lock of their subjects."""
    return [use for use in uses_of(call, booking, timetable, lock=True) if not use.fits]


def rules_broken(call: Call, booking: Booking, timetable: Timetable) -> list[str]:
    """The codes of the rules that only a booking beyond the rules may break, and that this one breaks; limits under the lock of
    their subjects."""
    broken = timetable.broken(booking.starts_at, booking.ends_at, call.now)
    if no_shows.why_not(call, booking, timetable):
        broken.append(TooManyNoShows.code)
    return [*broken, LimitReached.code] if uses_beyond(call, booking, timetable) else broken


def uses_of(call: Call, booking: Booking, timetable: Timetable, *, lock: bool = False) -> list[Use]:
    """The use of each limit that is about `booking`, which need not be stored. At most three statements."""
    applying = _applying(call.session, booking, timetable)
    if not applying:
        return []
    if lock:
        limits.lock_subjects(call.session, {(limit.subject, _subject(limit, booking)) for limit in applying})
    zone, wanted = timetable.days.zone, (booking.starts_at, booking.ends_at)
    after = min(earliest(limit, wanted, call.now, zone) for limit in applying)
    of_household = booking.household_id if any(limit.subject == "household" for limit in applying) else None
    with call.session.no_autoflush:
        counted = storage.counted_bookings(call.session, booking.resident_id, of_household, after, but=booking.id)
    return [use_of(limit, _spans(limit, booking, counted), wanted, call.now, zone) for limit in applying]


class RunningLimits:
    """The limits for several bookings of one resident and household, decided one after the other: what is accepted counts for
    the next. The bookings that are stored are read once. With `lock` the subjects are locked, as `check_limits` does."""

    def __init__(self, call: Call, first: Booking, timetable: Timetable, *, lock: bool, since: datetime | None = None) -> None:
        """`first` is the earliest of the bookings. `timetable` is that of the space in which they are to be; `since` (aware) is
        when they are to start, if that is earlier than they do now. At most four statements."""
        self._call, self._zone = call, timetable.days.zone
        self._timetable = timetable
        self._no_shows = no_shows.standing_of(call, timetable.space, first.resident_id)
        self._applying = _applying(call.session, first, timetable)
        self._counted: dict[UUID, storage.Counted] = {}
        if not self._applying:
            return
        if lock:
            limits.lock_subjects(call.session, {(limit.subject, _subject(limit, first)) for limit in self._applying})
        wanted = min(first.starts_at, since or first.starts_at), first.ends_at
        after = min(earliest(limit, wanted, call.now, self._zone) for limit in self._applying)
        of_household = first.household_id if any(limit.subject == "household" for limit in self._applying) else None
        with call.session.no_autoflush:
            found = storage.counted_bookings(call.session, first.resident_id, of_household, after)
        self._counted = {one.id: one for one in found}

    def beyond(self, booking: Booking) -> list[Use]:
        """The uses that do not fit, without `again_at`."""
        others = [one for one in self._counted.values() if one.id != booking.id]
        wanted = booking.starts_at, booking.ends_at
        uses = (has_room(limit, _spans(limit, booking, others), wanted, self._call.now, self._zone) for limit in self._applying)
        return [use for use in uses if not use.fits]

    def broken(self, booking: Booking) -> list[str]:
        """The codes of the rules that the booking breaks."""
        found = [TooManyNoShows.code] if self._why_not(booking) else []
        return [*found, LimitReached.code] if self.beyond(booking) else found

    def _why_not(self, booking: Booking) -> TooManyNoShows | None:
        return self._no_shows.refusal(booking, self._timetable) if self._no_shows else None

    def check(self, booking: Booking) -> None:
        """Raises TooManyNoShows, LimitReached."""
        if refusal := self._why_not(booking):
            raise refusal
        if beyond := self.beyond(booking):
            raise refused(beyond)

    def add(self, booking: Booking) -> None:
        """It is accepted, so it counts from now on, with its present time."""
        self._counted[booking.id] = storage.Counted.of(booking)


class OtherTimes:
    """What else the residents of `bookings`, all of one community, have booked, and their limits: whether they could have
    another time instead. Everything is read at the beginning, so a thread may ask. Two statements."""

    def __init__(self, call: Call, bookings: Sequence[Booking], timetable: Timetable, since: datetime) -> None:
        """`since` (aware) is before each time that is asked about. `timetable` is of any space of the community."""
        self._now, self._zone = call.now, timetable.days.zone
        self._limits = limits.limits_in_force(call.session, bookings[0].community_id, timetable.revision)
        moving = {one.id for one in bookings}
        after = min((earliest(limit, (since, since), call.now, self._zone) for limit in self._limits), default=since)
        found = storage.counted_of_many(
            call.session,
            {one.resident_id for one in bookings},
            {one.household_id for one in bookings if one.household_id is not None},
            min(after, since - LONGEST_BOOKING),
        )
        self._of_resident: dict[UUID, list[storage.Counted]] = {}
        self._of_household: dict[UUID, list[storage.Counted]] = {}
        for one in found:
            self._of_resident.setdefault(one.resident_id, []).append(one)
            if one.household_id is not None:
                self._of_household.setdefault(one.household_id, []).append(one)
        self._moving = moving

    def suits(self, booking: Booking, timetable: Timetable, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether the resident of `booking`, one of the bookings, has nothing else then, and whether it is within the limits. A
        limit that the booking goes beyond as it is does not count."""
        own = self._of_resident.get(booking.resident_id, ())
        if any(one.starts_at < ends_at and starts_at < one.ends_at for one in own if one.id not in self._moving):
            return False
        return all(
            self._fits(limit, booking, (starts_at, ends_at))
            or not self._fits(limit, booking, (booking.starts_at, booking.ends_at))
            for limit in _about(self._limits, booking, timetable)
        )

    def _fits(self, limit: Limit, booking: Booking, wanted: Span) -> bool:
        counted = self._of_household if limit.subject == "household" else self._of_resident
        others = [one for one in counted.get(_subject(limit, booking), ()) if one.id != booking.id]
        return has_room(limit, _spans(limit, booking, others), wanted, self._now, self._zone).fits


class LimitsOfMany:
    """The limits for bookings of many residents, decided one after the other: what is accepted counts for the next. The
    bookings that are stored are read once. The caller has locked the subjects, or only tries."""

    def __init__(
        self,
        call: Call,
        timetables: Mapping[UUID, Timetable],
        resident_ids: Collection[UUID],
        household_ids: Collection[UUID],
        first: Span,
    ) -> None:
        """`timetables` are those of the spaces, of one community, by space id. `first` is the earliest time that may be asked
        about. At most two statements."""
        self._call, self._timetables = call, timetables
        self._counted: dict[UUID, list[storage.Counted]] = {}  # by resident or household
        timetable = next(iter(timetables.values()))
        known = limits.limits_in_force(call.session, timetable.space.community_id, timetable.revision)
        applying = [limit for limit in known if any(limit.covers_space(one.space) for one in timetables.values())]
        if not applying:
            return
        after = min(earliest(limit, first, call.now, timetable.days.zone) for limit in applying)
        with call.session.no_autoflush:
            for counted in storage.counted_of_many(call.session, resident_ids, household_ids, after):
                self._remember(counted)

    def allow(self, booking: Booking) -> bool:
        """Whether it fits all limits about it."""
        timetable = self._timetables[booking.space_id]
        for limit in _applying(self._call.session, booking, timetable):
            spans = _spans(limit, booking, self._counted.get(_subject(limit, booking), ()))
            if not has_room(limit, spans, (booking.starts_at, booking.ends_at), self._call.now, timetable.days.zone).fits:
                return False
        return True

    def add(self, booking: Booking) -> None:
        """It is accepted, so it counts from now on."""
        self._remember(storage.Counted.of(booking))

    def _remember(self, one: storage.Counted) -> None:
        for subject in (one.resident_id, one.household_id):
            if subject is not None:
                self._counted.setdefault(subject, []).append(one)


def refused(beyond: Sequence[Use]) -> LimitReached:
    """The refusal for uses that do not fit."""
    use = max(beyond, key=lambda use: use.again_at or _NEVER)
    return LimitReached(
        limit_id=str(use.limit.id),
        sentence=use.limit.sentence,
        measure=use.limit.measure,
        allowed=use.limit.allowed,
        taken=use.taken,
        left=use.left,
        again_at=use.again_at.isoformat() if use.again_at else None,
    )


def _applying(session: Session, booking: Booking, timetable: Timetable) -> list[Limit]:
    return _about(limits.limits_in_force(session, booking.community_id, timetable.revision), booking, timetable)


def _about(known: Sequence[Limit], booking: Booking, timetable: Timetable) -> list[Limit]:
    """A resident without a household has no limits of households."""
    return [
        limit
        for limit in known
        if limit.covers_space(timetable.space) and (limit.subject == "resident" or booking.household_id is not None)
    ]


def _subject(limit: Limit, booking: Booking) -> UUID:
    if limit.subject == "household" and booking.household_id is not None:
        return booking.household_id
    return booking.resident_id


def _spans(limit: Limit, booking: Booking, counted: Sequence[storage.Counted]) -> list[Span]:
    subject = _subject(limit, booking)
    return [one.span for one in counted if one.counts_for(limit) and one.subject_of(limit) == subject]
