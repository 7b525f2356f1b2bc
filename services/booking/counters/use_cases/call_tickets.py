"""The work of clerks: open a window, call, serve, skip, send on, close. All of it is done under the lock of the queue's day
(`lock_day`), because the rule of calls depends on the call before. The lock is held for some milliseconds."""

from datetime import date, datetime
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import UNKNOWN
from services.booking.access import account
from services.booking.counters import standing
from services.booking.counters.messages import ticket_message
from services.booking.counters.models import CounterWindow, Ticket, TicketCall, TicketQueue
from services.booking.counters.models.tickets import NEAR
from services.booking.counters.order import Line
from services.booking.counters.shown import BoardShown
from services.booking.counters.storage import queues, tickets
from services.booking.counters.use_cases.locked import lock_day
from services.booking.counters.use_cases.see_queues import board, check_desk
from services.booking.interface.counter_refusals import AtAnotherWindow, StepNotPossible, WindowServing

CLERKS = ("clerk", "grid_worker")


def open_counter_window(call: Call, *, counter_window_id: UUID) -> BoardShown:
    """The caller works there from now on. Raises Unauthenticated, Forbidden, NotFound, WindowTaken, WindowClosed if it is out
    of use, AtAnotherWindow."""
    call, queue, window, _ = _locked(call, counter_window_id)
    clerk_id = account(call.acting)
    elsewhere = queues.window_of_clerk(call.session, clerk_id)
    if elsewhere is not None and elsewhere.id != window.id:
        raise AtAnotherWindow(number=elsewhere.number)
    window.open(clerk_id, call.now)
    return board(call, queue)


def close_counter_window(call: Call, *, counter_window_id: UUID) -> BoardShown:
    """Also of a colleague who has gone home without closing it. A number that was called goes back to the front. Raises
    Unauthenticated, Forbidden, NotFound, WindowServing."""
    call, queue, window, day = _locked(call, counter_window_id)
    going_on = tickets.calls_at_windows(call.session, [window.id]).get(window.id)
    if going_on is not None:
        ticket = tickets.lock_ticket(call.session, going_on.ticket_id)
        if ticket.state == "serving":
            raise WindowServing(ticket=ticket.ticket)
        going_on.end("returned", call.now)
        ticket.put_back()
    window.close()
    call.session.flush()
    tickets.waiting_only_for(call.session, window.id, queue.id, day)
    return board(call, queue)


def call_next_ticket(call: Call, *, counter_window_id: UUID, finished_ticket_id: UUID | None = None) -> BoardShown:
    """Finish the ticket at the window and call the next one. If the ticket at the window is not `finished_ticket_id`, the clerk
    has not seen it: nothing changes. Raises Unauthenticated, Forbidden, NotFound, WindowClosed, WindowTaken."""
    call, queue, window, day = _locked(call, counter_window_id)
    window.check_works(account(call.acting))
    going_on = tickets.calls_at_windows(call.session, [window.id]).get(window.id)
    if going_on is not None:
        if going_on.ticket_id != finished_ticket_id:
            return board(call, queue)
        _finish(call, going_on, tickets.lock_ticket(call.session, going_on.ticket_id))
    call.session.flush()
    called = _choose(call, queue, window, day)
    if called is not None:
        if called.taken_at > call.now:  # while this call waited for the lock
            call = lock_day(call, queue, day, not_before=called.taken_at)
        _call(call, called, window)
    _tell_who_is_near(call, queue, day)
    return board(call, queue)


def take_ticket_step(
    call: Call,
    *,
    ticket_id: UUID,
    step: str,
    service_id: UUID | None = None,
    counter_window_id: UUID | None = None,
    expected_version: int | None = None,
) -> BoardShown:
    """One of TICKET_STEPS with a ticket that is at a window, by the clerk who works there. Raises Unauthenticated, Forbidden,
    NotFound, VersionMismatch, StepNotPossible, InvalidField, WindowTaken."""
    found = tickets.find_ticket(call.session, ticket_id)
    known = None if found is None else queues.find_queue(call.session, found.queue_id)
    queue = check_desk(call, known, ticket_id, CLERKS)
    day = found.day if found is not None else call.now.date()
    call = lock_day(call, queue, day)
    ticket = tickets.lock_ticket(call.session, ticket_id)
    ticket.expect_version(expected_version)
    ticket.check_step(step)
    going_on = tickets.call_of_ticket(call.session, ticket_id)
    window = None if going_on is None else queues.find_window(call.session, going_on.window_id)
    if going_on is None or window is None:
        raise StepNotPossible(state=ticket.state)
    window.check_works(account(call.acting))
    if step == "transfer":
        _send_on(call, queue, ticket, going_on, service_id, counter_window_id)
    else:
        _take(call, step, ticket, going_on)
    return board(call, queue)


def set_queue_today(call: Call, *, ticket_queue_id: UUID, closes_at: datetime) -> BoardShown:
    """Give tickets until `closes_at` (aware), at most until the end of the local day. Raises Unauthenticated, Forbidden,
    NotFound, InvalidField for another day."""
    queue = check_desk(call, queues.find_queue(call.session, ticket_queue_id), ticket_queue_id, CLERKS)
    day, zone = standing.local_day(call.session, queue, call.now)
    if closes_at.astimezone(zone).date() > day:
        raise InvalidField(UNKNOWN, "closes_at")
    queues.lock_day(call.session, queue, day).give_until(closes_at, call.now)
    return board(call, queue)


def _locked(call: Call, window_id: UUID) -> tuple[Call, TicketQueue, CounterWindow, date]:
    """The call under the lock, and the window with its queue and the local day. Raises Unauthenticated, Forbidden, NotFound."""
    found = queues.find_window(call.session, window_id)
    known = None if found is None else queues.find_queue(call.session, found.queue_id)
    queue = check_desk(call, known, window_id, CLERKS)
    day, _ = standing.local_day(call.session, queue, call.now)
    call = lock_day(call, queue, day)
    window = next((one for one in queues.lock_windows(call.session, queue.id) if one.id == window_id), None)
    if window is None:
        raise NotFound(counter_window_id=str(window_id))
    return call, queue, window, day


def _choose(call: Call, queue: TicketQueue, window: CounterWindow, day: date) -> Ticket | None:
    """Whom the rule (order.py) names. Nobody else can call that ticket: its row is locked."""
    numbers = queues.numbers_of(call.session, [one.id for one in queue.services], day)
    waiting = {one.id: one for one in tickets.lock_waiting(call.session, queue.id, day)}
    ready = standing.callable_now(list(waiting.values()), numbers, call.now)
    line = Line([one.in_line for one in ready], {service: last for service, (_, last) in numbers.items()})
    by_letter = {one.letter: one.id for one in queue.services}
    services = [by_letter[letter] for letter in window.letters if letter in by_letter]
    chosen = line.next(services, window.id, call.now)
    return None if chosen is None else waiting[chosen.id]


def _call(call: Call, ticket: Ticket, window: CounterWindow) -> None:
    queues.count_call(call.session, ticket.service_id, ticket.day, appointment=ticket.on_time)
    call.session.add(
        TicketCall(
            ticket_id=ticket.id,
            queue_id=ticket.queue_id,
            service_id=ticket.service_id,
            window_id=window.id,
            day=ticket.day,
            first=not tickets.was_called(call.session, ticket.id),
            called_at=call.now,
            last_called_at=call.now,
        )
    )
    ticket.call(window.id)


def _tell_who_is_near(call: Call, queue: TicketQueue, day: date) -> None:
    """Once for each ticket of a resident, and only if a window is open for it. Their rows are locked by `_choose`."""
    call.session.flush()
    if all(one.is_told for one in tickets.open_tickets(call.session, queue.id, day)):
        return
    found = standing.load(call.session, queue, call.now)
    for ticket in found.those_waiting:
        wait = found.waits.get(ticket.id)
        if wait is not None and wait.ahead <= NEAR and not ticket.is_told:
            ticket.come_near(call.now)
            outbox.add(call.session, ticket_message("booking.ticket_near.v1", ticket, queue, call.now, ahead=wait.ahead))


def _take(call: Call, step: str, ticket: Ticket, going_on: TicketCall) -> None:
    if step == "start":
        going_on.started_at = call.now
        ticket.start()
    elif step == "call_again":
        going_on.call_again(call.now)
        ticket.call_again()
    elif step == "finish":
        _finish(call, going_on, ticket)
    elif step == "skip":
        calls, _ = queues.numbers_of(call.session, [ticket.service_id], ticket.day).get(ticket.service_id, (0, False))
        going_on.end("skipped", call.now)
        ticket.skip(calls, call.now)


def _finish(call: Call, going_on: TicketCall, ticket: Ticket) -> None:
    going_on.end("done", call.now)
    ticket.finish(call.now)


def _send_on(
    call: Call,
    queue: TicketQueue,
    ticket: Ticket,
    going_on: TicketCall,
    service_id: UUID | None,
    window_id: UUID | None,
) -> None:
    """To a service in use, or to an open window. Raises InvalidField."""
    if service_id is not None and service_id not in {one.id for one in queue.services if one.active}:
        raise InvalidField(UNKNOWN, "service_id")
    open_windows = {one.id for one in queues.lock_windows(call.session, queue.id) if one.is_open}
    if window_id is not None and (window_id not in open_windows or window_id == going_on.window_id):
        raise InvalidField(UNKNOWN, "counter_window_id")
    going_on.end("transferred", call.now)
    ticket.send_on(service_id or ticket.service_id, window_id)
