"""Tickets and calls."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.booking.bookings.models import Booking
from services.booking.counters.forecast import MEASURED
from services.booking.counters.models import Ticket, TicketCall
from services.booking.interface.counter_words import OPEN_STATES

LAST_CALLS = 8  # on the wall
_PLAIN = {"synchronize_session": False}


def find_by_secret(session: Session, secret: str) -> Ticket | None:
    return session.scalar(select(Ticket).where(Ticket.secret == secret))  # not guessable


def find_ticket(session: Session, ticket_id: UUID) -> Ticket | None:
    return session.get(Ticket, ticket_id)


def lock_ticket(session: Session, ticket_id: UUID) -> Ticket:
    """The ticket, read again. Call `lock_day` before."""
    statement = select(Ticket).where(Ticket.id == ticket_id).with_for_update(key_share=True)
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def open_ticket_of_visitor(session: Session, queue_id: UUID, visitor: str) -> Ticket | None:
    mine = select(Ticket).where(Ticket.queue_id == queue_id, Ticket.visitor == visitor, Ticket.state.in_(OPEN_STATES))
    return session.scalar(mine)


def open_tickets_of(session: Session, resident_id: UUID, queue_id: UUID | None = None) -> Sequence[Ticket]:
    mine = select(Ticket).where(Ticket.resident_id == resident_id, Ticket.state.in_(OPEN_STATES))
    if queue_id is not None:
        mine = mine.where(Ticket.queue_id == queue_id)
    return session.scalars(mine.order_by(Ticket.taken_at, Ticket.id)).all()


def ticket_of_booking(session: Session, booking_id: UUID) -> Ticket | None:
    return session.scalar(select(Ticket).where(Ticket.booking_id == booking_id))


def open_tickets(session: Session, queue_id: UUID, day: date) -> Sequence[Ticket]:
    """Those that wait, are called or served, the first to come first. A queue has a limit of how many wait."""
    statement = select(Ticket).where(Ticket.queue_id == queue_id, Ticket.day == day, Ticket.state.in_(OPEN_STATES))
    return session.scalars(statement.order_by(Ticket.taken_at, Ticket.id)).all()


def lock_waiting(session: Session, queue_id: UUID, day: date) -> Sequence[Ticket]:
    """Those that can be called, now or later. One that somebody else changes just now, for example gives up, is left out, not
    waited for. Call `lock_day` before."""
    statement = select(Ticket).where(
        Ticket.queue_id == queue_id, Ticket.day == day, Ticket.state.in_(OPEN_STATES), Ticket.state.in_(("waiting", "skipped"))
    )
    locked = statement.order_by(Ticket.taken_at, Ticket.id).with_for_update(skip_locked=True, key_share=True)
    return session.scalars(locked.execution_options(populate_existing=True)).all()


def count_open(session: Session, queue_id: UUID, day: date) -> int:
    statement = select(func.count()).where(Ticket.queue_id == queue_id, Ticket.day == day, Ticket.state.in_(OPEN_STATES))
    return session.scalars(statement).one()


def waiting_only_for(session: Session, window_id: UUID, queue_id: UUID, day: date) -> None:
    """Tickets that were sent to the window wait for their service again."""
    sent = update(Ticket).where(
        Ticket.queue_id == queue_id, Ticket.day == day, Ticket.window_id == window_id, Ticket.state == "waiting"
    )
    session.execute(sent.values(window_id=None, version=Ticket.version + 1))


def calls_at_windows(session: Session, window_ids: Sequence[UUID]) -> dict[UUID, TicketCall]:
    """The calls that go on, by window."""
    statement = select(TicketCall).where(TicketCall.window_id.in_(window_ids), TicketCall.ended_at.is_(None))
    return {one.window_id: one for one in session.scalars(statement)}


def call_of_ticket(session: Session, ticket_id: UUID) -> TicketCall | None:
    """The call that goes on."""
    return session.scalar(select(TicketCall).where(TicketCall.ticket_id == ticket_id, TicketCall.ended_at.is_(None)))


def was_called(session: Session, ticket_id: UUID) -> bool:
    return session.scalar(select(TicketCall.id).where(TicketCall.ticket_id == ticket_id).limit(1)) is not None


def last_calls(session: Session, queue_id: UUID, day: date) -> Sequence[tuple[TicketCall, Ticket]]:
    """The newest calls of the day with their tickets."""
    statement = (
        select(TicketCall, Ticket)
        .join(Ticket, Ticket.id == TicketCall.ticket_id)
        .where(TicketCall.queue_id == queue_id, TicketCall.day == day)
        .order_by(TicketCall.last_called_at.desc(), TicketCall.id.desc())
        .limit(LAST_CALLS)
    )
    return [(call, ticket) for call, ticket in session.execute(statement)]


def measured(session: Session, queue_id: UUID, day: date) -> dict[UUID, list[timedelta]]:
    """How long the last services of the day took, by service, the newest first."""
    place = func.row_number().over(partition_by=TicketCall.service_id, order_by=TicketCall.ended_at.desc())
    ended = (
        select(TicketCall.service_id, TicketCall.called_at, TicketCall.ended_at, place.label("place"))
        .where(TicketCall.queue_id == queue_id, TicketCall.day == day, TicketCall.outcome.in_(("done", "transferred")))
        .subquery()
    )
    found: dict[UUID, list[timedelta]] = {}
    for service_id, called_at, ended_at in session.execute(
        select(ended.c.service_id, ended.c.called_at, ended.c.ended_at).where(ended.c.place <= MEASURED).order_by(ended.c.place)
    ):
        found.setdefault(service_id, []).append(ended_at - called_at)
    return found


def appointments_to_come(session: Session, space_id: UUID, since: datetime, until: datetime) -> Sequence[Booking]:
    """The confirmed bookings of the counter that start between `since` and `until` and have not checked in, by start."""
    checked_in = select(Ticket.id).where(Ticket.booking_id == Booking.id).exists()
    statement = select(Booking).where(
        Booking.space_id == space_id,
        Booking.state == "confirmed",
        Booking.starts_at >= since,
        Booking.starts_at < until,
        ~checked_in,
    )
    return session.scalars(statement.order_by(Booking.starts_at, Booking.id).limit(200)).all()


def lock_left_over(session: Session, queue_id: UUID, day: date) -> Sequence[Ticket]:
    """All open tickets of a day that is over, for update."""
    statement = select(Ticket).where(Ticket.queue_id == queue_id, Ticket.day == day, Ticket.state.in_(OPEN_STATES))
    return session.scalars(statement.order_by(Ticket.id).with_for_update(key_share=True)).all()
