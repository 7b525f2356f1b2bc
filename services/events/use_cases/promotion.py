"""Moving up when seats become free."""

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.events import messages
from services.events.models import ClubSession
from services.events.storage import registrations


def promote_waiting(call: Call, session: ClubSession) -> None:
    """Confirm those at the front of the queue who fit now, each with its message. The caller holds the session's row
    lock, so nobody registers in between. (The rule: ClubSession.promote.)"""
    promoted = session.promote(registrations.queue_front(call.session, session))
    outbox.add(call.session, *(messages.registration_promoted(registration, call.now) for registration in promoted))
