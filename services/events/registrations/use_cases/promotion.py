"""Promotion from the queue when seats become free."""

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.events.club_events.models import ClubSession
from services.events.registrations import messages, storage
from services.events.registrations.models import promote_in_order


def promote_waiting(call: Call, session: ClubSession) -> None:
    """Promote the front of the queue, with one message each. The caller holds the lock of the session's row, so that nobody
    can register in between."""
    promoted = promote_in_order(storage.lock_queue_front(call.session, session))
    outbox.add(call.session, *(messages.registration_promoted(registration, call.now) for registration in promoted))
