"""The lock of a queue's day, and the time that counts under it."""

from dataclasses import replace
from datetime import date, datetime

from chassis.rpc.call import Call
from services.booking.counters.models import TicketQueue
from services.booking.counters.storage import queues


def lock_day(call: Call, queue: TicketQueue, day: date, *, not_before: datetime | None = None) -> Call:
    """The call under the lock of the day, until its transaction ends. Its `now` is not before `not_before` (aware), nor before
    that of any call that had the lock: so what is written at a counter is in the order in which it happened. See
    QueueDay.time_of for the clocks that this can even out."""
    return replace(call, now=queues.lock_day(call.session, queue, day).time_of(call.now, not_before))
