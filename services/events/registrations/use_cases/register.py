"""Register for a session. Staff do it for residents."""

from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound, Refusal
from services.events.access import DESK, HELPERS, account, check_registers
from services.events.club_events import storage as club_events
from services.events.interface.refusals import AlreadyRegistered, RegistrationClosed, TooManySeats
from services.events.interface.registrations import MAX_SEATS
from services.events.registrations import messages, storage
from services.events.registrations.models import Registration
from services.events.registrations.storage import Wish


def register(call: Call, *, session_id: UUID, seats: int = 1, resident_id: UUID | None = None) -> Registration:
    """A registration for the caller, or for `resident_id` if a guardian or staff acts, announced. It is confirmed if the seats
    are free and nobody waits, else it is in the queue and has a `position`. Two statements.
    Raises Unauthenticated, Forbidden, NotFound, NotPublished, RegistrationClosed, TooManySeats, AlreadyRegistered."""
    registered_by = account(call.acting)
    wish = Wish(session_id, resident_id or registered_by, registered_by, seats)
    if not call.acting.speaks_for(wish.resident_id) and not call.acting.has_role(*HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    if seats > MAX_SEATS:
        raise TooManySeats(limit=MAX_SEATS)
    if (claimed := storage.claim(call.session, wish, call.now)) is None:
        raise _why_not(call, wish)
    if (registration := claimed.registration) is None:
        raise _already_registered(call, wish)
    # The community is known only now. The refusal rolls the claim back.
    check_registers(call.acting, wish.resident_id, registration.community_id)
    confirmed = registration.state == "confirmed"
    announce = messages.registration_confirmed if confirmed else messages.registration_waitlisted
    outbox.add(call.session, announce(registration))
    return registration


def _why_not(call: Call, wish: Wish) -> Refusal:
    """Why the guarded UPDATE changed no row. It is looked up only now, so that a successful registration does not pay for
    it. Raises or returns the refusal."""
    session = club_events.find_session(call.session, wish.session_id)
    if session is None or not session.club_event.is_seen_by(call.acting):
        return NotFound(session_id=str(wish.session_id))
    session.check_takes(wish.seats, call.now)
    # The session has changed since the UPDATE (for example, it has more seats now). Trying again helps.
    return RegistrationClosed(reason="changed_meanwhile")


def _already_registered(call: Call, wish: Wish) -> AlreadyRegistered:
    """The refusal. It names the existing registration if the caller may know of it."""
    existing = storage.find_active_registration(call.session, wish.session_id, wish.resident_id)
    if existing is None or not (existing.is_own(call.acting) or call.acting.has_role(*DESK)):
        return AlreadyRegistered()
    return AlreadyRegistered(registration_id=str(existing.id), state=existing.state)
