"""The queue of a session: registrations with the state `waitlisted`, in the order of `queue_no`."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from services.events.club_events.models import ClubSession
from services.events.registrations.models import Registration


def lock_queue_front(session: Session, club_session: ClubSession) -> list[Registration]:
    """The registrations that may be promoted now, in order, locked. Each takes at least one seat, so there are at most as
    many as free seats. The caller holds the lock of the session's row."""
    if not club_session.waiting or club_session.free_seats <= 0:
        return []
    queue = select(Registration).where(*_waits_in(club_session.id)).order_by(Registration.queue_no)
    return list(session.scalars(queue.limit(club_session.free_seats).with_for_update()))


def largest_waiting(session: Session, club_session: ClubSession) -> int:
    """The largest number of seats that one registration in the queue asks for. 0 if nobody waits."""
    if not club_session.waiting:
        return 0
    return session.scalar(select(func.max(Registration.seats)).where(*_waits_in(club_session.id))) or 0


def set_positions(session: Session, registrations: Iterable[Registration]) -> None:
    """Set `position` of those that wait. One statement, none if nobody waits."""
    waiting = {registration.id: registration for registration in registrations if registration.state == "waitlisted"}
    if not waiting:
        return
    ahead = aliased(Registration)
    positions = (
        select(Registration.id, func.count(ahead.id))
        .join(ahead, (ahead.session_id == Registration.session_id) & (ahead.queue_no <= Registration.queue_no))
        .where(Registration.id.in_(waiting), ahead.state == "waitlisted")
        .group_by(Registration.id)
    )
    for registration_id, position in session.execute(positions):
        waiting[registration_id].position = position


def _waits_in(session_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (Registration.session_id == session_id, Registration.state == "waitlisted")
