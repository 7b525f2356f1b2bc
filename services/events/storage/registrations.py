"""Registrations and the queue in the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from chassis.database.pagination import Key, Page, page
from chassis.rpc.refusal import NotFound
from services.events.models import ClubEvent, ClubSession, Registration

WITH_CLUB_EVENT = joinedload(Registration.session).joinedload(ClubSession.club_event)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of registrations is narrowed to; None means no matter."""

    resident_id: UUID | None = None
    community_id: str | None = None
    session_id: UUID | None = None
    club_event_id: UUID | None = None
    state: str | None = None


def get_registration(session: Session, registration_id: UUID) -> Registration:
    """With its session and club event. Raises NotFound."""
    statement = select(Registration).where(Registration.id == registration_id).options(WITH_CLUB_EVENT)
    if (registration := session.scalars(statement).one_or_none()) is None:
        raise NotFound(registration_id=str(registration_id))
    rank(session, [registration])
    return registration


def lock_registration(session: Session, registration_id: UUID) -> Registration:
    """The same, with its session's row locked first and both as they are now. Raises NotFound.

    Two statements: the second sees what happened to the registration while the first waited for the session."""
    of_it = select(Registration.session_id).where(Registration.id == registration_id).scalar_subquery()
    lock_session(session, of_it)
    statement = select(Registration).where(Registration.id == registration_id).options(WITH_CLUB_EVENT)
    statement = statement.with_for_update(of=Registration).execution_options(populate_existing=True)
    if (registration := session.scalars(statement).one_or_none()) is None:
        raise NotFound(registration_id=str(registration_id))
    return registration


def lock_session(session: Session, session_id: object) -> ClubSession | None:
    """The session by id (a value or a scalar subquery), locked and as it is now."""
    statement = select(ClubSession).where(ClubSession.id == session_id).options(joinedload(ClubSession.club_event))
    statement = statement.with_for_update(key_share=True, of=ClubSession).execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()


def get_session(session: Session, session_id: UUID) -> ClubSession:
    """With its club event. Raises NotFound."""
    statement = select(ClubSession).where(ClubSession.id == session_id).options(joinedload(ClubSession.club_event))
    if (found := session.scalars(statement.execution_options(populate_existing=True)).one_or_none()) is None:
        raise NotFound(session_id=str(session_id))
    return found


def active_registration(session: Session, session_id: UUID, resident_id: UUID) -> Registration | None:
    return session.scalars(
        select(Registration).where(
            Registration.session_id == session_id, Registration.resident_id == resident_id, Registration.state != "cancelled"
        )
    ).one_or_none()


def queue_front(session: Session, club_session: ClubSession) -> list[Registration]:
    """Those who may be next, in order. Each takes at least one seat, so no more than there are free seats."""
    free = club_session.capacity - club_session.taken
    if not club_session.waiting or free <= 0:
        return []
    return list(session.scalars(_queue(club_session.id).limit(free).with_for_update()))


def largest_waiting(session: Session, club_session: ClubSession) -> int:
    """Seats that the largest party in the queue asks for; 0 if nobody waits."""
    if not club_session.waiting:
        return 0
    return session.scalar(select(func.max(Registration.seats)).where(*_waits_in(club_session.id))) or 0


def lock_active(session: Session, session_ids: Iterable[UUID]) -> list[Registration]:
    """Every active registration of the sessions, whose rows the caller has locked."""
    statement = select(Registration).where(Registration.session_id.in_(session_ids), Registration.state != "cancelled")
    return list(session.scalars(statement.order_by(Registration.id).with_for_update()))


def list_registrations(session: Session, wanted: Wanted, *, limit: int, cursor: str | None) -> Page[Registration]:
    """Newest first, with their club events, and with positions: two queries, one if nobody on the page waits."""
    statement = select(Registration).join(Registration.session).join(ClubSession.club_event)
    statement = statement.options(contains_eager(Registration.session).contains_eager(ClubSession.club_event))
    for column, value in (
        (Registration.resident_id, wanted.resident_id),
        (Registration.community_id, wanted.community_id),
        (Registration.session_id, wanted.session_id),
        (ClubEvent.id, wanted.club_event_id),
        (Registration.state, wanted.state),
    ):
        if value is not None:
            statement = statement.where(column == value)
    keys: list[Key] = [(Registration.created_at, "desc"), (Registration.id, "desc")]
    found = page(session, statement, keys=keys, limit=limit, cursor=cursor)
    rank(session, found.items)
    return found


def rank(session: Session, registrations: Iterable[Registration]) -> None:
    """Fill in `position` of those that wait, with one query."""
    waiting = {registration.id: registration for registration in registrations if registration.state == "waitlisted"}
    if not waiting:
        return
    ahead = aliased(Registration)
    ranks = (
        select(Registration.id, func.count(ahead.id))
        .join(ahead, (ahead.session_id == Registration.session_id) & (ahead.queue_no <= Registration.queue_no))
        .where(Registration.id.in_(waiting), ahead.state == "waitlisted")
        .group_by(Registration.id)
    )
    for registration_id, position in session.execute(ranks):
        waiting[registration_id].position = position


def _queue(session_id: UUID) -> Select[Registration]:
    return select(Registration).where(*_waits_in(session_id)).order_by(Registration.queue_no)


def _waits_in(session_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (Registration.session_id == session_id, Registration.state == "waitlisted")
