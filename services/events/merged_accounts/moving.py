"""Moves registrations and memberships to the account that stays.

A resident has one active registration per session. If both accounts have one, the better stays: with seats rather than waiting,
then with more seats, then the earlier. The other is cancelled with the reason `merged`, and its seats go to the queue.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.events.club_events.models import ClubSession
from services.events.clubs import messages as club_messages
from services.events.clubs.models import Club, Membership
from services.events.registrations import messages, storage
from services.events.registrations.models import Registration
from services.events.registrations.use_cases.promotion import promote_waiting


def move(call: Call, goes: UUID, stays: UUID) -> None:
    for session_id in _sessions_of_both(call, goes, stays):
        _keep_one(call, session_id, goes, stays)
    call.session.flush()
    call.session.execute(update(Registration).where(Registration.resident_id == goes).values(resident_id=stays))
    made_by_both = update(Registration).where(Registration.registered_by == goes, Registration.resident_id == stays)
    call.session.execute(made_by_both.values(registered_by=stays))
    _move_memberships(call, goes, stays)


def _sessions_of_both(call: Call, goes: UUID, stays: UUID) -> list[UUID]:
    """Sessions for which both have an active registration, in the order of the locks."""
    sessions = [
        set(
            call.session.scalars(
                select(Registration.session_id).where(Registration.resident_id == one, Registration.state != "cancelled")
            )
        )
        for one in (goes, stays)
    ]
    return sorted(sessions[0] & sessions[1])


def _keep_one(call: Call, session_id: UUID, goes: UUID, stays: UUID) -> None:
    call.session.scalar(select(ClubSession.id).where(ClubSession.id == session_id).with_for_update(key_share=True))
    found = [storage.find_active_registration(call.session, session_id, one) for one in (goes, stays)]
    both = [one for one in found if one is not None]
    if len(both) < 2:  # one of them was cancelled meanwhile
        return
    worse = max(both, key=_rank)
    locked = storage.lock_registration(call.session, worse.id)
    if locked is None or locked.state == "cancelled":
        return
    previous_state = locked.state
    locked.cancel(call.now, by="staff")
    outbox.add(
        call.session,
        messages.registration_cancelled(locked, call.now, previous_state=previous_state, reason="merged"),
    )
    if not locked.session.has_started(call.now):
        promote_waiting(call, locked.session)


def _rank(registration: Registration) -> tuple[bool, int, datetime]:
    """The lowest stays."""
    return registration.state != "confirmed", -registration.seats, registration.created_at


def _move_memberships(call: Call, goes: UUID, stays: UUID) -> None:
    """One row per resident and club. If both are members, the membership that goes ends, and the club has one member less."""
    of_both = select(Membership).where(Membership.resident_id.in_([goes, stays]))
    rows = call.session.scalars(of_both.order_by(Membership.id).with_for_update()).all()
    kept = {row.club_id: row for row in rows if row.resident_id == stays}
    for row in (row for row in rows if row.resident_id == goes):
        if (other := kept.get(row.club_id)) is None:
            row.resident_id = stays
        elif row.left_at is None:
            _end(call, row, other)
    call.session.flush()


def _end(call: Call, row: Membership, other: Membership) -> None:
    """End the membership `row` in favour of `other`, which becomes a member if it is none."""
    club = call.session.get_one(Club, row.club_id)
    row.left_at = call.now
    row.changed()
    fewer = update(Club).where(Club.id == club.id).values(members_count=Club.members_count - 1)
    if other.left_at is None:
        call.session.execute(fewer.execution_options(synchronize_session=False))
    else:
        other.joined_at, other.left_at = row.joined_at, None
        other.changed()
        outbox.add(call.session, club_messages.club_joined(club, other, call.now))
    outbox.add(call.session, club_messages.club_left(club, row, call.now))
