"""Questions by id and in pages, dates that are to be asked about, and questions whose time is over.

Bookings are locked before questions. The jobs skip what others have locked, so they wait for nobody."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, distinct, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from chassis.config import settings
from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.calendar.models import Community
from services.booking.interface.questions import OPEN
from services.booking.questions.models import ANSWER_BEFORE, ASK_BEFORE, DECIDED_BEFORE, LEAST_TIME, DateQuestion
from services.booking.series.models import Series
from services.booking.spaces.models import Space

_date = aliased(Booking)


def find(session: Session, question_id: UUID) -> DateQuestion | None:
    """The question with its booking and space. Nothing is locked."""
    with_booking = joinedload(DateQuestion.booking, innerjoin=True).joinedload(Booking.space, innerjoin=True)
    return session.scalar(select(DateQuestion).where(DateQuestion.id == question_id).options(with_booking))


def place_of(session: Session, question_id: UUID) -> tuple[UUID, UUID | None] | None:
    """The ids of the booking and of the series that the question is about. Nothing is locked, and no object is loaded, so that
    the locks load what is true then."""
    statement = select(Booking.id, Booking.series_id).join(DateQuestion, DateQuestion.booking_id == Booking.id)
    row = session.execute(statement.where(DateQuestion.id == question_id)).one_or_none()
    return (row[0], row[1]) if row else None


def lock(session: Session, question_id: UUID, booking: Booking) -> DateQuestion:
    """The question about `booking`, which the caller has locked, as it is now."""
    statement = select(DateQuestion).where(DateQuestion.id == question_id).with_for_update(of=DateQuestion)
    question = session.scalars(statement.execution_options(populate_existing=True)).one()
    set_committed_value(question, "booking", booking)
    return question


def list_questions(
    session: Session,
    *,
    communities: Communities,
    resident_ids: Sequence[UUID] | None,
    series_id: UUID | None,
    booking_id: UUID | None,
    closure_id: UUID | None,
    state: str | None,
    limit: int,
    cursor: str | None,
) -> Page[DateQuestion]:
    """Questions in `communities` with their bookings and spaces. Open ones, which still stand, the most urgent first; else the
    latest first."""
    statement = select(DateQuestion).join(DateQuestion.booking).join(Booking.space)
    statement = statement.options(contains_eager(DateQuestion.booking).contains_eager(Booking.space))
    statement = statement.where(within(DateQuestion.community_id, communities))
    if resident_ids is not None:
        statement = statement.where(Booking.resident_id.in_(resident_ids))
    if series_id is not None:
        statement = statement.where(Booking.series_id == series_id)
    if booking_id is not None:
        statement = statement.where(DateQuestion.booking_id == booking_id)
    if closure_id is not None:
        statement = statement.where(DateQuestion.closure_id == closure_id)
    if state is not None:
        statement = statement.where(DateQuestion.state == state)
    if state == OPEN:
        statement = statement.where(_stands())
    way: Literal["asc", "desc"] = "asc" if state == OPEN else "desc"
    return page(session, statement, keys=[(DateQuestion.answer_by, way), (DateQuestion.id, way)], limit=limit, cursor=cursor)


def zones(session: Session) -> list[ZoneInfo]:
    """The time zones of the communities, with the default of the installation."""
    known = session.scalars(select(distinct(Community.time_zone)))
    return [ZoneInfo(name) for name in {settings().time_zone, *known}]


def lock_to_ask(session: Session, now: datetime, awake: Collection[ZoneInfo], limit: int) -> Sequence[Booking]:
    """Up to `limit` dates of series about which nobody has asked yet and that are due, in communities of the zones `awake`,
    locked and with their spaces. Dates that others have locked are skipped; they are asked about next time."""
    zone = select(Community.time_zone).where(Community.id == Booking.community_id).scalar_subquery()
    dates = select(func.count(distinct(_date.series_day))).where(_date.series_id == Booking.series_id).scalar_subquery()
    due = (
        select(Booking)
        .join(Series, Series.id == Booking.series_id)
        .join(Space, Space.id == Booking.space_id)
        .where(
            Booking.starts_at <= now + ASK_BEFORE,
            Booking.starts_at >= now + ANSWER_BEFORE + LEAST_TIME,
            Booking.state == "confirmed",
            func.coalesce(Booking.moved_at, Booking.created_at) <= Booking.starts_at - DECIDED_BEFORE,
            Series.not_asked.is_(None),
            Space.ask_from_dates > 0,
            Space.ask_from_dates <= dates,
            func.coalesce(zone, settings().time_zone).in_([one.key for one in awake]),
            ~exists().where(DateQuestion.booking_id == Booking.id, DateQuestion.starts_at == Booking.starts_at),
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(limit)
    )
    locked = due.options(selectinload(Booking.space)).with_for_update(of=Booking, skip_locked=True)
    return session.scalars(locked).all()


def add(session: Session, question: DateQuestion) -> bool:
    """Store it. False if another replica has asked about this date and time meanwhile: its transaction was not seen by the
    statement that looked for dates."""
    columns = {column.key: getattr(question, column.key) for column in DateQuestion.__table__.columns}
    new = insert(DateQuestion).values(columns).on_conflict_do_nothing(constraint="date_question_asked_once")
    return session.scalar(new.returning(DateQuestion.id)) is not None


def overdue(session: Session, now: datetime) -> tuple[UUID, UUID] | None:
    """The ids of a question without an answer in time, the longest overdue, and of its booking. Nothing is locked."""
    due = select(DateQuestion.id, DateQuestion.booking_id).where(DateQuestion.state == OPEN, DateQuestion.answer_by <= now)
    row = session.execute(due.order_by(DateQuestion.answer_by, DateQuestion.id).limit(1)).one_or_none()
    return (row[0], row[1]) if row else None


def lock_outdated(session: Session, limit: int) -> Sequence[DateQuestion]:
    """Up to `limit` open questions whose dates were moved or cancelled, or whose series is not asked any more, locked and with
    their bookings and spaces. Those that others have locked are skipped."""
    stopped = exists().where(Series.id == Booking.series_id, Series.not_asked.is_not(None), DateQuestion.closure_id.is_(None))
    over = select(DateQuestion).join(DateQuestion.booking).where(DateQuestion.state == OPEN, or_(~_stands(), stopped))
    with_booking = selectinload(DateQuestion.booking).selectinload(Booking.space)
    locked = over.options(with_booking).limit(limit).with_for_update(of=DateQuestion, skip_locked=True)
    return session.scalars(locked).all()


def lock_open_of(session: Session, series_id: UUID) -> Sequence[DateQuestion]:
    """The open questions about dates of the series, locked in the order of their ids, with their bookings and spaces."""
    asked = select(DateQuestion).join(DateQuestion.booking).where(DateQuestion.state == OPEN, Booking.series_id == series_id)
    asked = asked.where(DateQuestion.closure_id.is_(None))
    with_booking = selectinload(DateQuestion.booking).selectinload(Booking.space)
    return session.scalars(asked.options(with_booking).order_by(DateQuestion.id).with_for_update(of=DateQuestion)).all()


def _stands() -> ColumnElement[bool]:
    """Whether the joined booking is still as it was asked about."""
    same_space = or_(DateQuestion.space_id.is_(None), DateQuestion.space_id == Booking.space_id)
    return (Booking.state == "confirmed") & (Booking.starts_at == DateQuestion.starts_at) & same_space
