"""Erase an account: cancel what is to come, and take the person out of what was."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import erased
from chassis.messaging import outbox
from chassis.messaging.erasure import Kept, Outcome
from chassis.rpc.call import Call
from services.booking.bookings.messages import booking_message
from services.booking.equipment.taking import lock_kept
from services.booking.erasure import storage
from services.booking.erasure.messages import account_erased
from services.booking.explanations import storage as explanations
from services.booking.ledger import storage as ledger
from services.booking.lotteries.storage import share_lotteries_of
from services.booking.waits.models import OPEN
from services.booking.waits.offering import withdraw


def erase_account(call: Call, *, erasure_id: UUID, account_id: UUID, community_id: str) -> None:
    """Erase the account and answer what became of its bookings. An unknown account is answered too."""
    outcome = erase(call, account_id)
    outbox.add(call.session, account_erased(erasure_id, account_id, community_id, outcome, call.now))


def erase(call: Call, account_id: UUID) -> Outcome:
    """Bookings to come are cancelled and announced, so their time is free again. The others stay for the figures of the
    centre; they name nobody and have no purpose. A second time finds nothing."""
    _withdraw_entries(call, account_id)  # first: a draw that goes on books for it before, or not at all
    _end_waits(call, account_id)
    storage.unname_series(call.session, account_id)  # first: series come before bookings in the order of locks
    coming = storage.lock_coming(call.session, account_id, call.now)
    lock_kept(call.session, *coming)
    for booking in coming:
        booking.cancel(call.now, by="resident", late=True)
        ledger.release(call.session, booking.holder)
        cancelled = booking_message("booking.cancelled.v1", booking, call.now, cancelled_by=booking.cancelled_by)
        outbox.add(call.session, cancelled)
    call.session.flush()
    storage.forget_damage(call.session, account_id)
    storage.unname_lenders(call.session, account_id)
    storage.unname_appeals(call.session, account_id)
    storage.unname_tickets(call.session, account_id)
    explanations.delete_of(call.session, account_id)
    unnamed = storage.unname(call.session, account_id)
    erased.forget_answers(call.session, account_id)
    erased.remember(call.session, account_id, call.now)
    return Outcome({"coming_bookings": len(coming)}, [Kept("bookings", unnamed, "statistics")])


def lock_all_of(call: Call, account_ids: Sequence[UUID]) -> None:
    """Lock what several accounts have, before one transaction erases or moves them one after the other: first all lotteries,
    then all entries, waits, series and bookings, each by id, as every other transaction does. Five statements."""
    if account_ids:
        share_lotteries_of(call.session, *account_ids)
        storage.lock_all_of(call.session, account_ids)


def _withdraw_entries(call: Call, account_id: UUID) -> None:
    """It wins nothing any more. Its wishes stay in the public file if entries have closed, under a number that is nobody's."""
    share_lotteries_of(call.session, account_id)
    for entry in storage.lock_entries(call.session, account_id):
        entry.withdraw(call.now)
    call.session.flush()
    storage.unname_entries(call.session, account_id)


def _end_waits(call: Call, account_id: UUID) -> None:
    """What is held for the account goes to the next in line, and its waits are deleted."""
    for wait in storage.lock_waits(call.session, account_id):
        if wait.state in OPEN:
            withdraw(call, wait)
    call.session.flush()
    storage.delete_waits(call.session, account_id)


def erase_returned(call: Call) -> int:
    """Erase the accounts again that a restore has brought back. Returns how many."""
    accounts = storage.returned(call.session)
    lock_all_of(call, accounts)
    for account_id in accounts:
        erase(call, account_id)
    return len(accounts)
