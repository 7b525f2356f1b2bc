"""Taking seats: one statement checks the session, changes its counters and inserts the registration."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import CTE, DateTime, Integer, Select, Uuid, and_, bindparam, case, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value
from uuid_utils.compat import uuid7

from services.events.club_events.models import ClubEvent, ClubSession
from services.events.registrations.models import Registration


@dataclass(frozen=True, slots=True)
class Wish:
    """A resident wants seats in a session. `registered_by` is the account that acts."""

    session_id: UUID
    resident_id: UUID
    registered_by: UUID
    seats: int


@dataclass(frozen=True, slots=True)
class Claim:
    """`registration` is None if the resident is registered already. The counters have changed nevertheless, so the caller
    must roll the transaction back."""

    registration: Registration | None


def claim(session: Session, wish: Wish, now: datetime) -> Claim | None:
    """Take seats, or a place in the queue, with one guarded UPDATE and an INSERT that depends on it. One round trip, and no
    counting of registrations. The UPDATE locks the row of the session, and PostgreSQL evaluates it against the newest
    version of the row, so the last seat is given once. The CHECK on the table would refuse a mistake.

    None if the session takes no such registration at `now`: it is unknown, not published, outside its registration time, or
    smaller than the wish."""
    parameters = {
        "wish_session_id": wish.session_id,
        "wish_resident_id": wish.resident_id,
        "wish_registered_by": wish.registered_by,
        "wish_seats": wish.seats,
        "new_id": uuid7(),
        "now": now,
    }
    row = session.execute(_statement(), parameters, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        return None
    club_session, club_event = row[0], row[1]
    registration: Registration | None = row[2]  # from an outer join
    if registration is None:
        return Claim(None)
    set_committed_value(club_session, "club_event", club_event)
    set_committed_value(registration, "session", club_session)
    if registration.state == "waitlisted":
        registration.position = club_session.waiting  # everybody else in the queue came before
    return Claim(registration)


@cache  # SQLAlchemy takes longer to build the statement than to run it
def _statement() -> Select[ClubSession, ClubEvent, Registration]:
    counted = _count_in()
    inserted = _insert_registration(counted)
    club_session = aliased(ClubSession, counted)
    registration = aliased(Registration, inserted)
    return (
        select(club_session, ClubEvent, registration)
        .join(ClubEvent, ClubEvent.id == counted.c.club_event_id)
        .outerjoin(registration, registration.session_id == counted.c.id)
        .options(joinedload(ClubEvent.club))
    )


def _count_in() -> CTE:
    """The guarded UPDATE of the session. The wish is counted in `taken` if the seats are free and nobody waits, else in
    `waiting`. So `waiting = 0` in the result means that the seats were given."""
    row = ClubSession.__table__.c
    seats, now = bindparam("wish_seats", type_=Integer), bindparam("now", type_=DateTime(timezone=True))
    fits = and_(row.waiting == 0, row.taken + seats <= row.capacity)
    return (
        update(ClubSession.__table__)  # type: ignore[arg-type]  # declared as FromClause; a mapped class has a Table
        .where(
            row.id == bindparam("wish_session_id", type_=Uuid),
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
        .cte("counted")
    )


def _insert_registration(counted: CTE) -> CTE:
    """The INSERT of the registration. The partial unique index lets it insert nothing if the resident has an active
    registration for this session."""
    waits = counted.c.waiting > 0
    values = {
        "id": bindparam("new_id", type_=Uuid),
        "community_id": counted.c.community_id,
        "version": literal(1),
        "session_id": counted.c.id,
        "resident_id": bindparam("wish_resident_id", type_=Uuid),
        "registered_by": bindparam("wish_registered_by", type_=Uuid),
        "seats": bindparam("wish_seats", type_=Integer),
        "state": case((waits, "waitlisted"), else_="confirmed"),
        "queue_no": case((waits, counted.c.last_queue_no)),
        "created_at": bindparam("now", type_=DateTime(timezone=True)),
    }
    table = Registration.__table__
    return (
        insert(table)  # type: ignore[arg-type]  # as above
        .from_select(list(values), select(*values.values()))
        .on_conflict_do_nothing(index_elements=["session_id", "resident_id"], index_where=text("state <> 'cancelled'"))
        .returning(*table.c)
        .cte("inserted")
    )
