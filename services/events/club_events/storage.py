"""Selects and locks of club events and sessions.

Rows are always locked in one order, so that transactions cannot deadlock: club event, then its sessions, then their
registrations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from chassis.database.communities import within
from chassis.database.pagination import Key, Page, page
from chassis.rpc.communities import Communities
from services.events.club_events.models import ClubEvent, ClubSession
from services.events.interface.club_events import MAX_DURATION

# Loads the club in the same statement, and all sessions in a second one.
WITH_CLUB_AND_SESSIONS = (joinedload(ClubEvent.club), selectinload(ClubEvent.sessions))


def find_club_event(session: Session, club_event_id: UUID) -> ClubEvent | None:
    """The club event with its club and sessions."""
    return _fresh(session, select(ClubEvent).options(*WITH_CLUB_AND_SESSIONS).where(ClubEvent.id == club_event_id))


def lock_club_event(session: Session, club_event_id: UUID) -> ClubEvent | None:
    """The club event with its club and sessions, read again and locked together with its sessions.

    The locks are FOR NO KEY UPDATE. Inserts of registrations refer to the session by a foreign key, and would wait for a
    stronger lock."""
    lock = select(ClubEvent).with_for_update(key_share=True, of=ClubEvent).options(joinedload(ClubEvent.club))
    club_event = _fresh(session, lock.where(ClubEvent.id == club_event_id))
    if club_event is None:
        return None
    lock_sessions = select(ClubSession).where(ClubSession.club_event_id == club_event_id).order_by(ClubSession.id)
    session.scalars(lock_sessions.with_for_update(key_share=True), execution_options={"populate_existing": True}).all()
    session.refresh(club_event, ["sessions"])
    return club_event


def _fresh(session: Session, statement: Select[ClubEvent]) -> ClubEvent | None:
    return session.scalars(statement, execution_options={"populate_existing": True}).one_or_none()


def find_session(session: Session, session_id: UUID) -> ClubSession | None:
    """The session with its club event."""
    statement = select(ClubSession).where(ClubSession.id == session_id).options(joinedload(ClubSession.club_event))
    return session.scalars(statement, execution_options={"populate_existing": True}).one_or_none()


def list_club_events(
    session: Session,
    *,
    communities: Communities,
    section: str | None,
    club_id: UUID | None,
    state: str | None,
    announced_only: bool,
    start: datetime | None,
    end: datetime | None,
    q: str | None,
    limit: int,
    cursor: str | None,
) -> Page[ClubEvent]:
    """Club events of `communities` that have a session between `start` and `end` (aware, half-open), with their clubs and
    sessions. `q` is searched in the titles. Sorted by the first session: earliest first if `start` is given, else latest first.
    Two statements."""
    statement = select(ClubEvent).options(*WITH_CLUB_AND_SESSIONS).where(within(ClubEvent.community_id, communities))
    if state is not None:
        statement = statement.where(ClubEvent.state == state)
    if announced_only:
        statement = statement.where(ClubEvent.published_at.is_not(None))
    if section is not None:
        statement = statement.where(ClubEvent.section == section)
    if club_id is not None:
        statement = statement.where(ClubEvent.club_id == club_id)
    if q is not None:
        titles = (ClubEvent.title[language].astext for language in ("zh-CN", "en"))
        statement = statement.where(or_(*(title.icontains(q, autoescape=True) for title in titles)))
    if start is not None or end is not None:
        statement = statement.where(ClubEvent.id.in_(_ids_with_session_in(communities, start, end)))
    keys: list[Key] = (
        [(ClubEvent.first_starts_at, "desc"), (ClubEvent.id, "desc")]
        if start is None
        else [(ClubEvent.first_starts_at, "asc"), (ClubEvent.id, "asc")]
    )
    return page(session, statement, keys=keys, limit=limit, cursor=cursor)


def _ids_with_session_in(communities: Communities, start: datetime | None, end: datetime | None) -> Select[UUID]:
    sessions = select(ClubSession.club_event_id).where(within(ClubSession.community_id, communities))
    if end is not None:
        sessions = sessions.where(ClubSession.starts_at < end)
    if start is not None:
        # The first condition follows from the second, because no session is longer than MAX_DURATION. It is there for the
        # index on starts_at.
        sessions = sessions.where(ClubSession.starts_at > start - MAX_DURATION, ClubSession.ends_at > start)
    return sessions
