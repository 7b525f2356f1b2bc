"""Club events: drafted, revised, published, cancelled; and seen."""

from typing import Any

from chassis.database.pagination import Page
from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.events import messages
from services.events.access import account, check_organises, check_sees, community_of, may_see_drafts, serves
from services.events.models import Club, ClubEvent, ClubSession
from services.events.storage import club_events as storage
from services.events.storage import clubs, registrations
from services.events.use_cases.promotion import promote_waiting


def list_club_events(call: Call, data: dict[str, Any]) -> Page[ClubEvent]:
    """Club events of one community. Who does not prepare them sees the published ones, or, asking for them, those
    cancelled after publication; asking for drafts they see none."""
    community_id = community_of(call.acting, data["community_id"])
    insider = may_see_drafts(call.acting, community_id)
    wanted = storage.Wanted(
        community_id=community_id,
        section=data["section"],
        club_id=data["club_id"],
        state=data["state"] or (None if insider else "published"),
        from_=data["from_"],
        to=data["to"],
        q=data["q"],
        announced_only=not insider,
    )
    return storage.list_club_events(call.session, wanted, limit=data["limit"], cursor=data["cursor"])


def get_club_event(call: Call, data: dict[str, Any]) -> ClubEvent:
    """Raises NotFound, also for what has never been published, unless the caller prepares club events there."""
    return check_sees(call.acting, storage.get_club_event(call.session, data["club_event_id"]))


def draft_club_event(call: Call, data: dict[str, Any]) -> ClubEvent:
    """A draft of the caller's club event, seen by staff only.
    Raises Forbidden unless an organiser acts, NotFound for the club, SessionInPast."""
    call.acting.require_role("organiser")
    club = _club(call, data["club_id"])
    club_event = ClubEvent(
        community_id=club.community_id,
        club=club,
        section=data["section"],
        title=data["title"],
        description=data["description"],
        location=data["location"],
        space_id=data["space_id"],
        audience=data["audience"],
        state="draft",
        organiser_id=account(call.acting),
        created_at=call.now,
    )
    club_event.schedule(_sessions(call, club.community_id, data["sessions"]), call.now)
    call.session.add(club_event)
    call.session.flush()
    return club_event


def revise_club_event(call: Call, data: dict[str, Any]) -> ClubEvent:
    """Change what is given of a draft; `sessions` replaces them all.
    Raises NotFound, Forbidden, VersionMismatch, NotDraft, SessionInPast."""
    club_event = _to_change(call, data)
    changes = {name: value for name, value in data.items() if name not in ("club_event_id", "expected_version")}
    sessions = changes.pop("sessions", None)
    if club_id := changes.pop("club_id", None):
        changes["club"] = _club(call, club_id, same_as=club_event)
    club_event.revise(changes)
    if sessions is not None:
        club_event.schedule(_sessions(call, club_event.community_id, sessions), call.now)
    call.session.flush()
    return club_event


def publish_club_event(call: Call, data: dict[str, Any]) -> ClubEvent:
    """Show a draft to everybody and open its registration.
    Raises NotFound, Forbidden, VersionMismatch, NotDraft, SessionInPast."""
    club_event = _to_change(call, data)
    club_event.publish(call.now)
    outbox.add(call.session, messages.club_event_published(club_event, call.now))
    return club_event


def cancel_club_event(call: Call, data: dict[str, Any]) -> ClubEvent:
    """Call it off: registrations of the sessions that are not over are cancelled with it, each with its own message.
    Those of sessions that are over stay, as a record. A draft is dropped without a word.
    Raises NotFound, Forbidden, VersionMismatch, AlreadyCancelled, AlreadyOver."""
    club_event = _to_change(call, data)
    club_event.cancel(call.now, data["reason"])
    if not club_event.announced:
        return club_event
    sessions = {session.id: session for session in club_event.sessions if not session.is_over(call.now)}
    facts = []
    for registration in registrations.lock_active(call.session, sessions):
        previous_state = registration.state
        sessions[registration.session_id].let_go(registration)
        registration.cancel(call.now, by="staff")
        facts.append(
            messages.registration_cancelled(
                registration, call.now, previous_state=previous_state, reason="club_event_cancelled"
            )
        )
    cancelled = messages.club_event_cancelled(club_event, call.now, registrations_cancelled=len(facts))
    outbox.add(call.session, cancelled, *facts)
    return club_event


def change_capacity(call: Call, data: dict[str, Any]) -> ClubEvent:
    """Give a session of a published club event more or fewer seats; those who wait move up in the same transaction.
    Raises NotFound, Forbidden, VersionMismatch, NotPublished, RegistrationClosed, CapacityTooLow."""
    club_event_id = registrations.get_session(call.session, data["session_id"]).club_event_id
    club_event = _to_change(call, {**data, "club_event_id": club_event_id})
    session = next(session for session in club_event.sessions if session.id == data["session_id"])
    session.check_open(call.now)
    session.resize(data["capacity"], largest_waiting=registrations.largest_waiting(call.session, session))
    club_event.changed()
    call.session.flush()
    promote_waiting(call, session)
    return club_event


def _to_change(call: Call, data: dict[str, Any]) -> ClubEvent:
    """The club event, locked, if the caller may change it and has seen its present version."""
    club_event = storage.lock_club_event(call.session, data["club_event_id"])
    check_organises(call.acting, club_event)
    club_event.expect_version(data["expected_version"])
    return club_event


def _club(call: Call, club_id: Any, same_as: ClubEvent | None = None) -> Club:
    """A club that the caller organises for. Raises NotFound, also for one of another community than `same_as`."""
    club = clubs.get_club(call.session, club_id)
    if not serves(call.acting, club.community_id, ("organiser",)) or (
        same_as is not None and club.community_id != same_as.community_id
    ):
        raise NotFound(club_id=str(club_id))
    return club


def _sessions(call: Call, community_id: str, wanted: list[dict[str, Any]]) -> list[ClubSession]:
    return [
        ClubSession(
            community_id=community_id,
            starts_at=session["starts_at"],
            ends_at=session["ends_at"],
            capacity=session["capacity"],
            registration_opens_at=session["registration_opens_at"] or call.now,
            registration_closes_at=session["registration_closes_at"] or session["starts_at"],
        )
        for session in wanted
    ]
