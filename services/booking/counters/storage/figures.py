"""Figures of a queue: how long people waited and were served."""

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Float, and_, cast, func, select
from sqlalchemy.orm import Session, aliased

from services.booking.counters.models import CounterWindow, Ticket, TicketCall


class Figures(NamedTuple):
    """Times are whole minutes, None if there is none."""

    day: date
    window: int | None
    served: int
    left: int
    waited_median_minutes: int | None
    waited_p90_minutes: int | None
    service_median_minutes: int | None


def figures(session: Session, queue_id: UUID, first: date, last: date) -> list[Figures]:
    """By day and window. Who left without being called is counted in a row without a window."""
    waited, served_in = _minutes(TicketCall.called_at - Ticket.taken_at), _minutes(TicketCall.ended_at - TicketCall.called_at)
    done = TicketCall.outcome == "done"
    missed = and_(TicketCall.outcome.in_(("skipped", "left")), Ticket.state == "left", _is_last_call())
    statement = (
        select(
            TicketCall.day,
            CounterWindow.number,
            func.count().filter(done),
            func.count().filter(missed),
            _percentile(0.5, waited).filter(TicketCall.first),
            _percentile(0.9, waited).filter(TicketCall.first),
            _percentile(0.5, served_in).filter(done),
        )
        .join(Ticket, Ticket.id == TicketCall.ticket_id)
        .join(CounterWindow, CounterWindow.id == TicketCall.window_id)
        .where(TicketCall.queue_id == queue_id, TicketCall.day.between(first, last))
        .group_by(TicketCall.day, CounterWindow.number)
    )
    found = [Figures(day, window, *counts, *map(_whole, minutes)) for day, window, *rest in session.execute(statement)
             for counts, minutes in [(rest[:2], rest[2:])]]  # fmt: skip
    never = ~select(TicketCall.id).where(TicketCall.ticket_id == Ticket.id).exists()
    uncalled = (
        select(Ticket.day, func.count())
        .where(Ticket.queue_id == queue_id, Ticket.day.between(first, last), Ticket.state == "left", never)
        .group_by(Ticket.day)
    )
    found += [Figures(day, None, 0, count, None, None, None) for day, count in session.execute(uncalled)]
    return sorted(found, key=lambda one: (one.day, one.window is None, one.window or 0))


class Today(NamedTuple):
    served: int
    left: int
    waited_median_minutes: int | None
    waited_p90_minutes: int | None


def today(session: Session, queue_id: UUID, day: date) -> Today:
    """All windows together."""
    waited = _minutes(TicketCall.called_at - Ticket.taken_at)
    statement = (
        select(
            func.count().filter(TicketCall.outcome == "done"),
            _percentile(0.5, waited).filter(TicketCall.first),
            _percentile(0.9, waited).filter(TicketCall.first),
        )
        .join(Ticket, Ticket.id == TicketCall.ticket_id)
        .where(TicketCall.queue_id == queue_id, TicketCall.day == day)
    )
    served, middle, p90 = session.execute(statement).one()
    left = select(func.count()).where(Ticket.queue_id == queue_id, Ticket.day == day, Ticket.state == "left")
    return Today(served, session.scalars(left).one(), _whole(middle), _whole(p90))


def _is_last_call() -> ColumnElement[bool]:
    later = aliased(TicketCall)
    return ~select(later.id).where(later.ticket_id == TicketCall.ticket_id, later.called_at > TicketCall.called_at).exists()


def _minutes(span: Any) -> ColumnElement[Any]:
    return cast(func.extract("epoch", span), Float) / 60


def _percentile(part: float, value: ColumnElement[Any]) -> Any:
    return func.percentile_cont(part).within_group(value)


def _whole(minutes: float | None) -> int | None:
    return None if minutes is None else round(minutes)
