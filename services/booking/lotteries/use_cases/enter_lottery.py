"""Enter a lottery, change the wishes, and withdraw. Staff do it for residents, guardians for their children."""

from collections.abc import Sequence
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.access import account, check_books_for
from services.booking.bookings.use_cases.book_space import household_of
from services.booking.calendar.models import LotteryTime
from services.booking.interface.lotteries import MOST_ENTRIES
from services.booking.interface.lottery_refusals import HouseholdEntered, LotteryFull, WishUnknown
from services.booking.interface.refusals import NotForYourCommunity
from services.booking.limits.storage import lock_apart
from services.booking.lotteries import storage
from services.booking.lotteries.messages import entered_message
from services.booking.lotteries.models import Lottery, LotteryEntry
from services.booking.lotteries.shown import with_bookings


def enter_lottery(
    call: Call, *, lottery_id: UUID, wishes: Sequence[int], resident_id: UUID | None = None, attendees: int = 1
) -> LotteryEntry:
    """The entry of the resident, with `wishes` (numbers of times, the most wanted first) instead of those before. A resident
    whom staff enter is told. Raises Unauthenticated, NotFound, Forbidden, NotForYourCommunity, EntriesNotOpen,
    HouseholdEntered, LotteryFull, WishUnknown, OverCapacity."""
    entered_by = account(call.acting)
    resident_id = resident_id or entered_by
    # Shared: many enter at once. Who closes the lottery waits for all of them, and then takes all of them.
    lottery = storage.find_lottery(call.session, lottery_id, lock="shared", times=True)
    if lottery is None:
        raise NotFound(lottery_id=str(lottery_id))
    check_books_for(call.acting, resident_id, lottery.community_id)
    lottery.check_open(call.now)
    _check_wishes(call, lottery, wishes, attendees)
    home_id = call.acting.home_of(resident_id)
    admitted = _is_admitted(lottery, wishes, home_id)
    household_id = household_of(call.acting, resident_id)
    subject_id = household_id or resident_id
    lock_apart(call.session, {(f"lottery {lottery_id}", subject_id)})  # two phones of one household at once
    entry = storage.find_entry_of(call.session, lottery_id, subject_id)
    if entry is None:
        _check_room(call, lottery_id)
        entry = LotteryEntry(
            community_id=lottery.community_id,
            lottery_id=lottery_id,
            resident_id=resident_id,
            household_id=household_id,
            subject_id=subject_id,
            entered_by=entered_by,
            attendees=attendees,
            wishes=list(wishes),
            entered_at=call.now,
        )
        call.session.add(entry)
        told = not call.acting.speaks_for(resident_id)
    elif entry.resident_id != resident_id:
        raise HouseholdEntered()
    else:
        entry.wish(wishes, attendees)
        told = False
    entry.home_id, entry.home_since, entry.admitted = home_id, call.now, admitted
    call.session.flush()
    if told:
        outbox.add(call.session, entered_message(lottery, entry, call.now))
    return _shown(call, entry.id)


def withdraw_entry(call: Call, *, entry_id: UUID, expected_version: int | None = None) -> LotteryEntry:
    """Take part no more, until the draw. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, EntryOver."""
    account(call.acting)
    known = storage.find_entry(call.session, entry_id)
    if known is None or not known.is_seen_by(call.acting):
        raise NotFound(entry_id=str(entry_id))
    # The lottery first, so that it is not just being drawn.
    storage.find_lottery(call.session, known.lottery_id, lock="shared")
    call.session.refresh(known, with_for_update={"of": LotteryEntry})
    known.check_changed_by(call.acting)
    known.expect_version(expected_version)
    known.withdraw(call.now)
    call.session.flush()
    return _shown(call, entry_id)


def _check_room(call: Call, lottery_id: UUID) -> None:
    """Those that enter at the same moment do not see each other, so there may be a few more. Raises LotteryFull."""
    if storage.count_entries(call.session, [lottery_id]).get(lottery_id, 0) >= MOST_ENTRIES:
        raise LotteryFull(most=MOST_ENTRIES)


def _check_wishes(call: Call, lottery: Lottery, wishes: Sequence[int], attendees: int) -> None:
    """Raises WishUnknown, NotForYourCommunity, OverCapacity."""
    times: dict[int, LotteryTime] = {time.number: time for time in lottery.times}
    for number in wishes:
        if (time := times.get(number)) is None:
            raise WishUnknown(time=number)
        if not time.space.is_open_to(call.acting):
            raise NotForYourCommunity(open_to=time.space.open_to)
        time.space.check_capacity(attendees)


def _is_admitted(lottery: Lottery, wishes: Sequence[int], home_id: str | None) -> bool:
    """Whether one of the wanted spaces, which are open to the caller, is not open to residents of that community."""
    among = (time.space.open_to_communities for time in lottery.times if time.number in wishes)
    return any(communities is not None and home_id not in communities for communities in among)


def _shown(call: Call, entry_id: UUID) -> LotteryEntry:
    call.session.expire_all()
    entry = storage.find_entry(call.session, entry_id)
    assert entry is not None  # noqa: S101 - it was stored in this transaction
    return with_bookings(call.session, [entry])[0]
