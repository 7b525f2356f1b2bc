"""The end of the day: whoever still waits when the counter has closed is told, and the day is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.booking.counters import standing
from services.booking.counters.messages import ticket_message
from services.booking.counters.models import CounterWindow, QueueDay, Ticket, TicketQueue
from services.booking.counters.storage import queues, tickets


def close_days(call: Call) -> int:
    """End each day on which tickets are no longer given and no window is open: clerks may serve those who wait after closing
    time. At the latest it ends at local midnight, and windows that were left open are closed. Returns how many days ended. It
    runs in every replica; the lock of the day lets one of them do it."""
    ended = 0
    for known in queues.days_not_over(call.session):
        queue = queues.find_queue(call.session, known.queue_id)
        if queue is None:
            continue
        day = queues.lock_day(call.session, queue, known.day)
        windows = queues.lock_windows(call.session, queue.id)
        if day.closed_at is None and _is_over(call, queue, day, windows):
            _close(call, queue, day, windows)
            ended += 1
    return ended


def _is_over(call: Call, queue: TicketQueue, day: QueueDay, windows: Sequence[CounterWindow]) -> bool:
    today, zone = standing.local_day(call.session, queue, call.now)
    if day.day < today:
        return True
    closes_at = standing.hours_today(call.session, queue, day.day, zone).closes(day)
    return not any(one.is_open for one in windows) and (closes_at is None or call.now >= closes_at)


def _close(call: Call, queue: TicketQueue, day: QueueDay, windows: Sequence[CounterWindow]) -> None:
    call = replace(call, now=day.time_of(call.now))
    for ticket in tickets.lock_left_over(call.session, queue.id, day.day):
        _end(call, queue, ticket)
    call.session.flush()
    midnight = _end_of(call, queue, day)
    for window in windows:
        if window.opened_at is not None and window.opened_at < midnight:
            window.close()
    day.closed_at = call.now


def _end(call: Call, queue: TicketQueue, ticket: Ticket) -> None:
    """A resident who was not called is told. Somebody who is served at the end of the day was served: the clerk forgot it."""
    served = ticket.state == "serving"
    if (going_on := tickets.call_of_ticket(call.session, ticket.id)) is not None:
        going_on.end("done" if served else "left", call.now)
    if served:
        ticket.finish(call.now)
    else:
        ticket.leave("closed", call.now)
        if ticket.resident_id is not None:
            lapsed = ticket_message("booking.ticket_lapsed.v1", ticket, queue, call.now, day=ticket.day.isoformat())
            outbox.add(call.session, lapsed)


def _end_of(call: Call, queue: TicketQueue, day: QueueDay) -> datetime:
    _, zone = standing.local_day(call.session, queue, call.now)
    return datetime.combine(day.day + timedelta(days=1), time(), zone)
