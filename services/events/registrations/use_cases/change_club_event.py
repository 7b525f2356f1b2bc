"""Changes of a club event that also change its registrations: more or fewer seats, and cancelling it or one of its sessions."""

from collections.abc import Sequence
from uuid import UUID

from chassis.messaging import outbox
from chassis.messaging.contracts import Message
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.events.club_events import storage as club_events
from services.events.club_events.messages import club_event_cancelled, session_cancelled
from services.events.club_events.models import ClubEvent, ClubSession
from services.events.club_events.use_cases import lock_to_change
from services.events.registrations import messages, storage
from services.events.registrations.use_cases.promotion import promote_waiting
from services.events.rooms import storage as rooms
from services.events.rooms.use_cases import ask_for_rooms


def change_capacity(call: Call, *, session_id: UUID, capacity: int, expected_version: int | None = None) -> ClubEvent:
    """The club event with another number of seats in one session. The queue moves up in the same transaction.
    `expected_version` is the version of the club event. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch,
    NotPublished, RegistrationClosed, CapacityTooLow."""
    club_event, session = lock_session_to_change(call, session_id, expected_version)
    session.check_open(call.now)
    larger = capacity > session.capacity
    session.resize(capacity, largest_waiting=storage.largest_waiting(call.session, session))
    club_event.changed()
    call.session.flush()
    promote_waiting(call, session)
    claim = rooms.lock_claim(call.session, club_event.id)
    if larger and claim is not None and session.place.space_id is not None:
        ask_for_rooms(call, club_event, claim)  # booking says whether the room holds so many
    return club_event


def lock_session_to_change(call: Call, session_id: UUID, expected_version: int | None) -> tuple[ClubEvent, ClubSession]:
    """The session with its club event, locked for its organiser. `expected_version` is the version of the club event. Raises
    Unauthenticated, NotFound, Forbidden, VersionMismatch."""
    found = club_events.find_session(call.session, session_id)
    if found is None:
        raise NotFound(session_id=str(session_id))
    club_event = lock_to_change(call, found.club_event_id, expected_version)
    session = next((session for session in club_event.sessions if session.id == session_id), None)
    if session is None:  # the draft was revised between the two statements
        raise NotFound(session_id=str(session_id))
    return club_event, session


def cancel_club_event(call: Call, *, club_event_id: UUID, reason: str, expected_version: int | None = None) -> ClubEvent:
    """Cancel a club event with the registrations of its sessions, each with its own message, and give its rooms back.
    Registrations of sessions that are over stay as a record. Cancelling a draft announces nothing.
    Raises Unauthenticated, NotFound, Forbidden, VersionMismatch, AlreadyCancelled, AlreadyOver."""
    club_event = lock_to_change(call, club_event_id, expected_version)
    club_event.cancel(call.now, reason)
    _free_rooms(call, club_event)
    if not club_event.announced:
        return club_event
    session_ids = [session.id for session in club_event.sessions if session.takes_place_after(call.now)]
    cancelled = _cancel_registrations(call, session_ids, "club_event_cancelled")
    outbox.add(call.session, club_event_cancelled(club_event, call.now, registrations_cancelled=len(cancelled)), *cancelled)
    return club_event


def cancel_session(call: Call, *, session_id: UUID, reason: str, expected_version: int | None = None) -> ClubEvent:
    """Call off one session of a published club event with its registrations, each with its own message, and give its room back.
    `expected_version` is the version of the club event. Raises Unauthenticated, NotFound, Forbidden, VersionMismatch,
    NotPublished, SessionNotMovable, LastSession."""
    club_event, session = lock_session_to_change(call, session_id, expected_version)
    club_event.cancel_session(session, call.now, reason)
    cancelled = _cancel_registrations(call, [session_id], "session_cancelled")
    about = session_cancelled(club_event, session, call.now, registrations_cancelled=len(cancelled))
    outbox.add(call.session, about, *cancelled)
    claim = rooms.lock_claim(call.session, club_event.id)
    if claim is not None:
        if claim.moving == session_id:
            claim.move = None
        claim.forget_refusals([session_id])
        ask_for_rooms(call, club_event, claim)
    return club_event


def _free_rooms(call: Call, club_event: ClubEvent) -> None:
    """Give the rooms of a cancelled club event back."""
    claim = rooms.lock_claim(call.session, club_event.id)
    if claim is not None:
        claim.move = None
        ask_for_rooms(call, club_event, claim)


def _cancel_registrations(call: Call, session_ids: Sequence[UUID], reason: messages.CancelReason) -> list[Message]:
    cancelled = []
    for registration in storage.lock_active_registrations(call.session, session_ids):
        previous_state = registration.state
        registration.cancel(call.now, by="staff")
        cancelled.append(messages.registration_cancelled(registration, call.now, previous_state=previous_state, reason=reason))
    return cancelled
