"""Gives freed times to those who wait: the work of a periodic method.

Whatever frees a time leaves a FreedTime in the same transaction (triggers). A step here is one transaction, too: it makes one
offer, or forgets the freed times for which nobody is left. So a process that dies loses nothing and offers nothing twice."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.booking.calendar.intervals import Span
from services.booking.ledger import storage as ledger
from services.booking.ledger.models import Wanted
from services.booking.spaces.timetable import Timetable
from services.booking.waits import messages, storage
from services.booking.waits.matching import at, free_times, times_for
from services.booking.waits.models import OPEN, WAITING, FreedTime, Wait, time_to_answer

CHANNEL: Final = "booking_freed"  # the triggers notify it
COMMUNITIES: Final = 64  # looked through in one step
BATCH: Final = 50
# The claim outlives its offer by this, so that the next in line gets it before anybody who just passes by.
GRACE: Final = timedelta(seconds=30)


def step(call: Call) -> bool:
    """One step of the work. Returns whether there may be more to do at once. Raises CalendarChanged; then do it again."""
    return (
        lapse_next(call)
        or end_overdue(call)
        or end_without_booking(call)
        or ledger.release_expired(call.session, call.now, BATCH) > 0
        or offer_next(call)
    )


def lapse_next(call: Call) -> bool:
    """End the wait of somebody who did not answer an offer in time. What was held is freed, and they are told."""
    wait_id = storage.next_expired(call.session, call.now)
    if wait_id is None:
        return False
    wait = storage.find_wait(call.session, wait_id, lock=True)
    offer = storage.open_offers(call.session, [wait_id]).get(wait_id)
    if wait is None or offer is None or offer.is_open(call.now):
        return True  # it was answered just now
    offer.settle("expired", call.now)
    ledger.release(call.session, offer.holder)
    wait.end("lapsed", call.now)
    outbox.add(call.session, messages.unfulfilled(wait, call.now, "unanswered"))
    return True


def end_overdue(call: Call) -> bool:
    """End waits for which it is too late now. The people are told, once."""
    overdue = storage.lock_overdue(call.session, call.now, BATCH)
    for wait in overdue:
        wait.end("unfulfilled", call.now)
        outbox.add(call.session, messages.unfulfilled(wait, call.now, "passed"))
    return len(overdue) == BATCH


def end_without_booking(call: Call) -> bool:
    """End a wish for an earlier time of a booking that is not there any more, or is at another time. Nobody is told: the person
    has just heard of the booking."""
    wait_id = storage.next_without_booking(call.session)
    if wait_id is None:
        return False
    wait = storage.find_wait(call.session, wait_id, lock=True)
    if wait is not None and wait.state in OPEN:
        withdraw(call, wait)
    return True


def withdraw(call: Call, wait: Wait) -> None:
    """End the wait. The caller has locked it. What is held for it is freed."""
    offer = storage.open_offers(call.session, [wait.id]).get(wait.id)
    if offer is not None:
        offer.settle("withdrawn", call.now)
        ledger.release(call.session, offer.holder)
    wait.end("withdrawn", call.now)


def offer_next(call: Call) -> bool:
    """Offer one freed time to the first in line whom it suits; or forget a freed time that suits nobody."""
    communities = storage.communities_with_freed_times(call.session, COMMUNITIES)
    community_id = storage.lock_line(call.session, communities)
    if community_id is None:
        return False
    freed = storage.first_freed(call.session, community_id)
    if freed is None:
        return bool(communities)
    covered = storage.freed_within(call.session, freed)  # before looking: what is freed from now on is looked at later
    if not _offer(call, freed):
        storage.forget_freed(call.session, covered)
    return True


def _offer(call: Call, freed: FreedTime) -> bool:
    """Whether an offer was made."""
    for batch in storage.in_line(call.session, freed):
        free = free_times(call.session, freed.community_id, batch, call.now)
        declined = storage.declined_times(call.session, [wait.id for wait in batch])
        for wait in batch:
            for timetable, span in times_for(wait, free, call.now, declined.get(wait.id, ())):
                if _hold(call, wait.id, timetable, span):
                    return True
    return False


def _hold(call: Call, wait_id: UUID, timetable: Timetable, span: Span) -> bool:
    """Hold the time for who waits, and tell them. False if too little time is left to answer, if they do not wait any more, or
    if somebody else was faster: then the time is theirs, and what they free again is noted again."""
    space, starts_at, ends_at = timetable.space, at(span[0]), at(span[1])
    expires_at = time_to_answer(call.now, starts_at, space.min_notice_minutes, timetable.days.zone)
    wait = storage.find_wait(call.session, wait_id, lock=True) if expires_at is not None else None
    if expires_at is None or wait is None or wait.state != WAITING:
        return False
    with call.session.begin_nested() as savepoint:
        offer = wait.offer(space, starts_at, ends_at, expires_at, call.now)
        call.session.add(offer)
        call.session.flush()
        blocked = space.blocked(starts_at, ends_at)
        wanted = Wanted(offer.holder, timetable.leaf_ids, *blocked, timetable.revision, expires_at + GRACE)
        if not ledger.claim(call.session, wanted, call.now):
            savepoint.rollback()
            return False
    outbox.add(call.session, messages.offered(wait, offer, call.now))
    return True
