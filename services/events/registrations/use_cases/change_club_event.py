"""Changes of a club event that also change its registrations: more or fewer seats, and cancelling it."""

from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.events.club_events import storage as club_events
from services.events.club_events.messages import club_event_cancelled
from services.events.club_events.models import ClubEvent
from services.events.club_events.use_cases import lock_to_change
from services.events.registrations import messages, storage
from services.events.registrations.use_cases.promotion import promote_waiting


def change_capacity(call: Call, *, session_id: UUID, capacity: int, expected_version: int | None = None) -> ClubEvent:
    """The club event with another number of seats in one session. The queue moves up in the same transaction.
    `expected_version` is the version of the club event. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch,
    NotPublished, RegistrationClosed, CapacityTooLow."""
    found = club_events.find_session(call.session, session_id)
    if found is None:
        raise NotFound(session_id=str(session_id))
    club_event = lock_to_change(call, found.club_event_id, expected_version)
    session = next((session for session in club_event.sessions if session.id == session_id), None)
    if session is None:  # the draft was revised between the two statements
        raise NotFound(session_id=str(session_id))
    session.check_open(call.now)
    session.resize(capacity, largest_waiting=storage.largest_waiting(call.session, session))
    club_event.changed()
    call.session.flush()
    promote_waiting(call, session)
    return club_event


def cancel_club_event(call: Call, *, club_event_id: UUID, reason: str, expected_version: int | None = None) -> ClubEvent:
    """Cancel a club event with the registrations of its sessions, each with its own message. Registrations of sessions that
    are over stay as a record. Cancelling a draft announces nothing.
    Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, AlreadyCancelled, AlreadyOver."""
    club_event = lock_to_change(call, club_event_id, expected_version)
    club_event.cancel(call.now, reason)
    if not club_event.announced:
        return club_event
    session_ids = [session.id for session in club_event.sessions if not session.is_over(call.now)]
    cancelled = []
    for registration in storage.lock_active_registrations(call.session, session_ids):
        previous_state = registration.state
        registration.cancel(call.now, by="staff")
        cancelled.append(
            messages.registration_cancelled(
                registration, call.now, previous_state=previous_state, reason="club_event_cancelled"
            )
        )
    outbox.add(call.session, club_event_cancelled(club_event, call.now, registrations_cancelled=len(cancelled)), *cancelled)
    return club_event
