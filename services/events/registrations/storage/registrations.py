"""Registrations by id, and in pages."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from chassis.database.communities import within
from chassis.database.pagination import Key, Page, page
from chassis.rpc.communities import Communities
from services.events.club_events.models import ClubEvent, ClubSession
from services.events.registrations.models import Registration
from services.events.registrations.storage.queue import set_positions

WITH_CLUB_EVENT = joinedload(Registration.session).joinedload(ClubSession.club_event)


def find_registration(session: Session, registration_id: UUID) -> Registration | None:
    """The registration with its session and club event, and with its position if it waits."""
    statement = select(Registration).where(Registration.id == registration_id).options(WITH_CLUB_EVENT)
    registration = session.scalars(statement).one_or_none()
    set_positions(session, [registration] if registration else [])
    return registration


def lock_registration(session: Session, registration_id: UUID) -> Registration | None:
    """The registration with its session and club event, read again and locked. The row of the session is locked first.

    Two statements: while the first waits for the session, another transaction may change the registration. The second
    reads that change."""
    of_registration = select(Registration.session_id).where(Registration.id == registration_id).scalar_subquery()
    session.scalar(select(ClubSession.id).where(ClubSession.id == of_registration).with_for_update(key_share=True))
    statement = select(Registration).where(Registration.id == registration_id).options(WITH_CLUB_EVENT)
    statement = statement.with_for_update(of=Registration).execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()


def find_active_registration(session: Session, session_id: UUID, resident_id: UUID) -> Registration | None:
    """The resident's registration for a session that is not cancelled. There is at most one."""
    return session.scalars(
        select(Registration).where(
            Registration.session_id == session_id, Registration.resident_id == resident_id, Registration.state != "cancelled"
        )
    ).one_or_none()


def lock_active_registrations(session: Session, session_ids: Iterable[UUID]) -> list[Registration]:
    """All registrations of the sessions that are not cancelled. The caller holds the locks of the sessions' rows."""
    statement = select(Registration).where(Registration.session_id.in_(session_ids), Registration.state != "cancelled")
    return list(session.scalars(statement.order_by(Registration.id).with_for_update()))


def list_registrations(
    session: Session,
    *,
    resident_ids: Sequence[UUID] | None,
    communities: Communities,
    session_id: UUID | None,
    club_event_id: UUID | None,
    state: str | None,
    limit: int,
    cursor: str | None,
) -> Page[Registration]:
    """Latest first, with sessions, club events and positions. Two statements, one if nobody on the page waits."""
    statement = select(Registration).join(Registration.session).join(ClubSession.club_event)
    statement = statement.options(contains_eager(Registration.session).contains_eager(ClubSession.club_event))
    statement = statement.where(within(Registration.community_id, communities))
    if resident_ids is not None:
        statement = statement.where(Registration.resident_id.in_(resident_ids))
    for column, value in (
        (Registration.session_id, session_id),
        (ClubEvent.id, club_event_id),
        (Registration.state, state),
    ):
        if value is not None:
            statement = statement.where(column == value)
    keys: list[Key] = [(Registration.created_at, "desc"), (Registration.id, "desc")]
    found = page(session, statement, keys=keys, limit=limit, cursor=cursor)
    set_positions(session, found.items)
    return found
