"""Registering for a session, and withdrawing."""

from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound
from services.events import messages
from services.events.access import (
    DESK,
    HELPERS,
    account,
    check_registers,
    check_sees,
    check_sees_registration,
    is_own,
    serves,
)
from services.events.interface.refusals import AlreadyRegistered, RegistrationClosed, RegistrationNotCancellable, TooManySeats
from services.events.models import MAX_SEATS, Registration
from services.events.storage import registrations as storage
from services.events.storage.seats import Wish, claim
from services.events.use_cases.promotion import promote_waiting


def register(call: Call, data: dict[str, Any]) -> Registration:
    """Seats for the caller, or for `resident_id` when staff acts: confirmed if they are free and nobody waits, else
    on the waiting list, with its `position`.
    Raises Unauthenticated, Forbidden, NotFound, NotPublished, RegistrationClosed, TooManySeats, AlreadyRegistered."""
    registered_by = account(call.acting)
    resident_id = data["resident_id"] or registered_by
    if resident_id != registered_by and not call.acting.has_role(*HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    if data["seats"] > MAX_SEATS:
        raise TooManySeats(limit=MAX_SEATS)
    wish = Wish(data["session_id"], resident_id, registered_by, data["seats"])
    if (claimed := claim(call.session, wish, call.now)) is None:
        raise _why_not(call, wish)
    if (registration := claimed.registration) is None:
        raise _already(call, wish)
    check_registers(call.acting, resident_id, registration.community_id)
    confirmed = registration.state == "confirmed"
    announce = messages.registration_confirmed if confirmed else messages.registration_waitlisted
    outbox.add(call.session, announce(registration))
    return registration


def cancel_registration(call: Call, data: dict[str, Any]) -> Registration:
    """Give the seats, or the place in the queue, back; who waits moves up in the same transaction.
    Raises NotFound, Forbidden, VersionMismatch, RegistrationNotCancellable."""
    account(call.acting)
    registration = storage.lock_registration(call.session, data["registration_id"])
    check_sees_registration(call.acting, registration)
    if not is_own(call.acting, registration) and not serves(call.acting, registration.community_id, ("organiser", "clerk")):
        raise Forbidden(needs=["clerk", "organiser"])
    registration.expect_version(data["expected_version"])
    session = registration.session
    if session.has_started(call.now):
        raise RegistrationNotCancellable(state=registration.state, starts_at=session.starts_at.isoformat())
    previous_state = registration.state
    session.let_go(registration)
    registration.cancel(call.now, by="resident" if registration.resident_id == account(call.acting) else "staff")
    outbox.add(call.session, messages.registration_cancelled(registration, call.now, previous_state=previous_state))
    promote_waiting(call, session)
    return registration


def get_registration(call: Call, data: dict[str, Any]) -> Registration:
    """Raises NotFound, also for somebody else's, unless staff of the desk asks."""
    account(call.acting)
    registration = storage.get_registration(call.session, data["registration_id"])
    check_sees_registration(call.acting, registration)
    return registration


def list_registrations(call: Call, data: dict[str, Any]) -> Page[Registration]:
    """`mine`: one's own. `desk`: those of the community one serves. Raises Unauthenticated, Forbidden."""
    desk = data["scope"] == "desk"
    if desk:
        call.acting.require_role(*DESK)
    wanted = storage.Wanted(
        resident_id=None if desk else account(call.acting),
        community_id=call.acting.community_id if desk else None,
        session_id=data["session_id"],
        club_event_id=data["club_event_id"],
        state=data["state"],
    )
    return storage.list_registrations(call.session, wanted, limit=data["limit"], cursor=data["cursor"])


def _why_not(call: Call, wish: Wish) -> Exception:
    """Why the guarded UPDATE hit no row: looked up only now, so that those who succeed do not pay for it."""
    session = storage.get_session(call.session, wish.session_id)
    try:
        check_sees(call.acting, session.club_event)
    except NotFound:
        return NotFound(session_id=str(wish.session_id))
    session.check_takes(wish.seats, call.now)
    # It changed in between, for instance a capacity that was raised: nothing was written, trying again helps.
    return RegistrationClosed(reason="changed_meanwhile")


def _already(call: Call, wish: Wish) -> AlreadyRegistered:
    existing = storage.active_registration(call.session, wish.session_id, wish.resident_id)
    if existing is None or not _may_know(call, existing):
        return AlreadyRegistered()
    return AlreadyRegistered(registration_id=str(existing.id), state=existing.state)


def _may_know(call: Call, registration: Registration) -> bool:
    acting: UUID = account(call.acting)
    return acting in (registration.resident_id, registration.registered_by) or call.acting.has_role(*DESK)
