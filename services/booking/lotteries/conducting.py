"""Closes and draws lotteries: what an admin asks for and what the job does.

Each function is one transaction of the caller. The draw books all that was won in it: a process that is killed leaves nothing
of it, a second replica waits for the lock of the lottery or skips it, and a lottery that is drawn is not drawn again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.booking.bookings import storage as bookings
from services.booking.bookings.limited import LimitsOfMany
from services.booking.bookings.messages import booking_message
from services.booking.bookings.models import Booking
from services.booking.bookings.no_shows import NoShowStanding, standings_of_many
from services.booking.bookings.use_cases.book_space import new_booking
from services.booking.calendar import revision
from services.booking.calendar.models import LotteryTime
from services.booking.interface.lotteries import OPEN
from services.booking.ledger import storage as ledger
from services.booking.ledger.models import Wanted
from services.booking.limits.storage import lock_all_subjects
from services.booking.lotteries import storage
from services.booking.lotteries.drawing import Draw, Entry, seed_of
from services.booking.lotteries.leftovers import Leftovers
from services.booking.lotteries.messages import result_message
from services.booking.lotteries.models import ENTERED, WITHDRAWN, Lottery, LotteryEntry
from services.booking.lotteries.planning import is_free
from services.booking.spaces import storage as spaces
from services.booking.spaces.timetable import Timetable


def step(call: Call, lottery_id: UUID) -> bool:
    """Close the entries of the lottery, or draw it, if it is time and nobody else is doing it. Returns whether it was. Raises
    CalendarChanged; then do it again."""
    lottery = storage.lock_due(call.session, lottery_id, call.now)
    if lottery is None:
        return False
    conduct = close if lottery.state == OPEN else draw
    conduct(call, lottery)
    return True


def close(call: Call, lottery: Lottery, *, by: UUID | None = None) -> None:
    """No entry is taken any more, and the entries are published with their numbers. The caller has locked the lottery. Raises
    LotteryOver."""
    lottery.close(storage.entries_of(call.session, lottery.id), call.now, by=by)


def draw(call: Call, lottery: Lottery, *, by: UUID | None = None) -> None:
    """Draw the lottery, book what was won, open what is left to everybody, and tell all who have entered. The caller has locked
    the lottery. Raises LotteryOver, LotteryNotClosed, CalendarChanged."""
    lottery.check_drawable()
    entries = storage.entries_of(call.session, lottery.id, numbered=True)
    # Limits before the calendar, which is the order of locks. Then nobody books in this community until all of it is booked.
    lock_all_subjects(call.session)
    revision.begin_change(call.session, lottery.community_id)
    storage.load_times(call.session, lottery)
    lottery.open_times()
    call.session.flush()  # before the timetables: a trigger renews the calendar's revision
    numbered = {entry.number: entry for entry in entries if entry.number is not None}
    conducted = prepare(call, lottery, numbered, seed_of(lottery.secret, lottery.drawn_from(entries)))
    lottery.finish(conducted.draw, call.now, by=by)
    won = [(numbered[number], time, booking) for (number, time), booking in conducted.booked.items()]
    storage.add_wins(call.session, won)
    _claim(call, conducted, [booking for _, _, booking in won])
    _tell(call, lottery, conducted)
    revision.announce(call.session, call.now, lottery.community_id, "lottery")


@dataclass(slots=True)
class Conducted:
    """A draw with what surrounds it. `entries` are by number. `booked` are the bookings of what was won, by entry and time;
    they are not stored. `times` are by number, `timetables` by space."""

    draw: Draw
    entries: dict[int, LotteryEntry]
    times: dict[int, LotteryTime]
    timetables: dict[UUID, Timetable]
    no_shows: dict[tuple[UUID, UUID], NoShowStanding]  # by space and resident
    booked: dict[tuple[int, int], Booking] = field(default_factory=dict)


def prepare(call: Call, lottery: Lottery, entries: dict[int, LotteryEntry], seed: str) -> Conducted:
    """Draw with `seed`, on what is booked now, and store nothing. The times of the lottery must be loaded. Five statements."""
    times = {time.number: time for time in lottery.times}
    window = min(time.starts_at for time in lottery.times), max(time.ends_at for time in lottery.times)
    timetables = spaces.load_timetables(call.session, lottery.community_id, {time.space_id for time in lottery.times}, *window)
    claims = bookings.blocked_spans(call.session, list(timetables.values()), *window, call.now)
    free = {
        number: time for number, time in times.items() if _is_free(call, timetables.get(time.space_id), time, claims, lottery)
    }
    gone = times.keys() - _apart(free, timetables)
    residents = {entry.resident_id for entry in entries.values() if entry.resident_id is not None}
    households = {entry.household_id for entry in entries.values() if entry.household_id is not None}
    limits = LimitsOfMany(call, timetables, residents, households, window) if timetables else None
    conducted = Conducted(
        Draw(
            seed,
            lottery.most_wins,
            {number: (int(time.starts_at.timestamp()), int(time.ends_at.timestamp())) for number, time in times.items()},
            [Entry(number, tuple(entry.wishes)) for number, entry in entries.items()],
            lambda number, time: _forbids(call, conducted, limits, number, time),
            gone,
            {number for number, entry in entries.items() if entry.state == WITHDRAWN or entry.resident_id is None},
        ),
        entries,
        times,
        timetables,
        standings_of_many(call, [one.space for one in timetables.values()], residents),
    )
    conducted.draw.run()
    return conducted


def _is_free(call: Call, timetable: Timetable | None, time: LotteryTime, claims: Any, lottery: Lottery) -> bool:
    """Whether the time can still be given: the centre may have closed the space, or staff may have booked it."""
    if timetable is None or timetable.space.needs_approval or timetable.space.is_out_of_use:
        return False
    return is_free(timetable.without_lottery(lottery.id), time.starts_at, time.ends_at, claims[time.space_id], call.now)


def _apart(times: Mapping[int, LotteryTime], timetables: Mapping[UUID, Timetable]) -> set[int]:
    """The numbers of the times that can all be won. The turnover of a space may have grown since the lottery was made; then a
    time goes if it would touch the one before it. The earliest stay, which leaves the most."""
    kept, until = set(), dict[UUID, datetime]()  # by space: when the last one that stays stops blocking it
    for number, time in sorted(times.items(), key=lambda one: one[1].starts_at):
        blocks_from, blocks_until = timetables[time.space_id].space.blocked(time.starts_at, time.ends_at)
        if (last := until.get(time.space_id)) is None or last <= blocks_from:
            kept.add(number)
            until[time.space_id] = blocks_until
    return kept


def _forbids(call: Call, conducted: Conducted, limits: LimitsOfMany | None, number: int, time: int) -> str | None:
    """Why an entry may not have a time: capacity, another community, no-shows or limits. If it may, it is booked."""
    entry, of_time = conducted.entries[number], conducted.times[time]
    space = conducted.timetables[of_time.space_id].space
    if entry.attendees > space.capacity:
        return "capacity"
    if not entry.may_book(space):
        return "not_open"
    booking = new_booking(
        space,
        of_time.starts_at,
        of_time.ends_at,
        resident_id=entry.resident_id,
        household_id=entry.household_id,
        home_id=entry.home_id,
        booked_by=entry.entered_by,
        attendees=entry.attendees,
        created_at=call.now,
    )
    standing = conducted.no_shows.get((space.id, booking.resident_id))
    if standing is not None and standing.refusal(booking, conducted.timetables[space.id]):
        return "no_shows"
    if limits is not None:
        if not limits.allow(booking):
            return "limit"
        limits.add(booking)
    conducted.booked[number, time] = booking
    return None


def _claim(call: Call, conducted: Conducted, won: Sequence[Booking]) -> None:
    """Claim what was won, and announce it. Raises CalendarChanged if a claim came in between, so that the draw is repeated."""
    if not won:
        return
    wanted = []
    for booking in won:
        timetable = conducted.timetables[booking.space_id]
        blocked = timetable.space.blocked(booking.starts_at, booking.ends_at)
        wanted.append(Wanted(booking.holder, timetable.leaf_ids, *blocked, timetable.revision))
    if ledger.replace_all(call.session, (), wanted, call.now):
        raise revision.CalendarChanged()
    told = [booking_message("booking.confirmed.v1", booking, call.now, told_by_lottery=True) for booking in won]
    outbox.add(call.session, *told)


def _tell(call: Call, lottery: Lottery, conducted: Conducted) -> None:
    """One message for each entry that took part: what it won, or what is still free."""
    leftovers = Leftovers(call, conducted.times, conducted.timetables, conducted.draw)
    messages = []
    for entry_number, entry in conducted.entries.items():
        took_part = entry.state == ENTERED
        outcomes = conducted.draw.outcomes(Entry(entry_number, tuple(entry.wishes)))
        entry.settle(outcomes, call.now)
        if took_part:
            won = [conducted.booked[entry_number, one.time] for one in outcomes if one.outcome == "won"]
            free = [] if won else leftovers.near(conducted.times[entry.wishes[0]], entry.attendees)
            messages.append(result_message(lottery, entry, won, free, call.now))
    outbox.add(call.session, *messages)
