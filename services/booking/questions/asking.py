"""The job: it asks before the dates of long series whether they are still needed, ends questions whose dates have changed, and
frees the time of those without an answer, or keeps it if the question says so.

Each function is one transaction of the caller, with its messages. A process that is killed leaves all of it or nothing, and any
number of replicas may run it at once."""

from typing import Any

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.booking.bookings import storage as bookings
from services.booking.bookings.messages import booking_message
from services.booking.interface.questions import MOVED, OPEN
from services.booking.ledger import storage as ledger
from services.booking.questions import storage
from services.booking.questions.messages import asked_message, settled_message
from services.booking.questions.models import DateQuestion, is_night
from services.booking.series import storage as series

BATCH = 50


def ask_due(call: Call) -> bool:
    """Ask about the dates that are due. Nobody is asked at night. Returns whether there may be more to do at once."""
    awake = [zone for zone in storage.zones(call.session) if not is_night(call.now, zone)]
    due = storage.lock_to_ask(call.session, call.now, awake, BATCH) if awake else []
    for booking in due:
        question = DateQuestion.about(booking, call.now)
        if storage.add(call.session, question):
            outbox.add(call.session, asked_message(question, call.now))
    return len(due) == BATCH


def end_outdated(call: Call) -> bool:
    """End the questions about dates that were moved or cancelled, and of series that are not asked any more. Returns whether
    there may be more to do at once."""
    outdated = storage.lock_outdated(call.session, BATCH)
    for question in outdated:
        question.settle("void", call.now)
        outbox.add(call.session, settled_message(question, call.now))
    return len(outdated) == BATCH


def free_next(call: Call) -> bool:
    """Free the time of one date about which nobody answered in time, and announce it. One in each transaction, because it
    waits for whoever is changing the booking. Returns whether there was one."""
    overdue = storage.overdue(call.session, call.now)
    if overdue is None:
        return False
    question_id, booking_id = overdue
    booking = bookings.find_booking(call.session, booking_id, lock=True)
    assert booking is not None  # noqa: S101 - a foreign key; bookings are never deleted
    question = storage.lock(call.session, question_id, booking)
    if question.state != OPEN:
        return True  # somebody was faster
    if not question.still_stands() or _is_not_asked(call, question):
        question.settle("void", call.now)
    elif not question.frees:
        question.settle("kept", call.now)
    elif booking.starts_at <= call.now:
        question.settle("void", call.now)
    else:
        question.settle("no_answer", call.now)
        booking.give_back(call.now, by="staff", unneeded="no_answer")
        ledger.release(call.session, booking.holder)
        facts: dict[str, Any] = {"cancelled_by": "staff", "unneeded": "no_answer"}
        if question.moved_from is not None:
            facts |= {"closure_id": question.closure_id, "closure_reason": question.moved_from["reason"]}
        outbox.add(call.session, booking_message("booking.cancelled.v1", booking, call.now, **facts))
    outbox.add(call.session, settled_message(question, call.now))
    return True


def _is_not_asked(call: Call, question: DateQuestion) -> bool:
    """Whether somebody has said meanwhile that all dates of the series are needed, or are not to be asked about."""
    if question.kind == MOVED:
        return False
    series_id = question.booking.series_id
    found = series.find_series(call.session, series_id) if series_id else None
    return found is None or found.not_asked is not None
