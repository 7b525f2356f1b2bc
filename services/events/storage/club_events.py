"""Club events with their sessions in the database."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from chassis.database.pagination import Key, Page, page
from chassis.rpc.refusal import NotFound
from services.events.models import MAX_DURATION, ClubEvent, ClubSession

# A club event as it is shown: with its club in the same row and its sessions in one more query.
WHOLE = (joinedload(ClubEvent.club), selectinload(ClubEvent.sessions))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of club events is narrowed to. `from_` and `to` (aware) keep those with a session in [from_, to)."""

    community_id: str
    section: str | None = None
    club_id: UUID | None = None
    state: str | None = None
    from_: datetime | None = None
    to: datetime | None = None
    q: str | None = None
    announced_only: bool = True


def get_club_event(session: Session, club_event_id: UUID) -> ClubEvent:
    """With club and sessions. Raises NotFound."""
    return _found(session, select(ClubEvent).options(*WHOLE), club_event_id)


def lock_club_event(session: Session, club_event_id: UUID) -> ClubEvent:
    """The same, locked together with its sessions, as they are now. Raises NotFound.

    NO KEY UPDATE: whoever registers meanwhile may still refer to the session, and waits for its row alone."""
    lock = select(ClubEvent).with_for_update(key_share=True, of=ClubEvent).options(joinedload(ClubEvent.club))
    club_event = _found(session, lock, club_event_id)
    lock_sessions = select(ClubSession).where(ClubSession.club_event_id == club_event_id).order_by(ClubSession.id)
    session.scalars(lock_sessions.with_for_update(key_share=True), execution_options={"populate_existing": True}).all()
    session.refresh(club_event, ["sessions"])
    return club_event


def _found(session: Session, statement: Select[ClubEvent], club_event_id: UUID) -> ClubEvent:
    statement = statement.where(ClubEvent.id == club_event_id).execution_options(populate_existing=True)
    if (club_event := session.scalars(statement).one_or_none()) is None:
        raise NotFound(club_event_id=str(club_event_id))
    return club_event


def list_club_events(session: Session, wanted: Wanted, *, limit: int, cursor: str | None) -> Page[ClubEvent]:
    """Two queries, however many there are. With `from_` it is an agenda, earliest first; without, latest first."""
    statement = select(ClubEvent).options(*WHOLE).where(ClubEvent.community_id == wanted.community_id)
    if wanted.state:
        statement = statement.where(ClubEvent.state == wanted.state)
    if wanted.announced_only:
        statement = statement.where(ClubEvent.published_at.is_not(None))
    if wanted.section:
        statement = statement.where(ClubEvent.section == wanted.section)
    if wanted.club_id:
        statement = statement.where(ClubEvent.club_id == wanted.club_id)
    if wanted.q:
        titles = (ClubEvent.title[language].astext for language in ("zh-CN", "en"))
        statement = statement.where(or_(*(title.icontains(wanted.q, autoescape=True) for title in titles)))
    if wanted.from_ or wanted.to:
        statement = statement.where(ClubEvent.id.in_(_with_session_in(wanted)))
    keys: list[Key] = (
        [(ClubEvent.first_starts_at, "asc"), (ClubEvent.id, "asc")]
        if wanted.from_
        else [(ClubEvent.first_starts_at, "desc"), (ClubEvent.id, "desc")]
    )
    return page(session, statement, keys=keys, limit=limit, cursor=cursor)


def _with_session_in(wanted: Wanted) -> Select[UUID]:
    """Ids of club events with a session that overlaps the time asked for. No session lasts longer than a day, so the
    index on the start finds them all from one day before."""
    sessions = select(ClubSession.club_event_id).where(ClubSession.community_id == wanted.community_id)
    if wanted.to:
        sessions = sessions.where(ClubSession.starts_at < wanted.to)
    if wanted.from_:
        sessions = sessions.where(ClubSession.starts_at > wanted.from_ - MAX_DURATION, ClubSession.ends_at > wanted.from_)
    return sessions
