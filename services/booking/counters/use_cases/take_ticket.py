"""Take a ticket: visitors by phone, residents signed in, clerks for people at the desk. Appointments check in."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField, NotFound, Unauthenticated
from chassis.rpc.rules import UNKNOWN
from services.booking.access import account, serves
from services.booking.bookings.models import Booking
from services.booking.counters import standing
from services.booking.counters.models import CounterService, QueueDay, Ticket, TicketQueue
from services.booking.counters.shown import TicketShown
from services.booking.counters.storage import queues, tickets
from services.booking.counters.use_cases.locked import lock_day
from services.booking.counters.use_cases.see_queues import check_desk
from services.booking.interface.counter_refusals import AppointmentNotNow, QueueClosed, QueueFull, StepNotPossible

CLERKS = ("clerk", "grid_worker")


def take_ticket(
    call: Call,
    *,
    ticket_queue_id: UUID,
    service_id: UUID | None = None,
    booking_id: UUID | None = None,
    at_desk: bool = False,
    visitor: str | None = None,
) -> TicketShown:
    """A new ticket, or the open one that this person has in this queue. `visitor` tells the devices of visitors apart. With
    `booking_id` an appointment checks in; an open walk-in ticket of the same person becomes the one of the appointment. Raises
    Unauthenticated, Forbidden, NotFound, InvalidField, QueueClosed, QueueFull, AppointmentNotNow."""
    queue = queues.find_queue(call.session, ticket_queue_id)
    if queue is None or not queue.active:
        raise NotFound(ticket_queue_id=str(ticket_queue_id))
    if at_desk:
        check_desk(call, queue, ticket_queue_id, CLERKS)
    resident_id = None if at_desk or call.acting.account_id is None else account(call.acting)
    if not at_desk and resident_id is None and visitor is None:
        raise Unauthenticated()
    day, zone = standing.local_day(call.session, queue, call.now)
    booking = None if booking_id is None else _appointment(call, queue, booking_id, day, zone)
    if booking is not None:
        resident_id = booking.resident_id
    service = _service(queue, service_id)
    queue_day = queues.lock_day(call.session, queue, day, share=True)
    who: dict[str, Any] = {"resident_id": resident_id} if resident_id else {"visitor": None if at_desk else visitor}
    there = _open_ticket(call, queue, booking, day, **who)
    if there is None:
        _check_open(call, queue, queue_day, zone)
        there = _new_ticket(call, queue, service, day, "desk" if at_desk else "account" if resident_id else "phone", **who)
    if booking is not None and there.booking_id is None and there.state == "waiting":
        _check_in(call, queue, there, booking)
    return shown(call, there, queue)


def get_ticket(call: Call, *, secret: str) -> TicketShown:
    """Whoever has its address may follow it. Raises NotFound."""
    return shown(call, _by_secret(call, secret))


def list_my_tickets(call: Call) -> Sequence[TicketShown]:
    """The open tickets of the caller. A person has at most one in each queue. Raises Unauthenticated."""
    return [shown(call, one) for one in tickets.open_tickets_of(call.session, account(call.acting))]


def give_up_ticket(call: Call, *, secret: str) -> TicketShown:
    """The place is free for the next one. Giving up twice changes nothing. Raises NotFound, or StepNotPossible for a ticket
    that is served or over."""
    found = _by_secret(call, secret)
    queue = queues.find_queue(call.session, found.queue_id)
    if queue is None:
        raise NotFound()
    call = lock_day(call, queue, found.day)
    ticket = tickets.lock_ticket(call.session, found.id)
    if ticket.state == "left":
        return shown(call, ticket, queue)
    if ticket.state not in ("waiting", "skipped", "called"):
        raise StepNotPossible(state=ticket.state)
    going_on = tickets.call_of_ticket(call.session, ticket.id)
    if going_on is not None:
        going_on.end("left", call.now)
    ticket.leave("gave_up", call.now)
    return shown(call, ticket, queue)


def shown(call: Call, ticket: Ticket, queue: TicketQueue | None = None) -> TicketShown:
    """The ticket with its wait now."""
    call.session.flush()
    queue = queue or queues.find_queue(call.session, ticket.queue_id)
    if queue is None:
        raise NotFound()
    going_on = tickets.call_of_ticket(call.session, ticket.id)
    return TicketShown(ticket, standing.load(call.session, queue, call.now), going_on)


def _by_secret(call: Call, secret: str) -> Ticket:
    if (found := tickets.find_by_secret(call.session, secret)) is None:
        raise NotFound()
    return found


def _service(queue: TicketQueue, service_id: UUID | None) -> CounterService:
    """Raises InvalidField unless it is in use in the queue, or is the only one."""
    there = [one for one in queue.services if one.active]
    found = [one for one in there if one.id == service_id] if service_id else there
    if len(found) != 1:
        raise InvalidField(UNKNOWN, "service_id")
    return found[0]


def _appointment(call: Call, queue: TicketQueue, booking_id: UUID, day: date, zone: ZoneInfo) -> Booking:
    """A booking of this counter for today that the caller may check in. Raises Unauthenticated, NotFound, AppointmentNotNow."""
    caller = account(call.acting)
    booking = call.session.get(Booking, booking_id)
    mine = booking is not None and (
        call.acting.speaks_for(booking.resident_id) or serves(call.acting, queue.community_id, CLERKS)
    )
    if booking is None or not mine:
        raise NotFound(booking_id=str(booking_id), account_id=str(caller))
    if booking.space_id != queue.space_id or booking.state != "confirmed":
        raise AppointmentNotNow()
    if booking.starts_at.astimezone(zone).date() != day:
        raise AppointmentNotNow()
    return booking


def _open_ticket(
    call: Call,
    queue: TicketQueue,
    booking: Booking | None,
    day: date,
    *,
    resident_id: UUID | None = None,
    visitor: str | None = None,
) -> Ticket | None:
    """The ticket of the appointment, or an open one of the person of today."""
    if booking is not None and (found := tickets.ticket_of_booking(call.session, booking.id)) is not None:
        return found
    if resident_id is not None:
        mine: Sequence[Ticket] = tickets.open_tickets_of(call.session, resident_id, queue.id)
        return mine[0] if mine else None
    return tickets.open_ticket_of_visitor(call.session, queue.id, visitor) if visitor else None


def _check_open(call: Call, queue: TicketQueue, queue_day: QueueDay, zone: ZoneInfo) -> None:
    """Raises QueueClosed or QueueFull."""
    hours = standing.hours_today(call.session, queue, queue_day.day, zone)
    if not hours.gives(queue_day, call.now):
        later = hours.opens_at if hours.opens_at and hours.opens_at > call.now else None
        raise QueueClosed(opens_at=later.isoformat() if later else None)
    if tickets.count_open(call.session, queue.id, queue_day.day) >= queue.most_waiting:
        raise QueueFull(most=queue.most_waiting)


def _new_ticket(
    call: Call,
    queue: TicketQueue,
    service: CounterService,
    day: date,
    via: str,
    *,
    resident_id: UUID | None = None,
    visitor: str | None = None,
) -> Ticket:
    """The number is counted in the database, so nobody else gets it. If the same person takes two tickets at once, both get the
    first one."""
    try:
        with call.session.begin_nested():
            ticket = Ticket(
                community_id=queue.community_id,
                queue_id=queue.id,
                service_id=service.id,
                day=day,
                letter=service.letter,
                number=queues.next_number(call.session, service.id, day),
                via=via,
                taken_at=call.now,
                resident_id=resident_id,
                visitor=visitor,
            )
            call.session.add(ticket)
            call.session.flush()
    except IntegrityError:
        there = _open_ticket(call, queue, None, day, resident_id=resident_id, visitor=visitor)
        if there is None:
            raise
        return there
    return ticket


def _check_in(call: Call, queue: TicketQueue, ticket: Ticket, booking: Booking) -> None:
    """Who comes more than the grace too late has a ticket like a walk-in."""
    ticket.booking_id, ticket.due_at = booking.id, booking.starts_at
    ticket.on_time = call.now <= booking.starts_at + queue.grace
    ticket.changed()
