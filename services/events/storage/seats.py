"""Taking seats: one statement that decides, counts and records, whoever else is trying."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import CTE, DateTime, Integer, Select, Uuid, and_, bindparam, case, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value
from uuid_utils.compat import uuid7

from services.events.models import ClubEvent, ClubSession, Registration


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants how many seats in which session; `registered_by` acts."""

    session_id: UUID
    resident_id: UUID
    registered_by: UUID
    seats: int


@dataclass(frozen=True, slots=True)
class Claim:
    """`registration` is None if the resident already had one: the transaction must then be rolled back, since the
    counter has moved."""

    registration: Registration | None


def claim(session: Session, wish: Wish, now: datetime) -> Claim | None:
    """Give seats, or a place in the queue, by one guarded UPDATE and the INSERT that hangs on it: one round trip, and
    no counting of registrations. The UPDATE takes the session's row lock and PostgreSQL evaluates it against the
    row's newest version, so the last seat is given once; the CHECK on the table would refuse anything else.

    None if the session takes no such registration now (unknown, not published, outside its window, too small)."""
    wanted = {
        "of_session": wish.session_id,
        "for_resident": wish.resident_id,
        "by_account": wish.registered_by,
        "wanted_seats": wish.seats,
        "new_id": uuid7(),
        "at": now,
    }
    row = session.execute(_statement(), wanted, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        return None
    sitting, club_event = row[0], row[1]
    new: Registration | None = row[2]  # of an outer join
    if new is None:
        return Claim(None)
    set_committed_value(sitting, "club_event", club_event)
    set_committed_value(new, "session", sitting)
    if new.state == "waitlisted":
        new.position = sitting.waiting  # everybody else who waits came before
    return Claim(new)


@cache
def _statement() -> Select[ClubSession, ClubEvent, Registration]:
    """Built once: putting it together costs more than running it."""
    claimed = _count_in()
    made = _record(claimed)
    club_session = aliased(ClubSession, claimed)
    registration = aliased(Registration, made)
    return (
        select(club_session, ClubEvent, registration)
        .join(ClubEvent, ClubEvent.id == claimed.c.club_event_id)
        .outerjoin(registration, registration.session_id == claimed.c.id)
        .options(joinedload(ClubEvent.club))
    )


def _count_in() -> CTE:
    """The session with the wish counted: as seats if they are free *and nobody waits*, else in the queue. So after
    it, `waiting = 0` says that the seats were given."""
    row = ClubSession.__table__.c
    seats, now = bindparam("wanted_seats", type_=Integer), bindparam("at", type_=DateTime(timezone=True))
    fits = and_(row.waiting == 0, row.taken + seats <= row.capacity)
    return (
        update(ClubSession.__table__)  # type: ignore[arg-type]  # declared as FromClause; a mapped class has a Table
        .where(
            row.id == bindparam("of_session", type_=Uuid),
            row.open,
            row.capacity >= seats,
            row.registration_opens_at <= now,
            row.registration_closes_at > now,
            row.starts_at > now,
        )
        .values(
            taken=row.taken + case((fits, seats), else_=0),
            waiting=row.waiting + case((fits, 0), else_=1),
            last_queue_no=row.last_queue_no + case((fits, 0), else_=1),
        )
        .returning(*row)
        .cte("claimed")
    )


def _record(claimed: CTE) -> CTE:
    """The registration, unless the resident has an active one in this session (the partial unique index decides)."""
    queues = claimed.c.waiting > 0
    values = {
        "id": bindparam("new_id", type_=Uuid),
        "community_id": claimed.c.community_id,
        "version": literal(1),
        "session_id": claimed.c.id,
        "resident_id": bindparam("for_resident", type_=Uuid),
        "registered_by": bindparam("by_account", type_=Uuid),
        "seats": bindparam("wanted_seats", type_=Integer),
        "state": case((queues, "waitlisted"), else_="confirmed"),
        "queue_no": case((queues, claimed.c.last_queue_no)),
        "created_at": bindparam("at", type_=DateTime(timezone=True)),
    }
    table = Registration.__table__
    return (
        insert(table)  # type: ignore[arg-type]  # as above
        .from_select(list(values), select(*values.values()))
        .on_conflict_do_nothing(index_elements=["session_id", "resident_id"], index_where=text("state <> 'cancelled'"))
        .returning(*table.c)
        .cte("made")
    )
