"""Erase an account: give its seats back, end its memberships, and take the person out of what was."""

from uuid import UUID

from chassis.database import erased
from chassis.messaging import outbox
from chassis.messaging.erasure import Kept, Outcome
from chassis.rpc.call import Call
from services.events.clubs import storage as clubs
from services.events.clubs.messages import club_left
from services.events.erasure import storage
from services.events.erasure.messages import account_erased
from services.events.registrations import messages
from services.events.registrations import storage as registrations
from services.events.registrations.use_cases.promotion import promote_waiting


def erase_account(call: Call, *, erasure_id: UUID, account_id: UUID, community_id: str) -> None:
    """Erase the account and answer what became of its registrations. An unknown account is answered too."""
    outcome = erase(call, account_id)
    outbox.add(call.session, account_erased(erasure_id, account_id, community_id, outcome, call.now))


def erase(call: Call, account_id: UUID) -> Outcome:
    """Seats in sessions to come are given back and the queue moves up. Memberships end and are deleted. Past registrations stay
    for the figures of the centre; they name nobody. A second time finds nothing."""
    withdrawn = sum(_withdraw(call, registration_id) for registration_id in storage.coming(call.session, account_id, call.now))
    for club in storage.clubs_of(call.session, account_id):
        if membership := clubs.leave(call.session, club, account_id, call.now):
            outbox.add(call.session, club_left(club, membership, call.now))
    memberships = storage.delete_memberships(call.session, account_id)
    unnamed = storage.unname(call.session, account_id)
    erased.forget_answers(call.session, account_id)
    erased.remember(call.session, account_id, call.now)
    gone = {"coming_registrations": withdrawn, "memberships": memberships}
    return Outcome(gone, [Kept("registrations", unnamed, "statistics")])


def erase_returned(call: Call) -> int:
    """Erase the accounts again that a restore has brought back. Returns how many."""
    accounts = storage.returned(call.session)
    for account_id in accounts:
        erase(call, account_id)
    return len(accounts)


def _withdraw(call: Call, registration_id: UUID) -> bool:
    """Cancel one registration and let the queue move up. False if somebody has cancelled it, or the session has started."""
    registration = registrations.lock_registration(call.session, registration_id)
    if registration is None or registration.state == "cancelled" or registration.session.has_started(call.now):
        return False
    previous_state = registration.state
    registration.withdraw(call.now, by="resident")
    outbox.add(call.session, messages.registration_cancelled(registration, call.now, previous_state=previous_state))
    promote_waiting(call, registration.session)
    call.session.flush()
    return True
