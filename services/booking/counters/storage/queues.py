"""Ticket queues, their services and windows, and their days."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, selectinload

from chassis.database.communities import within
from chassis.rpc.communities import Communities
from services.booking.counters.models import CounterWindow, QueueDay, TicketNumber, TicketQueue
from services.booking.interface.managed_queues import MOST_QUEUES

_PARTS = (selectinload(TicketQueue.services), selectinload(TicketQueue.windows))


def find_queue(session: Session, queue_id: UUID, *, lock: bool = False) -> TicketQueue | None:
    """With its services and windows. With `lock`, other admins wait."""
    statement = select(TicketQueue).where(TicketQueue.id == queue_id).options(*_PARTS)
    if lock:
        statement = statement.with_for_update(of=TicketQueue, key_share=True).execution_options(populate_existing=True)
    return session.scalar(statement)


def find_by_wall_key(session: Session, wall_key: str) -> TicketQueue | None:
    return session.scalar(select(TicketQueue).where(TicketQueue.wall_key == wall_key).options(*_PARTS))  # not guessable


def list_queues(session: Session, communities: Communities, *, active: bool) -> Sequence[TicketQueue]:
    """The queues of `communities`, at most MOST_QUEUES. With `active` those in use only."""
    statement = select(TicketQueue).where(within(TicketQueue.community_id, communities)).options(*_PARTS)
    if active:
        statement = statement.where(TicketQueue.active)
    return session.scalars(statement.order_by(TicketQueue.community_id, TicketQueue.id).limit(MOST_QUEUES)).all()


def queue_of_space(session: Session, space_id: UUID) -> UUID | None:
    return session.scalar(select(TicketQueue.id).where(TicketQueue.space_id == space_id))


def find_window(session: Session, window_id: UUID) -> CounterWindow | None:
    return session.get(CounterWindow, window_id)


def window_of_clerk(session: Session, clerk_id: UUID) -> CounterWindow | None:
    return session.scalar(select(CounterWindow).where(CounterWindow.clerk_id == clerk_id))


def find_day(session: Session, queue_id: UUID, day: date) -> QueueDay | None:
    return session.get(QueueDay, (queue_id, day))


def lock_day(session: Session, queue: TicketQueue, day: date, *, share: bool = False) -> QueueDay:
    """The day of the queue. Whoever calls, opens and closes windows waits here for each other; whoever takes a ticket (`share`)
    waits for them only. It comes after bookings in the order of locks, and before windows and tickets."""
    new = insert(QueueDay).values(queue_id=queue.id, day=day, community_id=queue.community_id)
    session.execute(new.on_conflict_do_nothing())
    statement = select(QueueDay).where(QueueDay.queue_id == queue.id, QueueDay.day == day)
    locked = statement.with_for_update(read=share, key_share=not share)
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def days_not_over(session: Session) -> Sequence[QueueDay]:
    """Of all communities."""
    statement = select(QueueDay).where(QueueDay.closed_at.is_(None))
    return session.scalars(statement.order_by(QueueDay.day, QueueDay.queue_id).limit(200)).all()


def next_number(session: Session, service_id: UUID, day: date) -> int:
    """A number that nobody else gets: the row of the service and day counts, and its lock lasts until the transaction ends."""
    new = insert(TicketNumber).values(service_id=service_id, day=day, last=1, calls=0, appointment_last=False)
    counted = new.on_conflict_do_update(index_elements=["service_id", "day"], set_={"last": TicketNumber.last + 1})
    return session.scalars(counted.returning(TicketNumber.last)).one()


def count_call(session: Session, service_id: UUID, day: date, *, appointment: bool) -> None:
    """Call this under the lock of the day."""
    values = {"last": 0, "calls": 1, "appointment_last": appointment}
    new = insert(TicketNumber).values(service_id=service_id, day=day, **values)
    counted = new.on_conflict_do_update(
        index_elements=["service_id", "day"], set_={"calls": TicketNumber.calls + 1, "appointment_last": appointment}
    )
    session.execute(counted)


def numbers_of(session: Session, service_ids: Sequence[UUID], day: date) -> dict[UUID, tuple[int, bool]]:
    """How many calls each service had that day, and whether the last one was of an appointment."""
    columns = (TicketNumber.service_id, TicketNumber.calls, TicketNumber.appointment_last)
    rows = session.execute(select(*columns).where(TicketNumber.service_id.in_(service_ids), TicketNumber.day == day))
    return {service_id: (calls, last) for service_id, calls, last in rows}


def lock_windows(session: Session, queue_id: UUID) -> Sequence[CounterWindow]:
    """All windows of the queue, read again. Call `lock_day` before."""
    statement = select(CounterWindow).where(CounterWindow.queue_id == queue_id).order_by(CounterWindow.number)
    return session.scalars(statement.with_for_update(key_share=True).execution_options(populate_existing=True)).all()


def opened_before(session: Session, queue_id: UUID, moment: datetime) -> bool:
    """Whether a window of the queue is open since before `moment`."""
    found = select(CounterWindow.id).where(CounterWindow.queue_id == queue_id, CounterWindow.opened_at < moment)
    return session.scalar(found.limit(1)) is not None
